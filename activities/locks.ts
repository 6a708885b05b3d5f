import type { ManagementLockObject } from '@azure/arm-locks';
import type { Azure } from '../azure/clients.ts';
import { orAbsent } from '../azure/errors.ts';
import { resourceGroupId, sameId, type Device, type DeviceId } from '../domain/device.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import {
  becameAnothers,
  compareVaults,
  compareWithDeleted,
  keyVaultIdOf,
  mayNotRead,
  refOf,
  refusalOf,
  type Deleted,
  type KeyVault,
  type KeyVaultRef,
} from '../domain/key-vault.ts';
import {
  deviceInLockNotes,
  isWithoutClaim,
  keyVaultLockNotes,
  lockScope,
  readOnlyLockOver,
  unclaimingLockNotes,
  type Lock,
} from '../domain/locks.ts';
import { keyVaultLockName } from '../domain/names.ts';
import { isLinkedTo, isOwn, mayBeOwn, ownerOf, type Claimant } from '../domain/ownership.ts';
import { readLinkIfSeen, readOwnership } from '../azure/ownership.ts';
import { readKeyVaultInHand } from './key-vault-in-hand.ts';
import { keyVaultOf, look, readDeletedKeyVaults, readKeyVault } from '../azure/read.ts';
import { awaitEarlierAttempts } from './call.ts';

/**
 * The vault to relock: a vault of the procedure, or a vault that may have returned under a name, whose owner is judged
 * first. `takenBack`: the procedure was to recover a deleted vault there, and is responsible for the recovered one.
 */
export type VaultToLock =
  { device: Claimant; keyVault: KeyVaultRef } | { device: Claimant; keyVaultName: string; takenBack?: Deleted };

/**
 * With a device only: the vault that belongs to the device by its tags and its lock, whether the device still exists or
 * not.
 */
export type LockToRead = VaultToLock | { device: DeviceId };

/** A vault of the device without a lock, if there is one. */
export type LockSight = { unlocked?: KeyVaultRef };

export const createLocks = (azure: Azure) => ({
  async lockKeyVault({ device, keyVault }: { device: Claimant; keyVault: KeyVaultRef }): Promise<void> {
    if (await isLockedFor(azure, device, keyVault.id)) return;
    await protectKeyVault(azure, device, await readKeyVaultInHand(azure, device, keyVault));
  },

  /**
   * `gone`: nothing of the device's is left to protect. A lock that is on costs one read. Looks again when nothing that was
   * sent before can take effect any more.
   */
  async relockKeyVault(vault: VaultToLock): Promise<'locked' | 'gone'> {
    const found = await lockAgain(azure, vault);
    awaitEarlierAttempts();
    return found;
  },

  /** Reads only. */
  async readKeyVaultLock(named: LockToRead): Promise<LockSight> {
    const { device } = named;
    const isNamed = 'keyVault' in named || 'keyVaultName' in named;
    for (const [candidate, found] of isNamed ? await findNamed(azure, named) : await findOwn(azure, device)) {
      if (await isLocked(azure, device, found.id)) continue;
      if (await isStillOurs(azure, candidate, found)) return { unlocked: refOf(found) };
    }
    return {};
  },
});

/** Where a vault is, or may be. */
type VaultPlace = Pick<KeyVaultRef, 'id' | 'name'>;

const placeOf = (vault: VaultToLock): VaultPlace => {
  const name = 'keyVault' in vault ? vault.keyVault.name : vault.keyVaultName;
  return { id: keyVaultIdOf(vault.device, name), name };
};

const lockAgain = async (azure: Azure, vault: VaultToLock): Promise<'locked' | 'gone'> => {
  const { device } = vault;
  const { id, name } = placeOf(vault);
  if (await isLocked(azure, device, id)) return 'locked';
  const found = await readKeyVault(azure, device, name);
  if (found === 'absent') return lockUnseen(azure, device, id);
  if (!(await isStillOurs(azure, vault, found === 'unknown' ? found : found.found))) return 'gone';
  if (typeof found === 'object') await protectKeyVault(azure, device, found.found);
  else await lockWithoutClaim(azure, device, { id, name });
  return 'locked';
};

/** The one place that asks whether what lies under the name is the vault that the procedure answers for. */
const isStillOurs = async (azure: Azure, vault: VaultToLock, found: KeyVault | 'unknown'): Promise<boolean> => {
  const { device } = vault;
  if (found === 'unknown') {
    if ('keyVault' in vault || vault.takenBack) return true;
    throw refusalOf(mayNotRead(vault.keyVaultName));
  }
  const compared = 'keyVault' in vault ? compareVaults(vault.keyVault, found) : 'unknown';
  if (compared === 'another') return false;
  const ownership = await readOwnership(azure, device, found, {});
  if (isOwn(ownership)) return true;
  if ('keyVault' in vault) return compared === 'same' && ownership.owner !== 'another device';
  return vault.takenBack !== undefined && (await hasComeBack(azure, device, vault.takenBack, found));
};

