/** What a role allows, by Azure's action names with wildcards: on resources, and on the data in them. */
export type Role = {
  name: string;
  actions: string[];
  notActions: string[];
  dataActions: string[];
  notDataActions: string[];
};

const role = (name: string, allowed: Partial<Omit<Role, 'name'>>): Role => ({
  name,
  actions: [],
  notActions: [],
  dataActions: [],
  notDataActions: [],
  ...allowed,
});

export const owner = role('Owner', { actions: ['*'] });

export const contributor = role('Contributor', {
  actions: ['*'],
  notActions: [
    'Microsoft.Authorization/*/Delete',
    'Microsoft.Authorization/*/Write',
    'Microsoft.Authorization/elevateAccess/Action',
    'Microsoft.Blueprint/blueprintAssignments/write',
    'Microsoft.Blueprint/blueprintAssignments/delete',
    'Microsoft.Compute/galleries/share/action',
    'Microsoft.Purview/consents/write',
    'Microsoft.Purview/consents/delete',
    'Microsoft.Resources/deploymentStacks/manageDenySetting/action',
  ],
});

export const reader = role('Reader', { actions: ['*/read'] });

/** Writes tags on whatever there is, and nothing else. */
export const tagContributor = role('Tag Contributor', {
  actions: [
    'Microsoft.Authorization/*/read',
    'Microsoft.Insights/alertRules/*',
    'Microsoft.Resources/deployments/*',
    'Microsoft.Resources/subscriptions/resourceGroups/read',
    'Microsoft.Resources/subscriptions/resourceGroups/resources/read',
    'Microsoft.Resources/subscriptions/resources/read',
    'Microsoft.Support/*',
    'Microsoft.Resources/tags/*',
  ],
});

export const storageBlobDataReader = role('Storage Blob Data Reader', {
  actions: [
    'Microsoft.Storage/storageAccounts/blobServices/containers/read',
    'Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action',
  ],
  dataActions: ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'],
});

export const keyVaultSecretsUser = role('Key Vault Secrets User', {
  dataActions: [
    'Microsoft.KeyVault/vaults/secrets/getSecret/action',
    'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
  ],
});

export const keyVaultSecretsOfficer = role('Key Vault Secrets Officer', {
  actions: [
    'Microsoft.Authorization/*/read',
    'Microsoft.Insights/alertRules/*',
    'Microsoft.Resources/deployments/*',
    'Microsoft.Resources/subscriptions/resourceGroups/read',
    'Microsoft.Support/*',
    'Microsoft.KeyVault/checkNameAvailability/read',
    'Microsoft.KeyVault/deletedVaults/read',
    'Microsoft.KeyVault/locations/*/read',
    'Microsoft.KeyVault/vaults/*/read',
    'Microsoft.KeyVault/operations/read',
  ],
  dataActions: ['Microsoft.KeyVault/vaults/secrets/*'],
});

/** What it takes to activate a device: a custom role, since no built-in one is this small. */
export const edgeActivator = role('Edge Key Vault Activator', {
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
    'Microsoft.Resources/tags/write',
    'Microsoft.Resources/subscriptions/read',
    'Microsoft.Resources/subscriptions/resourceGroups/read',
    'Microsoft.Resources/subscriptions/providers/read',
    'Microsoft.KeyVault/register/action',
    'Microsoft.DataBoxEdge/register/action',
    'Microsoft.Storage/register/action',
    'Microsoft.Insights/register/action',
  ],
});

/** What deleting a device and its vault takes beyond that: meant to be assigned just in time. */
export const edgeDeleter = role('Edge Key Vault Deleter', {
  actions: [
    'Microsoft.DataBoxEdge/dataBoxEdgeDevices/delete',
    'Microsoft.DataBoxEdge/dataBoxEdgeDevices/operationResults/read',
    'Microsoft.KeyVault/vaults/delete',
    'Microsoft.Insights/diagnosticSettings/delete',
    'Microsoft.Authorization/locks/delete',
  ],
});

const assignable = [
  owner,
  contributor,
  reader,
  tagContributor,
  storageBlobDataReader,
  keyVaultSecretsUser,
  keyVaultSecretsOfficer,
  edgeActivator,
  edgeDeleter,
];

/** A role by its display name, as tools name it; throws for an unknown one. */
export const roleNamed = (name: string): Role => {
  const found = assignable.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (found) return found;
  throw new Error(`There is no role '${name}': ${assignable.map((known) => known.name).join(', ')}.`);
};
