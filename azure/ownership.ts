/** Gathers what speaks for an owner of a vault: for the worker, and for a caller with rights of their own. */
import { holdsAtLeast, workerGrant } from '../domain/access.ts';
import { nameIn, parseDeviceId, sameId, type Device, type DeviceId, type DeviceLink } from '../domain/device.ts';
import { leadsElsewhere, type DeletedKeyVault, type KeyVault } from '../domain/key-vault.ts';
import { deviceInLockNotes } from '../domain/locks.ts';
import { keyVaultLockName } from '../domain/names.ts';
import {
  isChannelIntegrityKey,
  isLinkedTo,
  isOpenTo,
  isOwn,
  judgeOwnership,
  mayBeOwn,
  ownerByMarks,
  ownerOf,
  ownerWhateverLinked,
  type Claimant,
  type Evidence,
  type KeyTrace,
  type Neighbour,
  type Ownership,
} from '../domain/ownership.ts';
import type { Azure } from './clients.ts';
import { orAbsent, readAzureError } from './errors.ts';
import {
  keyVaultOf,
  look,
  readDeletedKeyVault,
  readDeletedKeyVaults,
  readKeyVault,
  readKeyVaultsOfGroup,
  readLink,
} from './read.ts';

/** A vault as far as its owner is asked for; one that is deleted shows neither its policies nor its age. */
type JudgedVault = Evidence['vault'] & { uri?: string };

/** Without a link, the record of the device is read where it counts: Azure reckons that POST as a write. */
type Context = Partial<Pick<Evidence, 'link'>> & Pick<Evidence, 'createdHere' | 'inHand'>;

/** Asks for the record and for traces only where no mark decides: those cost a listing, and sometimes a look into the vault. */
export const readOwnership = async (
  azure: Azure,
  claimant: Claimant,
  vault: JudgedVault,
  context: Context,
): Promise<Ownership> => {
  const device = await withPresence(azure, claimant);
  const seen = {
    vault,
    worker: await azure.callerObjectId(),
    lock: await readOwnLock(azure, device, vault),
    ...context,
  };
  const found = ownerWhateverLinked(device, seen);
  if (found) return found;
  const evidence = { ...seen, link: context.link ?? (await readLinkIfSeen(azure, device)) };
  return ownerByMarks(device, evidence) ?? judgeByTraces(azure, device, evidence);
};

/** Whether one without an identity is gone: it may have gone since the procedure began. */
const withPresence = async (azure: Azure, device: Claimant): Promise<Claimant> => {
  if (device.principalId !== undefined || device.isGone) return device;
  const { devices } = azure.subscription(device.subscriptionId);
  return { ...device, isGone: (await look(devices.get(device.name, device.resourceGroup))) === 'absent' };
};

/** A deleted vault has lost its locks, and shows no policies until it is back. */
export const readOwnershipOfDeleted = async (
  azure: Azure,
  claimant: Claimant,
  { vaultId: id, name, tags }: { vaultId: string; name: string; tags: Record<string, string> },
  link: DeviceLink,
): Promise<Ownership> => {
  const device = await withPresence(azure, claimant);
  const evidence: Evidence = { vault: { id, name, tags, accessPolicies: [] }, worker: '', lock: 'absent', link };
  const found = ownerByMarks(device, evidence);
  if (found || !isLinkedTo(link, evidence.vault)) return found ?? judgeOwnership(device, evidence);
  const neighbours = await readLinks(azure, await readNeighbours(azure, device));
  return judgeOwnership(device, { ...evidence, neighbours });
};

const judgeByTraces = async (azure: Azure, device: Claimant, bare: Evidence): Promise<Ownership> => {
  const neighbours = await readNeighbours(azure, device);
  const evidence = { ...bare, neighbours, ...(await readKeys(azure, bare)) };
  const found = judgeOwnership(device, evidence);
  // Records are asked of each device of the group: only where what is left is weaker than a record.
  const isDecided = found.owner === 'another device' || found.owner === 'unknown' || isOpenTo(device, bare);
  if (isDecided || (found.owner === 'nobody' && !found.linked)) return found;
  return judgeOwnership(device, { ...evidence, neighbours: await readLinks(azure, neighbours) });
};

const readOwnLock = async (
  azure: Azure,
  { subscriptionId }: DeviceId,
  vault: JudgedVault,
): Promise<Evidence['lock']> => {
  const { locks } = azure.subscription(subscriptionId);
  const lock = await look(locks.getByScope(vault.id, keyVaultLockName));
  return typeof lock === 'object' ? { found: { notes: lock.found.notes ?? '' } } : lock;
};

