import type { Vault } from '@azure/arm-keyvault';
import type { Azure } from '../azure/clients.ts';
import type { DeviceId } from '../domain/device.ts';
import type { KeyVault } from '../domain/key-vault.ts';
import { locateKeyVault, type VaultWhereabouts } from '../domain/vault-whereabouts.ts';
import { deletedKeyVaultOf, keyVaultOf, look } from './read.ts';

/** What has become of a vault of the device's group. The whole subscription is searched only for one that is missed. */
export const readWhereabouts = (azure: Azure, device: DeviceId, name: string): Promise<VaultWhereabouts<KeyVault>> =>
  readWhereaboutsAs(azure, device, name, keyVaultOf);

/** The same for whoever wants to know more, or less, of a live vault. */
export const readWhereaboutsAs = async <V>(
  azure: Azure,
  device: DeviceId,
  name: string,
  read: (vault: Vault) => V,
): Promise<VaultWhereabouts<V>> => {
  const { vaults } = azure.subscription(device.subscriptionId);
  const found = await look(vaults.get(device.resourceGroup, name));
  const vault = typeof found === 'object' ? { found: read(found.found) } : found;
  if (vault !== 'absent') return locateKeyVault(device, name, { vault, deleted: 'absent', others: 'absent' });
  const deleted = await look(
    Array.fromAsync(vaults.listDeleted(), (entry) => deletedKeyVaultOf(entry, entry.name ?? '')),
  );
  const others = await look(Array.fromAsync(vaults.listBySubscription(), ({ id = '' }) => id));
  return locateKeyVault(device, name, { vault, deleted, others });
};
