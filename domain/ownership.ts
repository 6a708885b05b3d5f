/** Whose a vault is: one judgement, from all that speaks for an owner, for every procedure, view and command. */
import { type AccessPolicy, devicePermissions, holdsAtLeast, holdsExactly, workerGrant } from './access.ts';
import { type Device, type DeviceId, type DeviceLink, sameId } from './device.ts';
import type { FailureType } from './failures.ts';
import { deviceInLockNotes } from './locks.ts';
import { channelIntegrityKeyName, deviceHash, keyVaultNamesOf } from './names.ts';

/** Each answer is a case of its own: what we may not look at is not absent. */
export type Looked<T> = { found: T } | 'absent' | 'unknown';

export type Tags = Record<string, string>;

/** Names of tags mean the same in any case (Azure docs). @returns undefined when the tag is not there */
export const tagNamed = (tags: Tags | undefined, name: string): string | undefined =>
  Object.entries(tags ?? {}).find(([present]) => present.toLowerCase() === name.toLowerCase())?.[1];

/**
 * Returns the tags that the create body of vault and storage account contains, so that a resource whose answer was lost
 * differs from a stranger's. A device with a disabled identity has no principal to name.
 */
export const ownershipTags = (device: DeviceId & { principalId?: string }): Tags => ({
  'ase-device': device.name,
  'ase-device-hash': deviceHash(device),
  ...(device.principalId === undefined ? {} : { 'ase-device-principal': device.principalId }),
});

/** `retained` on a vault that outlives its device. */
export const stateTag = 'ase-state';

const isRetained = (tags: Tags): boolean => tagNamed(tags, stateTag) === 'retained';

/** On the audit account: the name of the vault whose log it takes. */
export const auditedVaultTag = 'ase-key-vault';

/**
 * The owner of a resource by its tags only. `former`: created for a device with the same id that was recreated since.
 */
export type Owner = 'this device' | 'former device' | 'another device' | 'nobody';

export const ownerOf = (tags: Tags = {}, device: Device): Owner => {
  const hash = tagNamed(tags, 'ase-device-hash');
  if (hash === undefined) return 'nobody';
  if (!isMarkedFor(device, tags)) return 'another device';
  return sameId(tagNamed(tags, 'ase-device-principal'), device.principalId) ? 'this device' : 'former device';
};

/** Whether tags are of this device, or of a former one of its id. */
export const isMarkedFor = (device: DeviceId, tags: Tags | undefined): boolean =>
  sameId(tagNamed(tags, 'ase-device-hash'), deviceHash(device));

/**
 * Whether an account of the device's own group, under a name made from the device's id, is its audit account. Without a tag
 * it is: a policy has taken the tags away, and nobody else comes by such a name.
 */
export const ownsAuditAccount = (tags: Tags | undefined, device: Device): boolean => {
  const owner = ownerOf(tags, device);
  return owner === 'this device' || owner === 'nobody';
};

/** Those of our tags that are not there, or not as they must be. Names and ids mean the same in any case. */
export const missingTags = (tags: Tags | undefined, device: Device): Tags =>
  Object.fromEntries(
    Object.entries(ownershipTags(device)).filter(([name, value]) => !sameId(tagNamed(tags, name), value)),
  );

/** A device that asks whether a vault is its own. One whose identity is disabled has no `principalId`. */
export type Claimant = DeviceId & {
  principalId?: string;
  tenantId?: string;
  /** There is no device of the id any more: then tags that carry its hash are those of the last one that there was. */
  isGone?: boolean;
};

/** Another device of the resource group. */
export type Neighbour = DeviceId & {
  principalId?: string;
  /** Id of the vault that its record names, where that was asked for. */
  linkedTo?: string;
};

/** A channel integrity key in the vault. */
export type KeyTrace = { name: string; tags: Tags };

