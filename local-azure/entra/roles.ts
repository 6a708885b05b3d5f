/** What a role allows, by Azure's action names with wildcards. */
export type Role = { name: string; actions: string[]; notActions: string[] };

export const owner: Role = { name: 'Owner', actions: ['*'], notActions: [] };
export const reader: Role = { name: 'Reader', actions: ['*/read'], notActions: [] };

/** What it takes to activate a device: a custom role, since no built-in one is this small. */
export const edgeActivator: Role = {
  name: 'Edge Key Vault Activator',
  actions: [
    'Microsoft.DataBoxEdge/dataBoxEdgeDevices/read',
    'Microsoft.DataBoxEdge/dataBoxEdgeDevices/write',
    'Microsoft.DataBoxEdge/dataBoxEdgeDevices/getExtendedInformation/action',
    'Microsoft.DataBoxEdge/dataBoxEdgeDevices/updateExtendedInformation/action',
    'Microsoft.DataBoxEdge/dataBoxEdgeDevices/generateCertificate/action',
    'Microsoft.DataBoxEdge/dataBoxEdgeDevices/uploadCertificate/action',
    'Microsoft.KeyVault/vaults/read',
    'Microsoft.KeyVault/vaults/write',
    'Microsoft.KeyVault/vaults/accessPolicies/write',
    'Microsoft.KeyVault/checkNameAvailability/read',
    'Microsoft.KeyVault/deletedVaults/read',
    'Microsoft.KeyVault/locations/*/read',
    'Microsoft.Storage/storageAccounts/read',
    'Microsoft.Storage/storageAccounts/write',
    'Microsoft.Storage/storageAccounts/listKeys/action',
    'Microsoft.Storage/checkNameAvailability/read',
    'Microsoft.Insights/diagnosticSettings/read',
    'Microsoft.Insights/diagnosticSettings/write',
    'Microsoft.Authorization/locks/read',
    'Microsoft.Authorization/locks/write',
    'Microsoft.Authorization/permissions/read',
    'Microsoft.Resources/subscriptions/read',
    'Microsoft.Resources/subscriptions/resourceGroups/read',
    'Microsoft.Resources/subscriptions/providers/read',
    'Microsoft.KeyVault/register/action',
    'Microsoft.DataBoxEdge/register/action',
    'Microsoft.Storage/register/action',
    'Microsoft.Insights/register/action',
  ],
  notActions: [],
};

/** What deleting a device and its vault takes beyond that: meant to be assigned just in time. */
export const edgeDeleter: Role = {
  name: 'Edge Key Vault Deleter',
  actions: [
    'Microsoft.DataBoxEdge/dataBoxEdgeDevices/delete',
    'Microsoft.DataBoxEdge/dataBoxEdgeDevices/operationResults/read',
    'Microsoft.KeyVault/vaults/delete',
    'Microsoft.Insights/diagnosticSettings/delete',
    'Microsoft.Authorization/locks/delete',
  ],
  notActions: [],
};
