import type { ArmCall } from '../arm/provider.ts';
import { objectIn } from '../json.ts';
import { accountType } from './account.ts';
import { pairedRegion, webZone } from './regions.ts';
import type { StorageAccount } from './state.ts';

/** An account as the control plane shows it (recorded). */
export const accountBody = ({ endpoints }: ArmCall, account: StorageAccount): object => {
  const created = iso(account.createdAt);
  const encrypted = { keyType: 'Account', enabled: true, lastEnabledTime: created };
  return {
    sku: { name: account.sku, tier: account.sku.split('_')[0] },
    kind: account.kind,
    id: account.id,
    name: account.name,
    type: accountType,
    location: account.location,
    tags: account.tags,
    properties: {
      keyCreationTime: { key1: iso(account.keys.key1.createdAt), key2: iso(account.keys.key2.createdAt) },
      privateEndpointConnections: [],
      minimumTlsVersion: 'TLS1_0',
      allowBlobPublicAccess: true,
      networkAcls: { bypass: 'AzureServices', virtualNetworkRules: [], ipRules: [], defaultAction: 'Allow' },
      supportsHttpsTrafficOnly: true,
      ...(account.kind === 'Storage' ? {} : { accessTier: 'Hot' }),
      ...account.properties,
      encryption: {
        keySource: 'Microsoft.Storage',
        ...objectIn(account.properties, 'encryption'),
        services: { file: encrypted, blob: encrypted },
      },
      provisioningState: 'Succeeded',
      creationTime: created,
      primaryEndpoints: endpointsOf(endpoints, account, account.name, servicesOf(account)),
      primaryLocation: account.location,
      statusOfPrimary: 'available',
      ...secondary(endpoints, account),
    },
  };
};

/** `Storage` and `StorageV2` recorded, the others by the documentation. */
const servicesOf = ({ kind }: StorageAccount): string[] => {
  switch (kind) {
    case 'Storage':
      return ['blob', 'queue', 'table', 'file'];
    case 'BlobStorage':
      return ['dfs', 'blob', 'table'];
    case 'BlockBlobStorage':
      return ['dfs', 'web', 'blob'];
    case 'FileStorage':
      return ['file'];
    default:
      return ['dfs', 'web', 'blob', 'queue', 'table', 'file'];
  }
};

/** The second region of the geo-redundant skus, which only the read-access ones give addresses for, files never (recorded). */
const secondary = (endpoints: ArmCall['endpoints'], account: StorageAccount): object => {
  const region = pairedRegion(account.location);
  if (region === undefined || !/_(RA)?GZ?RS$/.test(account.sku)) return {};
  const replicated = servicesOf(account).filter((service) => service !== 'file');
  return {
    secondaryLocation: region,
    statusOfSecondary: 'available',
    ...(account.sku.includes('_RA')
      ? { secondaryEndpoints: endpointsOf(endpoints, account, `${account.name}-secondary`, replicated) }
      : {}),
  };
};

/** Static websites are served from a zone of names that is part of their address (recorded). */
const endpointsOf = (
  endpoints: ArmCall['endpoints'],
  { location }: StorageAccount,
  name: string,
  services: string[],
): Record<string, string> =>
  Object.fromEntries(
    services.map((service) => [
      service,
      endpoints.storage(name, service === 'web' ? `${webZone(location)}.web` : service),
    ]),
  );

const iso = (ms: number): string => new Date(ms).toISOString();
