import activate from '../roles/activate.json' with { type: 'json' };
import deletion from '../roles/delete.json' with { type: 'json' };
import operator from '../roles/operator.json' with { type: 'json' };

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

type Definition = { Name: string } & Record<'Actions' | 'NotActions' | 'DataActions' | 'NotDataActions', string[]>;

/** A custom role, as `az role definition create` takes it from a file. */
const custom = ({ Name, Actions, NotActions, DataActions, NotDataActions }: Definition): Role => ({
  name: Name,
  actions: Actions,
  notActions: NotActions,
  dataActions: DataActions,
  notDataActions: NotDataActions,
});

/** What the worker of the product holds, since no built-in role is this small. */
export const edgeActivator = custom(activate);

/** What it is given just in time. */
export const edgeDeleter = custom(deletion);

/** What a person at its command line needs. */
export const edgeOperator = custom(operator);

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
  edgeOperator,
];

/** A role by its display name, as tools name it; throws for an unknown one. */
export const roleNamed = (name: string): Role => {
  const found = assignable.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (found) return found;
  throw new Error(`There is no role '${name}': ${assignable.map((known) => known.name).join(', ')}.`);
};
