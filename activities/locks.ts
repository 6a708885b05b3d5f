import type { Azure } from '../azure/clients.ts';
import { orAbsent } from '../azure/errors.ts';
import type { Device } from '../domain/device.ts';
import { NotYet } from '../domain/failures.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import { keyVaultLockNotes } from '../domain/locks.ts';
import { keyVaultLockName } from '../domain/names.ts';

export const createLocks = (azure: Azure) => ({
  async lockKeyVault({ device, keyVault }: { device: Device; keyVault: KeyVaultRef }): Promise<void> {
    const notes = keyVaultLockNotes(device.name);
    await ensureLock(azure, device, { scope: keyVault.id, name: keyVaultLockName, notes });
  },
});

/** A CanNotDelete lock of ours, seen after it was written: locks take a moment to be everywhere. */
export const ensureLock = async (
  azure: Azure,
  device: Device,
  { scope, name, notes }: { scope: string; name: string; notes: string },
): Promise<void> => {
  const { locks } = azure.subscription(device.subscriptionId);
  const read = () => orAbsent(locks.getByScope(scope, name));
  if ((await read())?.level === 'CanNotDelete') return;
  await locks.createOrUpdateByScope(scope, name, { level: 'CanNotDelete', notes });
  if ((await read())?.level !== 'CanNotDelete') {
    throw new NotYet('NotInEffect', `the lock "${name}" on ${scope} does not show yet`, 2000);
  }
};
