import type { StorageAccountCreateParameters } from '@azure/arm-storage';
import type { Device } from '../domain/device.ts';
import { auditedVaultTag, ownershipTags } from '../domain/ownership.ts';
import type { NetworkRules, Profile } from '../domain/profile.ts';

/** Zone-redundant and tagged with the vault's name, as the portal makes it (Azure docs); ours by tag from the first moment. */
export const newAuditAccount = (
  device: Device,
  keyVaultName: string,
  { requiredTags, storageSku, storageKeyExpirationDays, network }: Profile,
): StorageAccountCreateParameters => ({
  location: device.location,
  sku: { name: storageSku },
  kind: 'StorageV2',
  tags: { ...requiredTags, ...ownershipTags(device), [auditedVaultTag]: keyVaultName },
  minimumTlsVersion: 'TLS1_2',
  allowBlobPublicAccess: false,
  enableHttpsTrafficOnly: true,
  ...(storageKeyExpirationDays === undefined
    ? {}
    : { keyPolicy: { keyExpirationPeriodInDays: storageKeyExpirationDays } }),
  ...networkOf(network),
});

/** Azure Monitor writes the log as one of Azure's own services: without the bypass nothing would be logged (Azure docs). */
const networkOf = ({ publicNetworkAccess, defaultAction, ipRules = [] }: NetworkRules) => ({
  ...(publicNetworkAccess === undefined ? {} : { publicNetworkAccess }),
  ...(defaultAction === undefined
    ? {}
    : {
        networkRuleSet: {
          defaultAction,
          bypass: 'AzureServices',
          ipRules: ipRules.map((rule) => ({ iPAddressOrRange: rule, action: 'Allow' as const })),
        },
      }),
});