/** The device that the notes of our lock on the vault name. */
export const readLockedFor = async (
  azure: Azure,
  device: DeviceId,
  vault: JudgedVault,
): Promise<DeviceId | undefined> => {
  const lock = await readOwnLock(azure, device, vault);
  const id = typeof lock === 'object' ? deviceInLockNotes(lock.found.notes) : undefined;
  return id === undefined ? undefined : parseDeviceId(id);
};

/** The other devices of the group. */
export const readNeighbours = async (azure: Azure, device: DeviceId): Promise<Neighbour[]> => {
  const { devices } = azure.subscription(device.subscriptionId);
  const neighbours: Neighbour[] = [];
  for await (const { id = '', identity } of devices.listByResourceGroup(device.resourceGroup)) {
    if (sameId(id, device.id)) continue;
    const { principalId } = identity ?? {};
    neighbours.push({ ...parseDeviceId(id), ...(principalId ? { principalId } : {}) });
  }
  return neighbours;
};

/** Asked of each, so only where nothing but a link speaks for a vault: records are read by a POST. */
const readLinks = async (azure: Azure, neighbours: readonly Neighbour[]): Promise<Neighbour[]> => {
  const linked: Neighbour[] = [];
  for (const neighbour of neighbours) {
    const { vaultId } = (await orAbsent(readLink(azure, neighbour))) ?? {};
    linked.push({ ...neighbour, ...(vaultId ? { linkedTo: vaultId } : {}) });
  }
  return linked;
};

/** A vault can be used for other secrets too: more than these are not looked through. */
const mostSecrets = 1000;

/** What lies in the vault, where the worker may list it. */
const readKeys = async (
  azure: Azure,
  { vault, link, worker }: Evidence & { vault: JudgedVault },
): Promise<Pick<Evidence, 'keys' | 'holdsLinkedKey'>> => {
  const mayList = vault.accessPolicies.some((entry) => holdsAtLeast([entry], workerGrant(entry.tenantId, worker)));
  if (!mayList || vault.uri === undefined) return {};
  const secrets = azure.secrets({ ...vault, uri: vault.uri });
  try {
    const keys: KeyTrace[] = [];
    let seen = 0;
    for await (const { name, tags } of secrets.listPropertiesOfSecrets()) {
      if (isChannelIntegrityKey(name)) keys.push({ name, tags: tags ?? {} });
      if (++seen === mostSecrets) break;
    }
    const { keyName, keyVersion } = link;
    if (keyName === undefined || keyVersion === undefined || !isLinkedTo(link, vault)) return { keys };
    const versions = await Array.fromAsync(secrets.listPropertiesOfSecretVersions(keyName));
    return { keys, holdsLinkedKey: versions.some(({ version }) => version === keyVersion) };
  } catch (error) {
    // What cannot be looked into proves nothing; that it cannot be reached is told by the step that needs it.
    const type = readAzureError(error)?.type ?? '';
    if (['GrantPropagating', 'VaultUnreachable', 'VaultNetworkClosed', 'VaultUsesRbac'].includes(type)) return {};
    throw error;
  }
};

/** Name of the vault in the device's group that is its own by more than a link, if there is one. */
export const findOwnKeyVault = async (azure: Azure, device: Claimant): Promise<string | undefined> =>
  (await findOwn(azure, device))?.name;

type Found = { name: string; vault: KeyVault; ownership: Ownership };

const findOwn = async (azure: Azure, device: Claimant): Promise<Found | undefined> => {
  const listed = await readKeyVaultsOfGroup(azure, device);
  if (typeof listed !== 'object') return undefined;
  const worker = await azure.callerObjectId();
  for (const vault of listed.found.filter((candidate) => mayBeOwn(candidate, device, worker))) {
    const ownership = await readOwnership(azure, device, vault, { link: {} });
    if (isOwn(ownership)) return { name: vault.name, vault, ownership };
  }
  return undefined;
};

/** The vault of a device. One that only its record names may be anything: then it has a name alone. */
export type KeyVaultOfDevice = (Found | { name: string }) & {
  /** Id of the vault that the record of the device wrongly names in its place. */
  replaces?: string;
};

/**
 * The vault of a device, the same for every procedure, view and command: the one that its record leads to, where that is its own
 * or may come back (from among the deleted ones, or from another group); else one that is its own; else whatever the record leads to.
 */