/** Whoever's it is: without the procedure it would lie deleted. A procedure recovers only what is marked or linked. */
const hasComeBack = async (azure: Azure, device: DeviceId, deleted: Deleted, found: KeyVault): Promise<boolean> => {
  const compared = compareWithDeleted(deleted, found);
  if (compared !== 'unknown') return compared === 'same';
  return isLinkedTo(await readLinkIfSeen(azure, device), found);
};

/** A vault that has just come back does not show everywhere yet. A lock that Azure accepts proves that it is there. */
const lockUnseen = async (azure: Azure, device: DeviceId, id: string): Promise<'locked' | 'gone'> => {
  try {
    return (await orAbsent(writeLock(azure, device, keyVaultLock(id, unclaimingLockNotes(device)))))
      ? 'locked'
      : 'gone';
  } catch (error) {
    const deleted = await readDeletedKeyVaults(azure, device);
    if (typeof deleted === 'object' && deleted.found.some(({ vaultId }) => sameId(vaultId, id))) return 'gone';
    throw error;
  }
};

/** Live vaults, each with what makes it the one to look at. */
type Candidates = [candidate: VaultToLock, found: KeyVault][];

/** One that does not show by itself may still be listed. */
const findNamed = async (azure: Azure, vault: VaultToLock): Promise<Candidates> => {
  const { device } = vault;
  const { id, name } = placeOf(vault);
  const shown = await orAbsent(azure.subscription(device.subscriptionId).vaults.get(device.resourceGroup, name));
  const found = shown ? keyVaultOf(shown) : (await listVaults(azure, device)).find((listed) => sameId(listed.id, id));
  return found ? [[vault, found]] : [];
};

/** Of a device that may be gone or may not be read. Whose they are is judged where their locks are looked at. */
const findOwn = async (azure: Azure, id: DeviceId): Promise<Candidates> => {
  const listed = await listVaults(azure, id);
  const seen = await look(azure.subscription(id.subscriptionId).devices.get(id.name, id.resourceGroup));
  const { principalId, tenantId } = (typeof seen === 'object' ? seen.found.identity : undefined) ?? {};
  const device = { ...id, ...(principalId && tenantId ? { principalId, tenantId } : {}) };
  const worker = await azure.callerObjectId();
  const { vaultId } = await readLinkIfSeen(azure, id);
  return listed
    .filter((vault) => sameId(vaultId, vault.id) || mayBeOwn(vault, device, worker))
    .map((vault) => [{ device, keyVaultName: vault.name }, vault]);
};

const listVaults = async (azure: Azure, { subscriptionId, resourceGroup }: DeviceId): Promise<KeyVault[]> => {
  const { vaults } = azure.subscription(subscriptionId);
  return (await orAbsent(Array.fromAsync(vaults.listByResourceGroup(resourceGroup), keyVaultOf))) ?? [];
};

/** Our own lock, at the level that we give it. */
export const isLocked = async (azure: Azure, device: DeviceId, keyVaultId: string): Promise<boolean> =>
  (await readLockOn(azure, device, keyVaultId)) !== undefined;

/** The same with notes that name this device. */
const isLockedFor = async (azure: Azure, device: DeviceId, keyVaultId: string): Promise<boolean> => {
  const { notes = '' } = (await readLockOn(azure, device, keyVaultId)) ?? {};
  return sameId(deviceInLockNotes(notes), device.id);
};

const readLockOn = async (
  azure: Azure,
  { subscriptionId }: DeviceId,
  keyVaultId: string,
): Promise<ManagementLockObject | undefined> => {
  const { locks } = azure.subscription(subscriptionId);
  const lock = await orAbsent(locks.getByScope(keyVaultId, keyVaultLockName));
  return lock?.level === 'CanNotDelete' ? lock : undefined;
};

type OurLock = { scope: string; name: string; notes: string };

const keyVaultLock = (scope: string, notes: string): OurLock => ({ scope, name: keyVaultLockName, notes });

/** The lock claims the vault for the device only where it is provably its own: what we write must not become our proof. */
export const protectKeyVault = async (azure: Azure, device: Claimant, vault: KeyVault): Promise<void> => {
  const ownership = await readOwnership(azure, device, vault, {});
  if (isOwn(ownership)) await lockOwnKeyVault(azure, device, vault);
  else await lockWithoutClaim(azure, device, vault);
};

