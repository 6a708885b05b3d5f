import { refuse } from '../arm/answers.ts';
import { forgetExtensions } from '../arm/extensions.ts';
import { fold } from '../arm/path.ts';
import { sentTags } from '../arm/tags.ts';
import { objectIn, own, textIn, type JsonObject } from '../json.ts';
import type { State } from '../state.ts';

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
  /** The id of the operation that creates it. */
  operation: string;
};

export const accountType = 'Microsoft.Storage/storageAccounts';

/** The account, once its creation has ended: until then it is not to be seen. */
export const findAccount = (state: State, name: string, now: number): StorageAccount | undefined => {
  const account = own(state.storageAccounts, fold(name));
  return account && account.readyAt <= now ? account : undefined;
};

/** The same by an id: names are global, so another group's account may have the name. */
export const findAccountById = (state: State, id: string, now: number): StorageAccount | undefined => {
  const account = findAccount(state, id.split('/').at(-1) ?? '', now);
  return account && fold(account.id) === fold(id) ? account : undefined;
};

/** All accounts to be seen. */
export const readyAccounts = (state: State, now: number): StorageAccount[] =>
  Object.values(state.storageAccounts).filter(({ readyAt }) => readyAt <= now);

/** The account goes with all that is in it. */
export const forgetAccount = (state: State, { id, name }: StorageAccount): void => {
  forgetExtensions(state, id);
  delete state.storageAccounts[name];
  delete state.auditLogs[name];
};

/** What a PUT says of an account, new or not. */
export const definition = (body: JsonObject): Pick<StorageAccount, 'tags' | 'properties' | 'sku'> => ({
  tags: sentTags(body),
  properties: objectIn(body, 'properties'),
  sku: skuIn(body),
});

export const skuIn = (body: JsonObject): string =>
  oneOf(skus, textIn(objectIn(body, 'sku'), 'name'), 'Values for request parameters are invalid: sku.');

export const kindIn = (body: JsonObject): string =>
  oneOf(kinds, textIn(body, 'kind') ?? 'StorageV2', 'Values for request parameters are invalid: kind.');

const skus = [
  'Standard_LRS',
  'Standard_GRS',
  'Standard_RAGRS',
  'Standard_ZRS',
  'Standard_GZRS',
  'Standard_RAGZRS',
  'Premium_LRS',
  'Premium_ZRS',
];
const kinds = ['Storage', 'StorageV2', 'BlobStorage', 'BlockBlobStorage', 'FileStorage'];

/** In Azure's spelling, whatever the case it was sent in. */
const oneOf = (known: string[], wanted: string | undefined, problem: string): string => {
  const found = known.find((name) => fold(name) === fold(wanted ?? ''));
  if (found !== undefined) return found;
  throw refuse(400, 'InvalidValuesForRequestParameters', problem);
};

/** Code and text recorded, inside a deployment; status assumed. */
export const nameProblem = (name: string): string | undefined =>
  /^[a-z0-9]{3,24}$/.test(name)
    ? undefined
    : `${name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length ` +
      'and use numbers and lower-case letters only.';

export const takenText = (name: string): string => `The storage account named ${name} is already taken.`;
