import type { VaultCreateOrUpdateParameters } from '@azure/arm-keyvault';
import { policyOf, workerGrant } from '../domain/access.ts';
import type { Device } from '../domain/device.ts';
import { ownershipTags } from '../domain/ownership.ts';
import type { NetworkRules, Profile } from '../domain/profile.ts';

export const keyVaultSku = 'standard';

/** Sent whole with the first PUT: a PUT on a vault that exists would replace its access policies (recorded). */
export const newKeyVault = (device: Device, worker: string, profile: Profile): VaultCreateOrUpdateParameters => ({
  location: device.location,
  tags: { ...profile.requiredTags, ...ownershipTags(device) },
  properties: {
    tenantId: device.tenantId,
    sku: { family: 'A', name: keyVaultSku },
    accessPolicies: [policyOf(workerGrant(device.tenantId, worker))],
    // From api-version 2026-02-01 a new vault uses Azure RBAC unless told otherwise (Azure docs).
    enableRbacAuthorization: false,
    enableSoftDelete: true,
    softDeleteRetentionInDays: 90,
    // Azure refuses a false here: what is not protected is left out (Azure docs).
    ...(profile.purgeProtection ? { enablePurgeProtection: true } : {}),
    publicNetworkAccess: profile.network.publicNetworkAccess ?? 'Enabled',
    ...networkAcls(profile.network),
    createMode: 'default',
  },
});

const networkAcls = ({ defaultAction, bypass, ipRules = [] }: NetworkRules) =>
  defaultAction === undefined && bypass === undefined
    ? {}
    : {
        networkAcls: {
          defaultAction: defaultAction ?? 'Allow',
          bypass: bypass ?? 'AzureServices',
          ipRules: ipRules.map((value) => ({ value })),
        },
      };
