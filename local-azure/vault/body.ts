import type { ArmCall } from '../arm/provider.ts';
import { toTheSecond } from '../dates.ts';
import { provisioningState, type DeletedVault, type Vault } from './vault.ts';

/**
 * A vault as the control plane shows it (recorded: what was never set is left out). Only the answer that makes it gives
 * its address without the slash at the end; that one has never seen the name registered (both recorded).
 */
export const vaultBody = (
  { endpoints, apiVersion, now }: ArmCall,
  vault: Vault,
  age: 'existing' | 'new' = 'existing',
): Record<string, unknown> & { name: string } => ({
  id: vault.id,
  name: vault.name,
  type: 'Microsoft.KeyVault/vaults',
  location: vault.location,
  tags: vault.tags,
  systemData: vault.systemData,
  properties: {
    sku: vault.sku,
    tenantId: vault.tenantId,
    ...(vault.networkAcls ? { networkAcls: vault.networkAcls } : {}),
    accessPolicies: vault.accessPolicies,
    ...vault.enabledFor,
    enableSoftDelete: vault.enableSoftDelete,
    ...(vault.softDeleteRetentionInDays === undefined
      ? {}
      : { softDeleteRetentionInDays: vault.softDeleteRetentionInDays }),
    ...(vault.showsRbac ? { enableRbacAuthorization: vault.enableRbacAuthorization } : {}),
    ...(vault.enablePurgeProtection ? { enablePurgeProtection: true } : {}),
    vaultUri: age === 'new' ? endpoints.vaultUri(vault.name).slice(0, -1) : endpoints.vaultUri(vault.name),
    provisioningState: age === 'new' ? 'RegisteringDns' : provisioningState(vault, now),
    ...(apiVersion >= '2021-06-01-preview' ? { publicNetworkAccess: vault.publicNetworkAccess } : {}),
  },
});

export const deletedVaultBody = ({ vault, deletedAt, purgeAt }: DeletedVault): object => ({
  id:
    `/subscriptions/${vault.subscriptionId}/providers/Microsoft.KeyVault/locations/${vault.location}` +
    `/deletedVaults/${vault.name}`,
  name: vault.name,
  type: 'Microsoft.KeyVault/deletedVaults',
  properties: {
    vaultId: vault.id,
    location: vault.location,
    tags: vault.tags,
    deletionDate: toTheSecond(deletedAt),
    scheduledPurgeDate: toTheSecond(purgeAt),
    ...(vault.enablePurgeProtection ? { purgeProtectionEnabled: true } : {}),
  },
});
