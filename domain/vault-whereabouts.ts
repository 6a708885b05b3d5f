/** What has become of the vault that a device should have: one diagnosis for whoever finds it missing. */
import { nameIn, sameId, type DeviceId } from './device.ts';
import { keyVaultIdOf, type DeletedKeyVault } from './key-vault.ts';
import type { Looked } from './ownership.ts';

/** `V` is what the caller knows of a live vault. */
export type VaultWhereabouts<V> =
  | { state: 'live'; vault: V }
  /** Soft-deleted in the resource group of the device, where it can be recovered. */
  | { state: 'deleted'; deleted: DeletedKeyVault }
  | { state: 'deleted elsewhere'; deleted: DeletedKeyVault }
  /** Alive in another resource group; the device treats it as deleted (Azure docs). */
  | { state: 'moved'; vaultId: string }
  /** Purged, past its retention, moved out of the subscription, or never there: Azure does not tell these apart. */
  | { state: 'gone' }
  /** `missing` is the action that it takes to know more. */
  | { state: 'unknown'; missing: string };

/** The findings under the name of the vault. */
export type VaultSightings<V> = {
  /** In the resource group of the device. */
  vault: Looked<V>;
  /** The deleted vaults of the subscription. */
  deleted: Looked<readonly DeletedKeyVault[]>;
  /** Ids of the live vaults of the subscription. */
  others: Looked<readonly string[]>;
};

export const locateKeyVault = <V>(
  device: DeviceId,
  name: string,
  { vault, deleted, others }: VaultSightings<V>,
): VaultWhereabouts<V> => {
  if (typeof vault === 'object') return { state: 'live', vault: vault.found };
  if (vault === 'unknown') return { state: 'unknown', missing: 'Microsoft.KeyVault/vaults/read' };
  const found = typeof deleted === 'object' ? deleted.found.find((entry) => sameId(entry.name, name)) : undefined;
  if (found) {
    const here = sameId(found.vaultId, keyVaultIdOf(device, name));
    return { state: here ? 'deleted' : 'deleted elsewhere', deleted: found };
  }
  const moved = typeof others === 'object' ? others.found.find((id) => sameId(nameIn(id), name)) : undefined;
  if (moved !== undefined) return { state: 'moved', vaultId: moved };
  if (deleted === 'unknown') return { state: 'unknown', missing: 'Microsoft.KeyVault/locations/deletedVaults/read' };
  return { state: 'gone' };
};