/** The evidence for the owner of a vault. Evidence that was not read is absent. */
export type Evidence = {
  vault: { id: string; name: string; tags: Tags; accessPolicies: readonly AccessPolicy[]; createdAt?: string };
  /** What the record of the device says. */
  link: DeviceLink;
  /** Object id of the worker, which has an entry in every vault that it makes. */
  worker: string;
  /** The lock of our name on the vault. */
  lock: Looked<{ notes: string }>;
  neighbours?: readonly Neighbour[];
  keys?: readonly KeyTrace[];
  /** Whether the version of the secret that the record of the device names is in the vault. */
  holdsLinkedKey?: boolean;
  /** Creation time of the vault that Azure has just answered to this very step to be new. */
  createdHere?: string;
  /** Creation time of the vault that this procedure began with, as judged when it began. */
  inHand?: string;
};

export type Ownership =
  | { owner: 'this device' }
  /** `which`: its name, its id or its hash, as far as the evidence tells. */
  | { owner: 'another device'; which: string }
  /** Made for a device of the same id that has since been created again. */
  | { owner: 'former device' }
  /** Of a former device, which was deleted and left it behind on purpose. */
  | { owner: 'retained' }
  /** `linked`: the record of the device leads here, and nothing else speaks for it. */
  | { owner: 'nobody'; linked: boolean }
  /** `missing` is the action that it takes to know more. */
  | { owner: 'unknown'; missing: string };

const thisDevice: Ownership = { owner: 'this device' };

/**
 * Judges the owner of a vault. Marks decide before traces: tags, and the notes of our lock. A mark of another device
 * overrides everything else. Without a mark, traces decide: an entry that only devices get, a channel integrity key, a
 * name that is derived from the device's id, the answer that has just created the vault. A link proves nothing: Azure
 * does not check links (recorded).
 */
export const judgeOwnership = (device: Claimant, evidence: Evidence): Ownership =>
  ownerByMarks(device, { ...evidence, keys: evidence.keys ?? [] }) ?? ownerByTraces(device, evidence);

/**
 * Judges the owner by marks only, if they decide, so that no trace has to be read. Marks of the id only may belong to a
 * former device, so the keys in the vault are read before they count.
 */
export const ownerByMarks = (device: Claimant, evidence: Evidence): Ownership | undefined => {
  const { vault, lock } = evidence;
  const found = ownerWhateverLinked(device, evidence);
  if (found) return found;
  const byTags = markOfTags(vault.tags, device);
  const byLock = markOfLock(lock, device);
  const served = isServedByLink(evidence);
  // One whose record leads here had its identity replaced; one without that is another device of the same name.
  if (byTags?.of === 'former device') return served ? thisDevice : leftBy(vault.tags);
  if (!byTags && !byLock) return undefined;
  if (served || isAtHome(device, evidence) || isJustMade(evidence)) return thisDevice;
  if (isLeftBehind(device, evidence)) return leftBy(vault.tags);
  return evidence.keys === undefined ? undefined : thisDevice;
};

/** The same as far as the marks decide it without the record of the device, which then need not be read. */
export const ownerWhateverLinked = (device: Claimant, evidence: Omit<Evidence, 'link'>): Ownership | undefined => {
  const { vault, lock } = evidence;
  const byTags = markOfTags(vault.tags, device);
  const byLock = markOfLock(lock, device);
  if (byTags?.of === 'another device' && byLock?.of === 'this id' && isKnown(evidence)) return thisDevice;
  const another = [byTags, byLock].find((mark) => mark?.of === 'another device');
  if (another?.of === 'another device') return { owner: 'another device', which: another.which };
  return byTags?.of === 'this device' ? thisDevice : undefined;
};

/** Whether the record leads to a vault in service: one that a former device left on purpose is nobody's until its tag is gone. */
const isServedByLink = ({ link, vault }: Evidence): boolean => isLinkedTo(link, vault) && !isRetained(vault.tags);

/** Whether the record leads there, and the very identity has its access: a vault in use that somebody called retained. */
const isAtHome = (device: Claimant, evidence: Evidence): boolean =>
  isLinkedTo(evidence.link, evidence.vault) && entriesIn(device, evidence).mine;

/**
 * Whether a former device of the id has left something there: a tag that says so, access for an unknown identity, which may
 * have been that device's, or a key that only another device can have.
 */
