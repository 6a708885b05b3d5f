import { fold } from '../arm/path.ts';
import { findVault, softDeleteVault } from '../vault/store.ts';
import { strangersVault } from '../vault/stranger.ts';
import type { Vault } from '../vault/vault.ts';
import { regionNamed } from './checks.ts';
import type { Controlled } from './controlled.ts';

/** What happens to vaults without anybody's leave. */
export const controlVaults = ({ state, now }: Controlled) => {
  const vaultNamed = (name: string): Vault => {
    const vault = findVault(state(), name);
    if (vault) return vault;
    throw new Error(`There is no vault '${name}'.`);
  };
  return {
    /** Somebody else's vault, without our tags: in a group of ours, or without `group` in a subscription of their own. */
    putStrangersVault: ({ name, group, location }: { name: string; group?: string; location?: string }): void => {
      state().vaults[fold(name)] = strangersVault(state(), name, group, regionNamed(location ?? 'westeurope'), now());
    },
    /** Deletes a vault as its owner may, locks or not. It can be recovered. */
    softDeleteVault: ({ vaultName }: { vaultName: string }): void => {
      softDeleteVault(state(), vaultNamed(vaultName), now());
    },
    closeFirewall: ({ vaultName }: { vaultName: string }): void => {
      vaultNamed(vaultName).networkAcls = {
        bypass: 'AzureServices',
        defaultAction: 'Deny',
        ipRules: [],
        virtualNetworkRules: [],
      };
    },
    openFirewall: ({ vaultName }: { vaultName: string }): void => {
      const vault = vaultNamed(vaultName);
      delete vault.networkAcls;
      vault.publicNetworkAccess = 'Enabled';
    },
  };
};
