import type { Azure } from '../azure/clients.ts';
import { sameId, type Device } from '../domain/device.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import { assertSameIdentity, isToActivate } from './device.ts';
import { linkOf } from '../azure/read.ts';

/** `not applicable`: the device has no secrets yet, or its record does not lead to this vault. */
export type SecretSync = 'requested' | 'not applicable';

const underWay = ['KeyVaultSyncPending', 'KeyVaultSyncing'];

export const createSecretSyncs = (azure: Azure) => ({
  /** The device is asked to write its secrets into its vault again; when it does so is its own affair. */
  async requestSync({ device, keyVault }: { device: Device; keyVault: KeyVaultRef }): Promise<SecretSync> {
    if (isToActivate(await assertSameIdentity(azure, device))) return 'not applicable';
    const { devices } = azure.subscription(device.subscriptionId);
    const record = await devices.getExtendedInformation(device.name, device.resourceGroup);
    if (!sameId(linkOf(record).vaultId, keyVault.id)) return 'not applicable';
    if (underWay.includes(record.keyVaultSyncStatus ?? '')) return 'requested';
    // The only status that may be set; it starts the synchronisation (model comment of the API).
    const syncStatus = 'KeyVaultSyncPending';
    await devices.updateExtendedInformation(device.name, device.resourceGroup, { syncStatus });
    return 'requested';
  },
});