const isLeftBehind = (device: Claimant, evidence: Evidence): boolean =>
  isRetained(evidence.vault.tags) ||
  entriesIn(device, evidence).strange.length > 0 ||
  (evidence.keys ?? []).some(({ name }) => isChannelIntegrityKey(name) && !holdsKeyOf(device, [{ name }]));

/**
 * Whether it is the very vault that this procedure made or began with. A creation of another device that was carried out late
 * replaces the tags of such a vault; that device finds our lock, and gives way.
 */
const isKnown = (evidence: Pick<Evidence, 'vault' | 'createdHere' | 'inHand'>): boolean =>
  isJustMade(evidence) || (evidence.inHand !== undefined && evidence.inHand === evidence.vault.createdAt);

/** Azure has answered to this very step that the vault is new: no former device can have left anything there. */
const isJustMade = ({ vault: { createdAt }, createdHere }: Pick<Evidence, 'vault' | 'createdHere'>): boolean =>
  createdHere !== undefined && createdHere === createdAt;

/** Whether the claimant may work with the vault as its own. */
export const isOwn = ({ owner }: Ownership): boolean => owner === 'this device';

export const isLinkedTo = ({ vaultId }: DeviceLink, vault: { id: string }): boolean => sameId(vaultId, vault.id);

/** `this id`: of the device, or of a former one of its id. */
type Mark = { of: 'this device' | 'former device' | 'this id' } | { of: 'another device'; which: string };

/** A policy may have taken some of the tags away. */
const markOfTags = (tags: Tags, device: Claimant): Mark | undefined => {
  const name = tagNamed(tags, 'ase-device');
  const hash = tagNamed(tags, 'ase-device-hash');
  const principal = tagNamed(tags, 'ase-device-principal');
  const isOfName = name === undefined || sameId(name, device.name);
  if (hash !== undefined ? !sameId(hash, deviceHash(device)) : !isOfName) {
    return { of: 'another device', which: name ?? hash ?? '' };
  }
  if (principal === undefined) return hash === undefined ? undefined : { of: 'this id' };
  if (device.principalId === undefined && device.isGone) return { of: 'this device' };
  if (sameId(principal, device.principalId)) return { of: 'this device' };
  return hash === undefined && name === undefined
    ? { of: 'another device', which: principal }
    : { of: 'former device' };
};

/** Whether the tags alone name another device. */
export const isTaggedForAnother = (tags: Tags, device: Claimant): boolean =>
  markOfTags(tags, device)?.of === 'another device';

const markOfLock = (lock: Evidence['lock'], device: Claimant): Mark | undefined => {
  const id = typeof lock === 'object' ? deviceInLockNotes(lock.found.notes) : undefined;
  if (id === undefined) return undefined;
  return sameId(id, device.id) ? { of: 'this id' } : { of: 'another device', which: id };
};

const leftBy = (tags: Tags): Ownership => ({ owner: isRetained(tags) ? 'retained' : 'former device' });

const ownerByTraces = (device: Claimant, evidence: Evidence): Ownership => {
  const { vault, link, lock, holdsLinkedKey, keys = [], neighbours = [] } = evidence;
  const linked = isLinkedTo(link, vault);
  const served = isServedByLink(evidence);
  const { mine } = entriesIn(device, evidence);
  const madeByUs = hasEntryOfWorker(evidence);
  const another = neighbourIn(evidence, device);
  if (another) return { owner: 'another device', which: another.id };
  if (lock === 'unknown' && (linked || mine || madeByUs)) {
    return { owner: 'unknown', missing: 'Microsoft.Authorization/locks/read' };
  }
  const left = isLeftBehind(device, evidence);
  if (mine && (linked || (madeByUs && !left))) return thisDevice;
  const linkedToo = neighbours.find(({ linkedTo }) => sameId(linkedTo, vault.id));
  if (linkedToo) return { owner: 'another device', which: linkedToo.id };
  if (served && holdsLinkedKey) return thisDevice;
  if (madeByUs && isJustMade(evidence)) return thisDevice;
  if (madeByUs && (mine || isNamedFor(device, vault) || holdsKeyOf(device, keys))) {
    return left ? leftBy(vault.tags) : thisDevice;
  }
  return { owner: 'nobody', linked };
};

