import type { Vault } from '@azure/arm-keyvault';
import type { Azure } from '../azure/clients.ts';
import { sameId, type DeviceId } from '../domain/device.ts';
import { NotYet } from '../domain/failures.ts';
import { keyVaultIdOf, type KeyVault } from '../domain/key-vault.ts';
import { lookDelay } from '../domain/pace.ts';
import { locateKeyVault, type VaultWhereabouts } from '../domain/vault-whereabouts.ts';
import { looksSoFar } from './call.ts';
import { keyVaultOf, look, readDeletedKeyVault } from '../azure/read.ts';
import type { Looked } from '../domain/ownership.ts';

/**
 * Looks for a device's vault everywhere it may be: in its group, among the deleted ones, elsewhere in the subscription.
 * @throws NotYet where one answer contradicts another: one of them is old
 */
export const readWhereabouts = async (
  azure: Azure,
  device: DeviceId & { location: string },
  name: string,
): Promise<VaultWhereabouts<KeyVault>> => {
  const found = await readWhereaboutsAs(azure, device, name, keyVaultOf);
  if (found.state !== 'moved' || !sameId(found.vaultId, keyVaultIdOf(device, name))) return found;
  throw new NotYet('NotInEffect', `the vault "${name}" is listed and not readable yet`, lookDelay(looksSoFar()));
};

/** Reads the same, for a caller that reports its findings and reads more of an active vault. */
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
