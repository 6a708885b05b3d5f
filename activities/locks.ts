import type { ManagementLockObject } from '@azure/arm-locks';
import type { Azure } from '../azure/clients.ts';
import { orAbsent } from '../azure/errors.ts';
import { sameId, type DeviceId } from '../domain/device.ts';
import { NotYet } from '../domain/failures.ts';
import { becameAnothers, type KeyVault, type KeyVaultRef } from '../domain/key-vault.ts';
import { deviceInLockNotes, keyVaultLockNotes, lockScope, unclaimingLockNotes, type Lock } from '../domain/locks.ts';
import { keyVaultLockName } from '../domain/names.ts';
import { isOwn, type Claimant } from '../domain/ownership.ts';
import { readKeyVaultInHand, readLinkIfThere, readOwnership } from './ownership.ts';
import { look } from './read.ts';

export const createLocks = (azure: Azure) => ({
  async lockKeyVault({ device, keyVault }: { device: Claimant; keyVault: KeyVaultRef }): Promise<void> {
    await protectKeyVault(azure, device, await readKeyVaultInHand(azure, device, keyVault));
  },
});

/** The lock claims the vault for the device only where it is provably its own: what we write must not become our proof. */
export const protectKeyVault = async (azure: Azure, device: Claimant, vault: KeyVault): Promise<void> => {
  const link = await readLinkIfThere(azure, device);
  const isProven = isOwn(await readOwnership(azure, device, vault, { link }));
  await putKeyVaultLock(azure, device, vault, isProven ? keyVaultLockNotes(device) : unclaimingLockNotes(device));
};

/** @throws Refusal VaultNameTaken where the lock says that the vault is another device's */
export const putKeyVaultLock = async (
  azure: Azure,
  device: DeviceId,
  { id, name }: Pick<KeyVaultRef, 'id' | 'name'>,
  notes = keyVaultLockNotes(device),
): Promise<void> => {
  const lock = await ensureLock(azure, device, { scope: id, name: keyVaultLockName, notes });
  const lockedFor = deviceInLockNotes(lock.notes ?? '');
  if (lockedFor !== undefined && !sameId(lockedFor, device.id)) throw becameAnothers({ id, name }, lockedFor);
};

/** A CanNotDelete lock of ours, seen after it was written: locks take a moment to be everywhere. Another's is left as it is. */
export const ensureLock = async (
  azure: Azure,
  device: DeviceId,
  { scope, name, notes }: { scope: string; name: string; notes: string },
): Promise<ManagementLockObject> => {
  const { locks } = azure.subscription(device.subscriptionId);
  const read = () => orAbsent(locks.getByScope(scope, name));
  const present = await read();
  if (present?.level === 'CanNotDelete') return present;
  await locks.createOrUpdateByScope(scope, name, { level: 'CanNotDelete', notes });
  const written = await read();
  if (written?.level === 'CanNotDelete') return written;
  throw new NotYet('NotInEffect', `the lock "${name}" on ${scope} does not show yet`, 2000);
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
