/** Gathers what speaks for an owner of a vault, and holds later steps to the vault that was judged. */
import type { Azure } from '../azure/clients.ts';
import { orAbsent, readAzureError } from '../azure/errors.ts';
import { holdsAtLeast, workerGrant } from '../domain/access.ts';
import { parseDeviceId, sameId, type Device, type DeviceId } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import {
  accepted,
  becameAnothers,
  compareVaults,
  ownerUnseen,
  planKeyVault,
  refusalOf,
  vaultUnproven,
  type AcceptedKeyVaultPlan,
  type DeviceLink,
  type KeyVault,
  type KeyVaultRef,
  type KeyVaultWish,
  type Looked,
} from '../domain/key-vault.ts';
import { deviceInLockNotes } from '../domain/locks.ts';
import { keyVaultLockName } from '../domain/names.ts';
import {
  isLinkedTo,
  isOpenTo,
  isOwn,
  isTaggedForAnother,
  mayBeOwn,
  judgeOwnership,
  ownerByMarks,
  type Claimant,
  type Evidence,
  type KeyTrace,
  type Neighbour,
  type Ownership,
} from '../domain/ownership.ts';
import { look, readDeletedKeyVault, readKeyVault, readKeyVaultsOfGroup, readLink } from './read.ts';

/** A vault as far as its owner is asked for; one that is deleted shows neither its policies nor its age. */
type JudgedVault = Evidence['vault'] & { uri?: string };

type Context = Pick<Evidence, 'link' | 'createdHere'>;

/** Asks for traces only where no mark decides: they cost a listing, and sometimes a look into the vault. */
export const readOwnership = async (
  azure: Azure,
  device: Claimant,
  vault: JudgedVault,
  context: Context,
): Promise<Ownership> => {
  const evidence = {
    vault,
    worker: await azure.callerObjectId(),
    lock: await readOwnLock(azure, device, vault),
    ...context,
  };
  return ownerByMarks(device, evidence) ?? ownerByTraces(azure, device, evidence);
};

/** A deleted vault has lost its locks, and shows no policies until it is back. */
export const readOwnershipOfDeleted = async (
  azure: Azure,
  device: Claimant,
  { vaultId: id, name, tags }: { vaultId: string; name: string; tags: Record<string, string> },
  link: DeviceLink,
): Promise<Ownership> => {
  const evidence: Evidence = { vault: { id, name, tags, accessPolicies: [] }, worker: '', lock: 'absent', link };
  const found = ownerByMarks(device, evidence);
  if (found || !isLinkedTo(link, evidence.vault)) return found ?? judgeOwnership(device, evidence);
  const neighbours = await readLinks(azure, await readNeighbours(azure, device));
  return judgeOwnership(device, { ...evidence, neighbours });
};

