import { fold } from './arm/path.ts';
import type { Provider } from './arm/provider.ts';
import { isAtOrBelow } from './arm/rights.ts';
import { putAccessPolicies } from './key-vault/access-policies.ts';
import { getDeletedVault, listDeletedVaults } from './key-vault/deleted-vaults.ts';
import { vaultType } from './key-vault/lookup.ts';
import { checkHsmNameAvailability, listManagedHsms } from './key-vault/managed-hsms.ts';
import { checkNameAvailability } from './key-vault/name-availability.ts';
import { getPurgeResult, purgeVault } from './key-vault/purge.ts';
import { deleteVault, getVault, listVaults, listVaultsOfGroup, patchVault, putVault } from './key-vault/vaults.ts';
import { ripenVaults, softDeleteVault } from './vault/store.ts';

/** Vaults as resources: what is in them is the data plane's (vault/data-plane.ts). */
export const keyVault: Provider = {
  namespace: 'Microsoft.KeyVault',
  registration: 'required',
  apiVersions: [
    '2026-05-15',
    '2026-02-01',
    '2025-05-01',
    '2024-12-01-preview',
    '2024-11-01',
    '2024-04-01-preview',
    '2023-08-01-preview',
    '2023-07-01',
    '2023-02-01',
    '2022-11-01',
    '2022-07-01',
    '2022-02-01-preview',
    '2021-11-01-preview',
    '2021-10-01',
    '2021-06-01-preview',
    '2021-04-01-preview',
    '2020-04-01-preview',
    '2019-09-01',
    '2018-02-14',
    '2018-02-14-preview',
    '2016-10-01',
    '2015-06-01',
  ],
  routes: {
    'PUT group/vaults/{}': putVault,
    'PATCH group/vaults/{}': patchVault,
    'GET group/vaults/{}': getVault,
    'DELETE group/vaults/{}': deleteVault,
    'GET group/vaults': listVaultsOfGroup,
    'GET subscription/vaults': listVaults,
    'PUT group/vaults/{}/accessPolicies/{}': putAccessPolicies,
    'POST subscription/checkNameAvailability': {
      run: checkNameAvailability,
      effect: 'read',
      action: 'Microsoft.KeyVault/checkNameAvailability/read',
    },
    'GET subscription/deletedVaults': listDeletedVaults,
    'GET subscription/locations/{}/deletedVaults/{}': getDeletedVault,
    'POST subscription/locations/{}/deletedVaults/{}/purge': purgeVault,
    'GET subscription/locations/{}/operationResults/{}': { run: getPurgeResult, poll: true },
    'GET subscription/managedHSMs': listManagedHsms,
    'GET group/managedHSMs': listManagedHsms,
    'GET subscription/deletedManagedHSMs': listManagedHsms,
    'POST subscription/checkMhsmNameAvailability': {
      run: checkHsmNameAvailability,
      effect: 'read',
      action: 'Microsoft.KeyVault/checkMhsmNameAvailability/read',
    },
  },
  // Listed by group and name (recorded).
  resources: (state) =>
    Object.values(state.vaults)
      .toSorted((one, other) => (fold(one.id) < fold(other.id) ? -1 : 1))
      .map(({ id, name, location, tags }) => ({ id, name, type: vaultType, location, tags })),
  ripen: ripenVaults,
  forgetGroup: (state, group, now) => {
    for (const vault of Object.values(state.vaults)) {
      if (isAtOrBelow(vault.id, group)) softDeleteVault(state, vault, now);
    }
  },
};
