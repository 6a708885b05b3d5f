export const vaultProvider = 'Microsoft.KeyVault';
/** Without these there is no activation key. */
export const keyProviders = [vaultProvider, 'Microsoft.DataBoxEdge'] as const;
/** The providers of the audit trail, which can be skipped: the account's, then the setting's. */
export const accountProvider = 'Microsoft.Storage';
export const settingProvider = 'Microsoft.Insights';
export const trailProviders = [accountProvider, settingProvider] as const;

/** Whether nobody has asked for the registration yet, by the state of a provider. */
export const isUnregistered = (state = ''): boolean => !['Registered', 'Registering'].includes(state);

/** Actions as Azure lists them for a caller: patterns with `*`, minus the `notActions` of the same role. */
export type Permission = { actions: string[]; notActions: string[] };

/**
 * The calls of `generateActivationKey` without the audit trail, so that a missing right is reported before the first
 * write.
 */
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

/** The rights of the audit trail. Azure Monitor requires `listKeys` when a setting names an account. */
export const trailActions = [
  'Microsoft.Storage/storageAccounts/read',
  'Microsoft.Storage/storageAccounts/write',
  'Microsoft.Storage/storageAccounts/listKeys/action',
  'Microsoft.Resources/tags/write',
  'Microsoft.Insights/diagnosticSettings/read',
  'Microsoft.Insights/diagnosticSettings/write',
] as const;

/** The rights to issue a new key for a device with a vault. */
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

/** The rights to recover a vault and restore its protection. */
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

/**
 * The rights to delete a device and to tag and lock a vault that outlives it, before the question and the first write.
 */
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

/** The rights to delete a key vault and to restore its lock. Grant them just in time. */
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

/** Returns the right, on the subscription, to register a resource provider. */
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
 * The actions of the role definitions in `roles/`, sorted. `activate`: the worker, always. `delete`: deletions,
 * recoveries and relocks, alone or in addition to `activate`. `operator`: readers of keys, audit logs and rights.
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

/** Names of the role definitions in Azure. */
export const roleTitles: Record<RoleName, string> = {
  activate: 'Edge Key Vault Activator',
  delete: 'Edge Key Vault Deleter',
  operator: 'Edge Key Vault Operator',
};

/** Returns the command that gives a worker the smallest of its roles with all these actions. @param worker object id */
export const grantCommand = (worker: string, actions: readonly string[], scope: string): string => {
  const holds = (role: RoleName): boolean => actions.every((action) => roleActions[role].includes(action));
  const role = roleTitles[holds('activate') ? 'activate' : 'delete'];
  return `az role assignment create --assignee ${worker} --role '${role}' --scope '${scope}'`;
};

export const missingActions = (needed: readonly string[], held: readonly Permission[]): string[] =>
  needed.filter((action) => !held.some((permission) => allows(permission, action)));

const needed = new Set(Object.values(roleActions).flatMap((actions) => actions.map((action) => action.toLowerCase())));
const ourProviders = [...new Set([...needed].map((action) => action.slice(0, action.indexOf('/') + 1)))];

/**
 * Returns the rights within the providers of the roles that no role requires. A pattern with `*` always allows more
 * than required, and is returned as written.
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
