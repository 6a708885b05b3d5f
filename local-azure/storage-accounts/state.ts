/** What of the state belongs to storage accounts. */
import type { JsonObject } from '../json.ts';

export type AccountKey = { createdAt: number; generation: number };
export type AccountKeys = Record<'key1' | 'key2', AccountKey>;

/** A storage account, also while it is being created. Times are milliseconds. */
export type StorageAccount = {
  id: string;
  name: string;
  subscriptionId: string;
  group: string;
  location: string;
  tags: Record<string, string>;
  sku: string;
  kind: string;
  /** As sent: what is not said has the defaults of accountBody. */
  properties: JsonObject;
  createdAt: number;
  readyAt: number;
  keys: AccountKeys;
  /** The id of the operation that creates it. */
  operation: string;
};
