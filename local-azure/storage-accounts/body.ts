import type { ArmCall } from '../arm/provider.ts';
import { objectIn } from '../json.ts';
import { accountType, type StorageAccount } from './account.ts';
import { pairedRegion } from './regions.ts';

/** An account as the control plane shows it (recorded). */
export const accountBody = ({ endpoints }: ArmCall, account: StorageAccount): object => {
  const created = new Date(account.createdAt).toISOString();
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
      keyCreationTime: { key1: created, key2: created },
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
      primaryEndpoints: endpointsOf(servicesOf(account), (service) => endpoints.storage(account.name, service)),
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
      ? {
          secondaryEndpoints: endpointsOf(replicated, (service) =>
            endpoints.storage(`${account.name}-secondary`, service),
          ),
        }
      : {}),
  };
};

const endpointsOf = (services: string[], at: (service: string) => string): Record<string, string> =>
  Object.fromEntries(services.map((service) => [service, at(service)]));
