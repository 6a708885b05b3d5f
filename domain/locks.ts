import { type DeviceId, sameId } from './device.ts';
import { Refusal } from './failures.ts';

/** Names of our locks, apart from the names that are made with hashes: workflows show them, too. */
export const keyVaultLockName = 'ase-key-vault-lock';
export const auditLockName = 'ase-audit-lock';

/** A management lock; `scope` is the id of what it locks, children included. */
export type Lock = { id: string; name: string; scope: string; level: string; notes?: string };

/** `/x/providers/Microsoft.Authorization/locks/name` locks `/x`. */
export const lockScope = (lockId: string): string =>
  lockId.replace(/\/providers\/Microsoft\.Authorization\/locks\/[^/]+$/i, '');

/** A ReadOnly lock at or above a scope refuses every write below it; the product never removes one. */
export const readOnlyLockOver = (scope: string, locks: readonly Lock[]): Lock | undefined =>
  locks.find((lock) => lock.level.toLowerCase() === 'readonly' && covers(lock.scope, scope));

/**
 * Returns the locks that prevent the deletion of a resource and must stay: all but our own and those that a person
 * released by their ids. A lock of the group or the subscription is never released.
 */
export const locksInTheWay = (resourceId: string, locks: readonly Lock[], released: readonly string[]): Lock[] =>
  locks.filter((lock) => {
    if (!sameId(lock.scope, resourceId)) return true;
    return lock.name.toLowerCase() !== keyVaultLockName && !released.some((id) => sameId(id, lock.id));
  });

/** Why something is not deleted: the locks with scope, id and what their owners noted. */
export const heldByLocks = (what: string, locks: readonly Lock[]): Refusal =>
  new Refusal('ForeignLock', `${what} cannot be deleted: ${describeLocks(locks)}`, {
    lockIds: locks.map(({ id }) => id),
  });

/** The locks as one sentence. */
export const describeLocks = (locks: readonly Lock[]): string =>
  locks
    .map(({ id, level, scope, notes }) => `${level} on ${scope} (${id}${notes ? `; its notes: ${notes}` : ''})`)
    .join(', ');

const covers = (outer: string, inner: string): boolean => {
  const [a, b] = [outer.toLowerCase(), inner.toLowerCase()];
  return a === b || b.startsWith(`${a}/`);
};

/**
 * Returns the notes of the lock, at most 512 characters (Azure docs). The id names the owner of a vault without tags.
 */
export const keyVaultLockNotes = ({ id }: Pick<DeviceId, 'id'>): string =>
  `Keeps the key vault of the Azure Stack Edge device ${id} from accidental deletion. Owned by ase; the lock "${keyVaultLockName}" is put back when removed.`;

/**
 * Returns the notes for a vault without proof that it belongs to the device: the lock protects it and claims no owner.
 */
export const unclaimingLockNotes = ({ name }: Pick<DeviceId, 'name'>): string =>
  `${withoutClaim} that a procedure for the Azure Stack Edge device "${name}" came upon. It does not say whose the vault is. Owned by ase.`;

const withoutClaim = 'Keeps a key vault from accidental deletion';

/** Returns whether our notes wait for a proof of the owner. Foreign notes stay as they are. */
export const isWithoutClaim = (notes: string): boolean => notes.startsWith(withoutClaim);

/** Id of the device that the notes of a lock of ours name. */
export const deviceInLockNotes = (notes: string): string | undefined =>
  /\bdevice (\/subscriptions\/\S+) from accidental deletion/i.exec(notes)?.[1];

export const auditLockNotes = (deviceName: string): string =>
  `Keeps the audit log of the key vault of the Azure Stack Edge device "${deviceName}". Owned by ase.`;
