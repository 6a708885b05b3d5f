import { trailProviders, vaultProvider } from './providers.ts';

/** Actions as Azure lists them for a caller: patterns with `*`, minus the `notActions` of the same role. */
export type Permission = { actions: string[]; notActions: string[] };

/** What `generateActivationKey` calls beside the audit trail, so that a missing right is named before the first write. */
export const activationActions = [
  'Microsoft.Authorization/permissions/read',
  'Microsoft.Resources/subscriptions/providers/read',
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
  'Microsoft.Authorization/permissions/read',
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
  'Microsoft.Authorization/permissions/read',
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
  'Microsoft.Authorization/permissions/read',
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/read',
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/getExtendedInformation/action',
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/delete',
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/operationResults/read',
  'Microsoft.KeyVault/vaults/read',
  'Microsoft.Resources/tags/write',
  'Microsoft.Authorization/locks/read',
  'Microsoft.Authorization/locks/write',
] as const;

/** What deleting a key vault takes, putting its lock back included. Meant to be granted just in time. */
export const keyVaultDeletionActions = [
  'Microsoft.Authorization/permissions/read',
  'Microsoft.KeyVault/vaults/read',
  'Microsoft.KeyVault/vaults/delete',
  'Microsoft.Insights/diagnosticSettings/read',
  'Microsoft.Insights/diagnosticSettings/delete',
  'Microsoft.Authorization/locks/read',
  'Microsoft.Authorization/locks/write',
  'Microsoft.Authorization/locks/delete',
] as const;

/** What it takes, on the subscription, to register a resource provider that is not registered yet. */
export const registrationAction = (namespace: string): string => `${namespace}/register/action`;

/**
 * Deleted vaults: the record of a device leads to one, or all are looked through. Nobody is refused for want of these: a vault
 * that is there needs none, and a plan goes on where they may not be seen.
 */
const deletedVaultActions = [
  'Microsoft.KeyVault/locations/deletedVaults/read',
  'Microsoft.KeyVault/deletedVaults/read',
] as const;

const union = (...lists: readonly (readonly string[])[]): readonly string[] => [...new Set(lists.flat())].toSorted();

export type RoleName = 'activate' | 'delete' | 'operator';

/**
 * The actions of the role definitions in `roles/`, sorted. `activate`: the worker, always. `delete`: deletions, recoveries and
 * putting locks back, on its own or beside `activate`. `operator`: whoever reads keys, audit logs and what rights there are.
 */
export const roleActions: Record<RoleName, readonly string[]> = {
  activate: union(
    activationActions,
    trailActions,
    regenerationActions,
    recoveryActions,
    deletedVaultActions,
    // The provider of the device is registered, or the device could not be read.
    [vaultProvider, ...trailProviders].map(registrationAction),
  ),
  delete: union(
    deviceDeletionActions,
    keyVaultDeletionActions,
    recoveryActions,
    trailActions,
    deletedVaultActions,
    ['Microsoft.Resources/subscriptions/providers/read'],
    trailProviders.map(registrationAction),
  ),
  operator: [
    'Microsoft.Authorization/locks/read',
    'Microsoft.Authorization/permissions/read',
    'Microsoft.DataBoxEdge/dataBoxEdgeDevices/read',
    'Microsoft.Insights/diagnosticSettings/read',
    'Microsoft.KeyVault/vaults/read',
    'Microsoft.Resources/subscriptions/providers/read',
    'Microsoft.Storage/storageAccounts/read',
  ],
};

export const missingActions = (needed: readonly string[], held: readonly Permission[]): string[] =>
  needed.filter((action) => !held.some((permission) => allows(permission, action)));

const needed = new Set(Object.values(roleActions).flatMap((actions) => actions.map((action) => action.toLowerCase())));
const ourProviders = [...new Set([...needed].map((action) => action.slice(0, action.indexOf('/') + 1)))];

/**
 * What is held within the providers that the roles name, and no role needs. A pattern with `*` always allows more than is
 * needed, and is named as it is written.
 */
export const excessActions = (held: readonly Permission[]): string[] => [
  ...new Set(held.flatMap((permission) => permission.actions.filter((action) => isExcess(permission, action)))),
];

const isExcess = (permission: Permission, pattern: string): boolean => {
  const [start = '', ...more] = pattern.toLowerCase().split('*');
  if (!ourProviders.some((provider) => start.startsWith(provider) || (more.length > 0 && provider.startsWith(start))))
    return false;
  return more.length > 0 || (!needed.has(start) && allows(permission, pattern));
};

const allows = ({ actions, notActions }: Permission, action: string): boolean =>
  actions.some((pattern) => matches(pattern, action)) && !notActions.some((pattern) => matches(pattern, action));

const matches = (pattern: string, action: string): boolean =>
  new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`, 'i').test(action);

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
