/** Whose a vault is: one judgement, from all that speaks for an owner, for every procedure, view and command. */
import { devicePermissions, holdsAtLeast, holdsExactly, workerGrant } from './access.ts';
import { sameId, type Device, type DeviceId } from './device.ts';
import type { AccessPolicy, DeviceLink, Looked } from './key-vault.ts';
import { deviceInLockNotes } from './locks.ts';
import { channelIntegrityKeyName, deviceHash, keyVaultNamesOf } from './names.ts';

export type Tags = Record<string, string>;

/** Names of tags mean the same in any case (Azure docs). @returns undefined when the tag is not there */
export const tagNamed = (tags: Tags | undefined, name: string): string | undefined =>
  Object.entries(tags ?? {}).find(([present]) => present.toLowerCase() === name.toLowerCase())?.[1];

/** Written inside the create body of vault and storage account, so that a lost answer can be told from a stranger's resource. */
export const ownershipTags = (device: Device): Tags => ({
  'ase-device': device.name,
  'ase-device-hash': deviceHash(device),
  'ase-device-principal': device.principalId,
});

/** `retained` on a vault that outlives its device. */
export const stateTag = 'ase-state';

const isRetained = (tags: Tags): boolean => tagNamed(tags, stateTag) === 'retained';

/** On the audit account: the name of the vault whose log it takes. */
export const auditedVaultTag = 'ase-key-vault';

/** Whose a resource is by its tags alone. `former`: made for a device of the same id that has since been created again. */
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

/** A device that asks whether a vault is its own. One that is gone, or whose identity is disabled, has no `principalId`. */
export type Claimant = DeviceId & { principalId?: string; tenantId?: string };

/** Another device of the resource group. */
export type Neighbour = DeviceId & {
  principalId?: string;
  /** Id of the vault that its record names, where that was asked for. */
  linkedTo?: string;
};

/** A channel integrity key that lies in the vault. */
export type KeyTrace = { name: string; tags: Tags };

/** What was seen of a vault that may tell whose it is. What was not looked at is left out. */
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
 * Marks decide before traces: tags, and the notes of our lock. A mark of another device beats everything else. Where no mark
 * says it, traces do: an entry that only devices get, a channel integrity key, a name that is made from the device's id, the
 * answer that has just created the vault. A link is no proof: Azure does not check links (recorded).
 */
export const judgeOwnership = (device: Claimant, evidence: Evidence): Ownership =>
  ownerByMarks(device, evidence) ?? ownerByTraces(device, evidence);

/** The same as far as marks decide it: then no trace needs to be looked for. */
export const ownerByMarks = (device: Claimant, evidence: Evidence): Ownership | undefined => {
  const { vault, link, lock } = evidence;
  const byTags = markOfTags(vault.tags, device);
  const byLock = markOfLock(lock, device);
  if (byTags?.of === 'another device' && byLock?.of === 'this id' && isKnown(evidence)) return thisDevice;
  const another = [byTags, byLock].find((mark) => mark?.of === 'another device');
  if (another?.of === 'another device') return { owner: 'another device', which: another.which };
  if (byTags?.of === 'this device') return thisDevice;
  // One whose record leads here had its identity replaced; one without that is another device of the same name.
  const linked = isLinkedTo(link, vault);
  if (byTags?.of === 'former device') return linked ? thisDevice : leftBy(vault.tags);
  if (!byTags && !byLock) return undefined;
  const { mine, strange } = entriesIn(device, evidence);
  return mine || linked || strange.length === 0 ? thisDevice : leftBy(vault.tags);
};

/**
 * Whether it is the very vault that this procedure made or began with. A creation of another device that was carried out late
 * replaces the tags of such a vault; that device finds our lock, and gives way.
 */
const isKnown = ({ vault: { createdAt }, createdHere, inHand }: Evidence): boolean =>
  createdAt !== undefined && (createdAt === createdHere || createdAt === inHand);

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
  if (device.principalId === undefined) return { of: 'this device' };
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
  const { vault, link, lock, holdsLinkedKey, createdHere, keys = [], neighbours = [] } = evidence;
  const linked = isLinkedTo(link, vault);
  const { mine, strange } = entriesIn(device, evidence);
  const madeByUs = hasEntryOfWorker(evidence);
  const another = neighbourIn(evidence, strange, device);
  if (another) return { owner: 'another device', which: another.id };
  if (lock === 'unknown' && (linked || mine || madeByUs)) {
    return { owner: 'unknown', missing: 'Microsoft.Authorization/locks/read' };
  }
  if (mine && (linked || madeByUs)) return thisDevice;
  const linkedToo = neighbours.find(({ linkedTo }) => sameId(linkedTo, vault.id));
  if (linkedToo) return { owner: 'another device', which: linkedToo.id };
  if (linked && holdsLinkedKey) return thisDevice;
  const isOfItsMaking = createdHere !== undefined && createdHere === vault.createdAt;
  if (madeByUs && (isOfItsMaking || isNamedFor(device, vault) || holdsKeyOf(device, keys))) {
    return strange.length > 0 ? { owner: 'former device' } : thisDevice;
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
  if (mark) return mark.of === 'this device' || mark.of === 'this id';
  return accessPolicies.some(({ objectId }) => sameId(objectId, worker) || sameId(objectId, device.principalId));
};

/** Whether the device's own identity has its access to the vault. */
export const isOpenTo = (device: Claimant, seen: Pick<Evidence, 'vault' | 'worker'>): boolean =>
  entriesIn(device, seen).mine;

/** Entries of exactly get and set, which is what the identity of a device holds: its own, and those of others. */
const entriesIn = (
  device: Claimant,
  { vault, worker }: Pick<Evidence, 'vault' | 'worker'>,
): { mine: boolean; strange: string[] } => {
  const exact = vault.accessPolicies
    .filter((entry) => holdsExactly([entry], { ...entry, secrets: devicePermissions }))
    .map(({ objectId }) => objectId);
  const is = (principal: string | undefined) => (objectId: string) => sameId(objectId, principal);
  return {
    mine: exact.some(is(device.principalId)),
    strange: exact.filter((objectId) => !is(device.principalId)(objectId) && !is(worker)(objectId)),
  };
};

const hasEntryOfWorker = ({ vault, worker }: Evidence): boolean =>
  vault.accessPolicies.some((entry) => holdsAtLeast([entry], workerGrant(entry.tenantId, worker)));

const isNamedFor = (device: DeviceId, { name }: { name: string }): boolean =>
  keyVaultNamesOf(device).includes(name.toLowerCase());

const holdsKeyOf = ({ principalId, ...device }: Claimant, keys: readonly KeyTrace[]): boolean =>
  principalId !== undefined && keys.some(({ name }) => sameId(name, channelIntegrityKeyName(device, principalId)));

/** The other device of the group that a trace leads to: its access, its key, or the name that is made for it. */
const neighbourIn = (
  { vault, neighbours = [], keys = [] }: Evidence,
  strange: readonly string[],
  device: Claimant,
): { id: string } | undefined => {
  const tagged = keys.map(({ tags }) => markOfTags(tags, device)).find((mark) => mark?.of === 'another device');
  return (
    neighbours.find(
      (other) =>
        strange.some((objectId) => sameId(objectId, other.principalId)) ||
        holdsKeyOf(other, keys) ||
        isNamedFor(other, vault),
    ) ?? (tagged?.of === 'another device' ? { id: tagged.which } : undefined)
  );
};
