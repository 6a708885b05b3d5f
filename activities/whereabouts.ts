import type { Vault } from '@azure/arm-keyvault';
import type { Azure } from '../azure/clients.ts';
import type { DeviceId } from '../domain/device.ts';
import type { KeyVault, Looked } from '../domain/key-vault.ts';
import { locateKeyVault, type VaultWhereabouts } from '../domain/vault-whereabouts.ts';
import { keyVaultOf, look, readDeletedKeyVault } from './read.ts';

/** Looks for a device's vault everywhere it may be: in its group, among the deleted ones, elsewhere in the subscription. */
export const readWhereabouts = (
  azure: Azure,
  device: DeviceId & { location: string },
  name: string,
): Promise<VaultWhereabouts<KeyVault>> => readWhereaboutsAs(azure, device, name, keyVaultOf);

/** The same for whoever wants to know more of a live vault. */
export const readWhereaboutsAs = async <V>(
  azure: Azure,
  device: DeviceId & { location: string },
  name: string,
  read: (vault: Vault) => V,
): Promise<VaultWhereabouts<V>> => {
  const found = await look(azure.subscription(device.subscriptionId).vaults.get(device.resourceGroup, name));
  const vault = typeof found === 'object' ? { found: read(found.found) } : found;
  if (vault !== 'absent') return locateKeyVault(device, name, { vault, deleted: 'absent', others: 'absent' });
  const deleted = await readDeletedKeyVault(azure, device, name);
  return locateKeyVault(device, name, {
    vault,
    deleted: typeof deleted === 'object' ? { found: [deleted.found] } : deleted,
    others: await readOthers(azure, device),
  });
};

/** Ids of the vaults of the subscription that we may see. */
export const readOthers = async (azure: Azure, device: DeviceId): Promise<Looked<string[]>> => {
  const { vaults } = azure.subscription(device.subscriptionId);
  return look(Array.fromAsync(vaults.listBySubscription(), ({ id = '' }) => id));
};