/**
 * Locks a vault that a step has just recovered, before its owner is judged: a recovered vault has no lock and may
 * belong to anybody. Its tags are those from before its deletion; if they name the device, so does the lock.
 * @returns false if the vault is not visible yet, for which Azure answers 404
 */
export const lockTakenBack = async (
  azure: Azure,
  device: Device,
  { name, tags }: Pick<KeyVault, 'name' | 'tags'>,
): Promise<boolean> => {
  const isMarked = ownerOf(tags, device) === 'this device';
  const notes = isMarked ? keyVaultLockNotes(device) : unclaimingLockNotes(device);
  const lock = keyVaultLock(keyVaultIdOf(device, name), notes);
  return (await orAbsent(ensureLock(azure, device, lock))) !== undefined;
};

/** Locks a vault without proof that it belongs to the device. The lock protects the vault and claims no owner. */
export const lockWithoutClaim = (azure: Azure, device: DeviceId, vault: VaultPlace): Promise<void> =>
  putKeyVaultLock(azure, device, vault, unclaimingLockNotes(device));

/** Of a vault that this very step has created, or judged to be the device's own. */
export const lockOwnKeyVault = (azure: Azure, device: DeviceId, vault: VaultPlace): Promise<void> =>
  putKeyVaultLock(azure, device, vault, keyVaultLockNotes(device));

/**
 * Locks the vault if it is unlocked. Only then is the owner of the vault judged: a locked vault costs one read.
 * @throws Refusal VaultNameTaken if the lock names another device
 */
export const keepLocked = async (azure: Azure, device: Claimant, vault: KeyVault): Promise<void> => {
  const lock = await readLockOn(azure, device, vault.id);
  if (lock) assertNotAnothers(device, vault, lock);
  else await protectKeyVault(azure, device, vault);
};

/** @throws Refusal VaultNameTaken where the lock says that the vault is another device's */
const putKeyVaultLock = async (azure: Azure, device: DeviceId, vault: VaultPlace, notes: string): Promise<void> => {
  assertNotAnothers(device, vault, await ensureLock(azure, device, keyVaultLock(vault.id, notes)));
};

const assertNotAnothers = (device: DeviceId, vault: VaultPlace, { notes = '' }: ManagementLockObject): void => {
  const lockedFor = deviceInLockNotes(notes);
  if (lockedFor !== undefined && !sameId(lockedFor, device.id)) throw becameAnothers(vault, lockedFor);
};

const writeLock = (
  azure: Azure,
  { subscriptionId }: DeviceId,
  { scope, name, notes }: OurLock,
): Promise<ManagementLockObject> =>
  azure.subscription(subscriptionId).locks.createOrUpdateByScope(scope, name, { level: 'CanNotDelete', notes });

/**
 * Writes our CanNotDelete lock and reads it back: locks take a moment to propagate. A foreign lock stays as it is; a
 * lock of ours without a claim gets one as soon as the owner is known.
 */
export const ensureLock = async (azure: Azure, device: DeviceId, lock: OurLock): Promise<ManagementLockObject> => {
  const { scope, name } = lock;
  const { locks } = azure.subscription(device.subscriptionId);
  const read = () => orAbsent(locks.getByScope(scope, name));
  const present = await read();
  const saysAll = !isWithoutClaim(present?.notes ?? '') || isWithoutClaim(lock.notes);
  if (present?.level === 'CanNotDelete' && saysAll) return present;
  await writeLock(azure, device, lock);
  const written = await read();
  if (written?.level === 'CanNotDelete') return written;
  throw new NotYet('NotInEffect', `the lock "${name}" on ${scope} is not visible yet`, 2000);
};

/**
 * Reads the locks of the group and of the subscription. A lock without the right to read it shows when it refuses a
 * write.
 */
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

/** @throws Refusal ForeignLock naming a ReadOnly lock over the group of the device */
export const assertNoReadOnlyLock = async (azure: Azure, device: DeviceId): Promise<void> => {
  const lock = readOnlyLockOver(resourceGroupId(device), await readLocksAbove(azure, device));
  if (!lock) return;
  const notes = lock.notes ? `; its notes: ${lock.notes}` : '';
  throw new Refusal(
    'ForeignLock',
    `a ReadOnly lock on ${lock.scope} prevents every write below it: ${lock.id}${notes}`,
    {
      lockId: lock.id,
      scope: lock.scope,
    },
  );
};

/** Reads the locks on a resource, on its children, and above it. */
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