const ownerByTraces = async (azure: Azure, device: Claimant, bare: Evidence): Promise<Ownership> => {
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
  const secrets = azure.secrets(vault.uri);
  try {
    const keys: KeyTrace[] = [];
    let seen = 0;
    for await (const { name, tags } of secrets.listPropertiesOfSecrets()) {
      if (/^ase-cik-/i.test(name)) keys.push({ name, tags: tags ?? {} });
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

/**
 * Looks for the vault, among the deleted ones too where there is none, and judges what is to be done.
 * @param createdHere creation time that Azure answered to this step @throws Refusal
 */
export const readAndPlanKeyVault = async (
  azure: Azure,
  wish: KeyVaultWish,
  createdHere?: string,
): Promise<AcceptedKeyVaultPlan> => {
  const { device, name, link } = wish;
  const vault = await readKeyVault(azure, device, name);
  if (typeof vault === 'object') {
    const context = { link, ...(createdHere === undefined ? {} : { createdHere }) };
    const ownership = heldByLock(await readOwnership(azure, device, vault.found, context), vault.found, createdHere);
    return accepted<AcceptedKeyVaultPlan>(planKeyVault(wish, { vault, deleted: 'absent', ownership }));
  }
  const deleted = await readDeletedKeyVault(azure, device, name);
  if (typeof deleted !== 'object') return accepted<AcceptedKeyVaultPlan>(planKeyVault(wish, { vault, deleted }));
  const ownership = await readOwnershipOfDeleted(azure, device, deleted.found, link);
  return accepted<AcceptedKeyVaultPlan>(planKeyVault(wish, { vault, deleted, ownership }));
};

/** The tags of what this step created, and locked, were replaced by a creation of another device that was carried out late. */
const heldByLock = (ownership: Ownership, { createdAt }: KeyVault, createdHere: string | undefined): Ownership => {
  const isHeld = ownership.owner === 'another device' && ownership.lockIsOurs && createdHere !== undefined;
  return isHeld && createdAt === createdHere ? { owner: 'this device' } : ownership;
};

/** Name of the vault in the device's group that is its own by more than a link, if there is one. */
export const findOwnKeyVault = async (azure: Azure, device: Claimant): Promise<string | undefined> => {
  const listed = await readKeyVaultsOfGroup(azure, device);
  if (typeof listed !== 'object') return undefined;
  const worker = await azure.callerObjectId();
  for (const vault of listed.found.filter((candidate) => mayBeOwn(candidate, device, worker))) {
    if (isOwn(await readOwnership(azure, device, vault, { link: {} }))) return vault.name;
  }
  return undefined;
};

/**
 * The vault that the procedure began with, where it is still there. Before anything is written to it: another one of its name
 * may have taken its place, or a creation that was carried out late may have made it another device's.
 * @throws Refusal VaultReplaced · VaultNameTaken
 */
export const findKeyVaultInHand = async (
  azure: Azure,
  device: Claimant,
  keyVault: KeyVaultRef,
): Promise<Looked<KeyVault>> => {
  const vault = await readKeyVault(azure, device, keyVault.name);
  if (typeof vault === 'object') await assertInHand(azure, device, keyVault, vault.found);
  return vault;
};

/** The same where it must be there. @throws Refusal RequestRefused when it is gone or may not be read */
export const readKeyVaultInHand = async (azure: Azure, device: Claimant, keyVault: KeyVaultRef): Promise<KeyVault> => {
  const vault = await findKeyVaultInHand(azure, device, keyVault);
  if (typeof vault === 'object') return vault.found;
  const state = vault === 'absent' ? 'gone' : 'not readable';
  throw new Refusal('RequestRefused', `the vault "${keyVault.name}" is ${state}`, { keyVaultId: keyVault.id });
};

/**
 * The same, and whose it is, asked anew: before others are let in, or anything of it is switched off.
 * @throws Refusal VaultUnproven · VaultNameTaken · MissingPermission
 */
export const readOwnKeyVault = async (azure: Azure, device: Device, keyVault: KeyVaultRef): Promise<KeyVault> => {
  const vault = await readKeyVaultInHand(azure, device, keyVault);
  const link = await readLinkIfSeen(azure, device);
  assertOwn(device, vault, await readOwnership(azure, device, vault, { link }));
  return vault;
};

/** @throws Refusal VaultUnproven · VaultNameTaken · MissingPermission */
const assertOwn = (device: Device, vault: KeyVault, ownership: Ownership): void => {
  switch (ownership.owner) {
    case 'this device':
      return;
    case 'another device':
      if (ownership.lockIsOurs) return;
      throw becameAnothers(vault, ownership.which);
    case 'unknown':
      throw refusalOf(ownerUnseen(vault.name, ownership.missing));
    case 'former device':
    case 'retained':
    case 'nobody':
      throw refusalOf(vaultUnproven(device, vault));
  }
};

const assertInHand = async (azure: Azure, device: Claimant, keyVault: KeyVaultRef, vault: KeyVault): Promise<void> => {
  const compared = compareVaults(keyVault, vault);
  if (compared === 'another') throw vaultReplaced(keyVault, vault);
  if (compared === 'same' && !isTaggedForAnother(vault.tags, device)) return;
  const ownership = await readOwnership(azure, device, vault, { link: await readLinkIfSeen(azure, device) });
  if (ownership.owner === 'another device') {
    // A creation of that device was carried out late and has replaced the tags. It finds our lock, and gives way.
    if (ownership.lockIsOurs && compared === 'same') return;
    throw becameAnothers(vault, ownership.which);
  }
  if (compared === 'unknown' && !isOwn(ownership)) throw vaultReplaced(keyVault, vault);
};

/** The record of a device that may be gone, or may not be read: then no record speaks for it. */
export const readLinkIfSeen = async (azure: Azure, device: DeviceId): Promise<DeviceLink> => {
  const link = await look(readLink(azure, device));
  return typeof link === 'object' ? link.found : {};
};

/** Another vault has the name of the one that a procedure began with. */
export const vaultReplaced = (
  { createdAt: planned = 'unknown', id }: KeyVaultRef,
  { name, createdAt = 'unknown' }: KeyVault,
) =>
  new Refusal(
    'VaultReplaced',
    `the vault "${name}" was created at ${createdAt}; the procedure began with one that was created at ${planned}`,
    { keyVaultId: id, planned, found: createdAt },
  );