export const findKeyVaultOf = (
  azure: Azure,
  device: Claimant & { location: string },
  link: DeviceLink,
): Promise<KeyVaultOfDevice | undefined> =>
  findLinkedOrOwn(azure, device, link, async (name) => {
    return leadsElsewhere(device, link) || (await readDeletedKeyVault(azure, device, name)) !== 'absent';
  });

/** The same without deleted vaults: a deletion and a command that reads a vault need one that is live. */
export const findLiveKeyVaultOf = (
  azure: Azure,
  device: Claimant,
  link: DeviceLink,
): Promise<KeyVaultOfDevice | undefined> => findLinkedOrOwn(azure, device, link, () => Promise.resolve(false));

const findLinkedOrOwn = async (
  azure: Azure,
  device: Claimant,
  link: DeviceLink,
  mayComeBack: (name: string) => Promise<boolean>,
): Promise<KeyVaultOfDevice | undefined> => {
  const { vaultId } = link;
  if (vaultId === undefined) return findOwn(azure, device);
  const linked = await readLinked(azure, device, link, nameIn(vaultId));
  if (linked === 'unknown') return { name: nameIn(vaultId) };
  if (typeof linked === 'object' && isOwn(linked.ownership)) return linked;
  if (linked === 'absent' && (await mayComeBack(nameIn(vaultId)))) return { name: nameIn(vaultId) };
  const own = await findOwn(azure, device);
  if (own) return { ...own, replaces: vaultId };
  return typeof linked === 'object' ? linked : { name: nameIn(vaultId) };
};

/** In another group no link is followed: there is nothing to be seen. */
const readLinked = async (
  azure: Azure,
  device: Claimant,
  link: DeviceLink,
  name: string,
): Promise<Found | 'absent' | 'unknown'> => {
  if (leadsElsewhere(device, link)) return 'absent';
  const vault = await readKeyVault(azure, device, name);
  if (typeof vault !== 'object') return vault;
  return { name, vault: vault.found, ownership: await readOwnership(azure, device, vault.found, { link }) };
};

/** The record of a device that may be gone, or may not be read: then no record speaks for it. */
export const readLinkIfSeen = async (azure: Azure, device: DeviceId): Promise<DeviceLink> => {
  const link = await look(readLink(azure, device));
  return typeof link === 'object' ? link.found : {};
};

/**
 * The vault that a caller with rights of their own is shown: the device's, also where only its record leads there; or, for those
 * who may not see the record, one that lets the device in. Enough to look, and never to write.
 * @throws RestError where the vaults of the group cannot be listed
 */
export const findKeyVaultToShow = async (azure: Azure, device: Device): Promise<KeyVault | undefined> => {
  const link = await readLinkIfSeen(azure, device);
  const found = await findLiveKeyVaultOf(azure, device, link);
  if (found && 'vault' in found && mayBeShown(found.ownership)) return found.vault;
  return findOpenKeyVault(azure, device, link);
};

/**
 * The deleted vault of a device without a live one, as far as the caller may see: the device's record leads to it, or its tags
 * name the present device.
 */
export const findDeletedKeyVaultToShow = async (azure: Azure, device: Device): Promise<DeletedKeyVault | undefined> => {
  const deleted = await readDeletedKeyVaults(azure, device);
  if (typeof deleted !== 'object') return undefined;
  const { vaultId: linked } = await readLinkIfSeen(azure, device);
  return deleted.found.find(({ vaultId, tags }) => sameId(vaultId, linked) || ownerOf(tags, device) === 'this device');
};

const mayBeShown = (ownership: Ownership): boolean =>
  isOwn(ownership) || ownership.owner === 'nobody' || ownership.owner === 'unknown';

/**
 * The caller is not the worker, whose access looks like that of somebody unknown then. Where no tag tells of a former device, the
 * access of the present one is enough to look.
 */
const isOfPresent = (device: Device, { tags }: KeyVault, ownership: Ownership): boolean =>
  mayBeShown(ownership) || (ownership.owner === 'former device' && ownerOf(tags, device) === 'nobody');

const findOpenKeyVault = async (azure: Azure, device: Device, link: DeviceLink): Promise<KeyVault | undefined> => {
  const { vaults } = azure.subscription(device.subscriptionId);
  const worker = await azure.callerObjectId();
  for (const vault of await Array.fromAsync(vaults.listByResourceGroup(device.resourceGroup), keyVaultOf)) {
    if (!isOpenTo(device, { vault, worker })) continue;
    if (isOfPresent(device, vault, await readOwnership(azure, device, vault, { link }))) return vault;
  }
  return undefined;
};