/** Whether it is worth looking at more of a vault that was listed: marks or entries of ours are on it. */
export const mayBeOwn = (
  { tags, accessPolicies }: Pick<Evidence['vault'], 'tags' | 'accessPolicies'>,
  device: Claimant,
  worker: string,
): boolean => {
  const mark = markOfTags(tags, device);
  // One without an identity may be gone: then it is its own.
  if (mark) return mark.of !== 'another device' && (mark.of !== 'former device' || device.principalId === undefined);
  return accessPolicies.some(({ objectId }) => sameId(objectId, worker) || sameId(objectId, device.principalId));
};

/** Whether the device's own identity has its access to the vault. */
export const isOpenTo = (device: Claimant, seen: Pick<Evidence, 'vault' | 'worker'>): boolean =>
  entriesIn(device, seen).mine;

/**
 * `mine`: the device's own identity has exactly get and set. `strange`: somebody unknown has at least these. People widen entries,
 * so that those of a former device may hold more.
 */
const entriesIn = (
  device: Claimant,
  { vault, worker }: Pick<Evidence, 'vault' | 'worker'>,
): { mine: boolean; strange: string[] } => {
  const holds = (secrets: readonly string[]) => (entry: AccessPolicy) => holdsExactly([entry], { ...entry, secrets });
  const isOf = (principal: string | undefined) => (entry: AccessPolicy) => sameId(entry.objectId, principal);
  const others = vault.accessPolicies.filter((entry) => ![device.principalId, worker].some((one) => isOf(one)(entry)));
  return {
    mine: vault.accessPolicies.filter(isOf(device.principalId)).some(holds(devicePermissions)),
    strange: others
      .filter((entry) => holdsAtLeast([entry], { ...entry, secrets: devicePermissions }))
      .map(({ objectId }) => objectId),
  };
};

const hasEntryOfWorker = ({ vault, worker }: Evidence): boolean =>
  vault.accessPolicies.some((entry) => holdsAtLeast([entry], workerGrant(entry.tenantId, worker)));

const isNamedFor = (device: DeviceId, { name }: { name: string }): boolean =>
  keyVaultNamesOf(device).includes(name.toLowerCase());

export const isChannelIntegrityKey = (name: string): boolean => /^ase-cik-/i.test(name);

const holdsKeyOf = ({ principalId, ...device }: Claimant, keys: readonly Pick<KeyTrace, 'name'>[]): boolean =>
  principalId !== undefined && keys.some(({ name }) => sameId(name, channelIntegrityKeyName(device, principalId)));

/** Whether the identity may do at least what that of a device must. */
const isAtWork = ({ principalId }: Neighbour, { accessPolicies }: Evidence['vault']): boolean =>
  accessPolicies
    .filter(({ objectId }) => sameId(objectId, principalId))
    .some((entry) => holdsAtLeast([entry], { ...entry, secrets: devicePermissions }));

/** The other device of the group that a trace leads to: its access, its key, or the name that is made for it. */
const neighbourIn = ({ vault, neighbours = [], keys = [] }: Evidence, device: Claimant): { id: string } | undefined => {
  const tagged = keys.map(({ tags }) => markOfTags(tags, device)).find((mark) => mark?.of === 'another device');
  return (
    neighbours.find((other) => isAtWork(other, vault) || holdsKeyOf(other, keys) || isNamedFor(other, vault)) ??
    (tagged?.of === 'another device' ? { id: tagged.which } : undefined)
  );
};

/** The result of reading one part of Azure: it exists, it does not exist, or it is not readable. */
export type Sighting<T> = { found: T } | 'absent' | Unseen;

/** Why a part is not readable, as a type of failure and in Azure's words. */
export type Unseen = { unseen: FailureType; why: string };

export const seen = <T>(sighting: Sighting<T>): T | undefined =>
  typeof sighting === 'object' && 'found' in sighting ? sighting.found : undefined;

export const isUnseen = (sighting: Sighting<unknown>): sighting is Unseen =>
  typeof sighting === 'object' && 'unseen' in sighting;
