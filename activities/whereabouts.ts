import type { Vault } from '@azure/arm-keyvault';
import type { Azure } from '../azure/clients.ts';
import type { Device } from '../domain/device.ts';
import type { KeyVault, Looked } from '../domain/key-vault.ts';
import { locateKeyVault, type VaultWhereabouts } from '../domain/vault-whereabouts.ts';
import { look, readDeletedKeyVault, readKeyVault } from './read.ts';

/** Looks for a device's vault everywhere it may be: in its group, among the deleted ones, elsewhere in the subscription. */
export const readWhereabouts = async (
  azure: Azure,
  device: Device,
  name: string,
): Promise<VaultWhereabouts<KeyVault>> => {
  const vault = await readKeyVault(azure, device, name);
  if (vault !== 'absent') return locateKeyVault(device, name, { vault, deleted: 'absent', others: 'absent' });
  const deleted = await readDeletedKeyVault(azure, device, name);
  return locateKeyVault(device, name, {
    vault,
    deleted: typeof deleted === 'object' ? { found: [deleted.found] } : deleted,
    others: await readOthers(azure, device),
  });
};

/** Ids of the vaults of the subscription that we may see. */
const readOthers = async (azure: Azure, device: Device): Promise<Looked<string[]>> => {
  const { vaults } = azure.subscription(device.subscriptionId);
  const listed = await look<Vault[]>(Array.fromAsync(vaults.listBySubscription()));
  return typeof listed === 'object' ? { found: listed.found.map(({ id }) => id ?? '') } : listed;
};
