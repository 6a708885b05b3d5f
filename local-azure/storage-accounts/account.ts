import { refuse } from '../arm/answers.ts';
import { fold } from '../arm/path.ts';
import type { ArmCall } from '../arm/provider.ts';
import { objectIn, tagsIn, textIn, type JsonObject } from '../json.ts';
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
  const account = state.storageAccounts[fold(name)];
  return account && account.readyAt <= now ? account : undefined;
};

/** What a PUT says of an account, new or not. */
export const definition = (body: JsonObject): Pick<StorageAccount, 'tags' | 'properties'> => ({
  tags: tagsIn(body),
  properties: objectIn(body, 'properties'),
});

export const skuOf = (body: JsonObject): string => {
  const sku = textIn(objectIn(body, 'sku'), 'name') ?? '';
  if (/^(Standard_(LRS|GRS|RAGRS|ZRS|GZRS|RAGZRS)|Premium_(LRS|ZRS))$/i.test(sku)) return sku;
  throw refuse(400, 'InvalidValuesForRequestParameters', 'Values for request parameters are invalid: sku.');
};

/** Code and text recorded, inside a deployment; status assumed. */
export const nameProblem = (name: string): string | undefined =>
  /^[a-z0-9]{3,24}$/.test(name)
    ? undefined
    : `${name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length ` +
      'and use numbers and lower-case letters only.';

export const takenText = (name: string): string => `The storage account named ${name} is already taken.`;

/** An account as the control plane shows it (recorded). */
export const accountBody = ({ endpoints }: ArmCall, account: StorageAccount): object => {
  const created = new Date(account.createdAt).toISOString();
  const encrypted = { keyType: 'Account', enabled: true, lastEnabledTime: created };
  const endpointOf = (service: string): [string, string] => [service, endpoints.storage(account.name, service)];
  return {
    sku: { name: account.sku, tier: account.sku.split('_')[0] },
    kind: account.kind,
    id: account.id,
    name: account.name,
    type: accountType,
    location: account.location,
    tags: account.tags,
    properties: {
      keyCreationTime: { key1: created, key2: created },
      privateEndpointConnections: [],
      minimumTlsVersion: 'TLS1_0',
      allowBlobPublicAccess: true,
      networkAcls: { bypass: 'AzureServices', virtualNetworkRules: [], ipRules: [], defaultAction: 'Allow' },
      supportsHttpsTrafficOnly: true,
      accessTier: 'Hot',
      ...account.properties,
      encryption: {
        keySource: 'Microsoft.Storage',
        ...objectIn(account.properties, 'encryption'),
        services: { file: encrypted, blob: encrypted },
      },
      provisioningState: 'Succeeded',
      creationTime: created,
      primaryEndpoints: Object.fromEntries(['dfs', 'web', 'blob', 'queue', 'table', 'file'].map(endpointOf)),
      primaryLocation: account.location,
      statusOfPrimary: 'available',
    },
  };
};
