/** Actions as Azure lists them for a caller: patterns with `*`, minus the `notActions` of the same role. */
export type Permission = { actions: string[]; notActions: string[] };

/** What `generateActivationKey` calls in the resource group, so that a missing right is named before the first write. */
export const activationActions = [
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/read',
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/getExtendedInformation/action',
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/updateExtendedInformation/action',
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/generateCertificate/action',
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/uploadCertificate/action',
  'Microsoft.KeyVault/vaults/read',
  'Microsoft.KeyVault/vaults/write',
  'Microsoft.KeyVault/vaults/accessPolicies/write',
  'Microsoft.Resources/tags/write',
  'Microsoft.Authorization/locks/read',
  'Microsoft.Authorization/locks/write',
] as const;

/** What the audit trail takes. Azure Monitor asks for `listKeys` when a setting names an account. */
export const trailActions = [
  'Microsoft.Storage/storageAccounts/read',
  'Microsoft.Storage/storageAccounts/write',
  'Microsoft.Storage/storageAccounts/listKeys/action',
  'Microsoft.Resources/tags/write',
  'Microsoft.Insights/diagnosticSettings/read',
  'Microsoft.Insights/diagnosticSettings/write',
] as const;

/** What a new key for a device takes that has its vault. */
export const regenerationActions = [
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/read',
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/getExtendedInformation/action',
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/generateCertificate/action',
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/uploadCertificate/action',
  'Microsoft.KeyVault/vaults/read',
  'Microsoft.KeyVault/vaults/accessPolicies/write',
  'Microsoft.Authorization/locks/read',
] as const;

/** What taking back a vault and putting it in service again takes. */
export const recoveryActions = [
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/read',
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/getExtendedInformation/action',
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/updateExtendedInformation/action',
  'Microsoft.KeyVault/vaults/read',
  'Microsoft.KeyVault/vaults/write',
  'Microsoft.KeyVault/vaults/accessPolicies/write',
  'Microsoft.Resources/tags/write',
  'Microsoft.Authorization/locks/read',
  'Microsoft.Authorization/locks/write',
] as const;

/** What deleting a device takes, and marking and locking a vault that outlives it, before anything is asked or touched. */
export const deviceDeletionActions = [
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/read',
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/getExtendedInformation/action',
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/delete',
  'Microsoft.KeyVault/vaults/read',
  'Microsoft.Resources/tags/write',
  'Microsoft.Authorization/locks/read',
  'Microsoft.Authorization/locks/write',
] as const;

/** What deleting a key vault takes, putting its lock back included. Meant to be granted just in time. */
export const keyVaultDeletionActions = [
  'Microsoft.KeyVault/vaults/read',
  'Microsoft.KeyVault/vaults/delete',
  'Microsoft.Insights/diagnosticSettings/read',
  'Microsoft.Insights/diagnosticSettings/delete',
  'Microsoft.Authorization/locks/read',
  'Microsoft.Authorization/locks/write',
  'Microsoft.Authorization/locks/delete',
] as const;

export const missingActions = (needed: readonly string[], held: readonly Permission[]): string[] =>
  needed.filter((action) => !held.some((permission) => allows(permission, action)));

const allows = ({ actions, notActions }: Permission, action: string): boolean =>
  actions.some((pattern) => matches(pattern, action)) && !notActions.some((pattern) => matches(pattern, action));

const matches = (pattern: string, action: string): boolean =>
  new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`, 'i').test(action);

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
