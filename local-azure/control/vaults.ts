import { fold } from '../arm/path.ts';
import type { State } from '../state.ts';
import { findDeletedVault, softDeleteVault } from '../vault/store.ts';
import { strangersVault } from '../vault/stranger.ts';
import type { Vault } from '../vault/vault.ts';
import { regionNamed, vaultNamed } from './checks.ts';
import type { Controlled } from './controlled.ts';

/** What happens to vaults without anybody's leave. */
export const controlVaults = ({ state, now }: Controlled) => {
  const named = (name: string): Vault => vaultNamed(state(), name);
  return {
    /** Somebody else's vault, without our tags: in a group of ours, or without `group` in a subscription of their own. */
    putStrangersVault: ({ name, group, location }: { name: string; group?: string; location?: string }): void => {
      state().vaults[fold(name)] = strangersVault(state(), name, group, regionNamed(location ?? 'westeurope'), now());
    },
    /** Deletes a vault as its owner may, locks or not. It can be recovered. */
    softDeleteVault: ({ vaultName }: { vaultName: string }): void => {
      softDeleteVault(state(), named(vaultName), now());
    },
    /** Ends the time of a deleted vault: what it held is gone for good. */
    purgeVault: ({ vaultName }: { vaultName: string }): void => {
      if (!findDeletedVault(state(), vaultName, now())) throw new Error(`There is no deleted vault '${vaultName}'.`);
      delete state().deletedVaults[fold(vaultName)];
    },
    /** Moves a vault to another group of its subscription; the locks on it go along. */
    moveVault: ({ vaultName, group }: { vaultName: string; group: string }): void => {
      const vault = named(vaultName);
      const to = state().groups[fold(`/subscriptions/${vault.subscriptionId}/resourceGroups/${group}`)];
      if (!to) throw new Error(`There is no group '${group}'.`);
      const id = `${to.id}/providers/Microsoft.KeyVault/vaults/${vault.name}`;
      moveLocks(state(), vault.id, id);
      state().vaults[fold(vaultName)] = { ...vault, id, group: to.name };
    },
    /** Lets the content of a vault be governed by roles instead of its access policies, which stay as they are. */
    useRoles: ({ vaultName }: { vaultName: string }): void => {
      named(vaultName).enableRbacAuthorization = true;
    },
    /** Undoes `useRoles`. */
    useAccessPolicies: ({ vaultName }: { vaultName: string }): void => {
      named(vaultName).enableRbacAuthorization = false;
    },
    closeFirewall: ({ vaultName }: { vaultName: string }): void => {
      named(vaultName).networkAcls = {
        bypass: 'AzureServices',
        defaultAction: 'Deny',
        ipRules: [],
        virtualNetworkRules: [],
      };
    },
    openFirewall: ({ vaultName }: { vaultName: string }): void => {
      const vault = named(vaultName);
      delete vault.networkAcls;
      vault.publicNetworkAccess = 'Enabled';
    },
  };
};

const moveLocks = ({ locks }: State, from: string, to: string): void => {
  for (const [key, lock] of Object.entries(locks)) {
    if (fold(lock.scope) !== fold(from)) continue;
    delete locks[key];
    const id = `${to}/providers/Microsoft.Authorization/locks/${lock.name}`;
    locks[fold(id)] = { ...lock, id, scope: to };
  }
};
