import type { ManagementLockObject } from '@azure/arm-locks';
import type { Azure } from '../azure/clients.ts';
import { orAbsent } from '../azure/errors.ts';
import { sameId, type DeviceId } from '../domain/device.ts';
import { NotYet } from '../domain/failures.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import { keyVaultLockNotes, lockScope, type Lock } from '../domain/locks.ts';
import { keyVaultLockName } from '../domain/names.ts';
import { look } from './read.ts';

export const createLocks = (azure: Azure) => ({
  async lockKeyVault({ device, keyVault }: { device: DeviceId; keyVault: KeyVaultRef }): Promise<void> {
    await putKeyVaultLock(azure, device, keyVault);
  },
});

export const putKeyVaultLock = (azure: Azure, device: DeviceId, { id }: Pick<KeyVaultRef, 'id'>): Promise<void> =>
  ensureLock(azure, device, { scope: id, name: keyVaultLockName, notes: keyVaultLockNotes(device.name) });

/** A CanNotDelete lock of ours, seen after it was written: locks take a moment to be everywhere. */
export const ensureLock = async (
  azure: Azure,
  device: DeviceId,
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

/** Locks of the group and of the subscription; a lock that may not be looked at shows when it refuses a write. */
export const readLocksAbove = async (azure: Azure, device: DeviceId): Promise<Lock[]> => {
  const { locks } = azure.subscription(device.subscriptionId);
  const lists = await Promise.all(
    [
      locks.listAtResourceGroupLevel(device.resourceGroup, { filter: 'atScope()' }),
      locks.listAtSubscriptionLevel({ filter: 'atScope()' }),
    ].map((pages) => look(Array.fromAsync(pages))),
  );
  return lists.flatMap((list) => (typeof list === 'object' ? list.found : [])).map(lockOf);
};

/** Locks on a resource, on what stands on it, and above it. */
export const readLocksOver = async (azure: Azure, device: DeviceId, resourceId: string): Promise<Lock[]> => {
  const { locks } = azure.subscription(device.subscriptionId);
  const at = (await Array.fromAsync(locks.listByScope(resourceId))).map(lockOf);
  // Whether Azure lists inherited locks there as well depends on its version: no lock may count twice.
  const above = (await readLocksAbove(azure, device)).filter(({ id }) => !at.some((lock) => sameId(lock.id, id)));
  return [...at, ...above];
};

export const lockOf = ({ id = '', name = '', level, notes }: ManagementLockObject): Lock => ({
  id,
  name,
  scope: lockScope(id),
  level,
  ...(notes === undefined ? {} : { notes }),
});
