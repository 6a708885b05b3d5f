import type { AccessPolicy } from './access.ts';
import { nameIn, resourceGroupId, sameId, type Device, type DeviceId, type DeviceLink } from './device.ts';
import { Refusal, type FailureFacts, type FailureType } from './failures.ts';
import type { KeyVaultRef } from './key-vault-ref.ts';
import type { Shape } from './profile.ts';
import { defaultKeyVaultName, proposeKeyVaultName } from './names.ts';
import {
  isLinkedTo,
  judgeOwnership,
  ownershipTags,
  type Claimant,
  type Looked,
  type Ownership,
  type Tags,
} from './ownership.ts';

export { compareVaults, compareWithDeleted, refOf, type Deleted, type KeyVaultRef } from './key-vault-ref.ts';

/** A live vault as the control plane shows it. */
export type KeyVault = KeyVaultRef & {
  location: string;
  tags: Tags;
  usesRbac: boolean;
  provisioned: boolean;
  accessPolicies: AccessPolicy[];
} & Pick<Shape, 'publicNetworkAccess' | 'defaultAction' | 'sku'>;

/** A soft-deleted vault as the deleted list shows it; dates as Azure gives them, in UTC. */
export type DeletedKeyVault = {
  name: string;
  vaultId: string;
  tags: Tags;
  location?: string;
  deletedOn?: string;
  purgedOn?: string;
};

export type KeyVaultWish = { device: Device; link: DeviceLink; name: string; softDeletedVault: 'ask' | 'recover' };
export type KeyVaultFound = {
  vault: Looked<KeyVault>;
  deleted: Looked<DeletedKeyVault>;
  /** Whose the live or deleted vault is, where more than its tags and the link was looked at. */
  ownership?: Ownership;
};

export type Refused = { action: 'refuse'; type: FailureType; message: string; facts: FailureFacts };
export type AcceptedKeyVaultPlan =
  { action: 'create' } | { action: 'recover'; deleted: DeletedKeyVault } | { action: 'adopt'; vault: KeyVault };
export type KeyVaultPlan = AcceptedKeyVaultPlan | Refused;

export const keyVaultIdOf = (device: DeviceId, name: string): string =>
  `${resourceGroupId(device)}/providers/Microsoft.KeyVault/vaults/${name}`;

export type ChosenName = { action: 'use'; name: string };

/** Whether a link leads out of the group of its device, and is not followed: Azure does not check links (recorded). */
export const leadsElsewhere = (device: DeviceId, { vaultId }: DeviceLink): boolean =>
  vaultId !== undefined && !sameId(vaultId, keyVaultIdOf(device, nameIn(vaultId)));

/**
 * The name to look for: the one asked for, else that of the vault the device has (by its link, else by our tags), else the
 * default. A device never gets a second vault.
 * @param own name of a live vault of the group that is this device's by tags or other traces
 */
export const chooseKeyVaultName = (
  device: Device,
  link: DeviceLink,
  asked: string | undefined,
  own?: string,
): ChosenName | Refused => {
  if (leadsElsewhere(device, link)) {
    return refuse('VaultElsewhere', `the device is linked to ${link.vaultId}, which is outside its resource group`, {
      keyVaultId: link.vaultId,
    });
  }
  const present = link.vaultId === undefined ? own : nameIn(link.vaultId);
  if (present !== undefined && asked !== undefined && asked.toLowerCase() !== present.toLowerCase()) {
    return refuse('DeviceHasOtherVault', `the device already has the vault "${present}" and cannot use "${asked}"`, {
      retryWith: { keyVaultName: present },
    });
  }
  return { action: 'use', name: present ?? asked ?? defaultKeyVaultName(device) };
};

/** The one judgement about the vault: make it, take it over, take it back, or say why not. */
export const planKeyVault = (wish: KeyVaultWish, found: KeyVaultFound): KeyVaultPlan => {
  const { vault, deleted, ownership } = found;
  if (typeof vault === 'object') return planForLive(wish, vault.found, ownership ?? ownerByTags(wish, vault.found));
  if (vault === 'unknown') return mayNotRead(wish.name);
  if (typeof deleted !== 'object') return { action: 'create' };
  const { vaultId: id, tags } = deleted.found;
  return planForDeleted(wish, deleted.found, ownership ?? ownerByTags(wish, { id, tags }));
};

const ownerByTags = ({ device, link, name }: KeyVaultWish, { id, tags }: { id: string; tags: Tags }): Ownership =>
  judgeOwnership(device, { vault: { id, name, tags, accessPolicies: [] }, link, worker: '', lock: 'absent' });

const planForLive = (wish: KeyVaultWish, vault: KeyVault, ownership: Ownership): KeyVaultPlan => {
  const refusal = refuseOwner(wish, vault.id, ownership);
  if (refusal) return refusal;
  if (vault.usesRbac) {
    return refuse('VaultUsesRbac', `the vault "${vault.name}" uses Azure RBAC; its access policies have no effect`, {
      keyVaultName: vault.name,
    });
  }
  return { action: 'adopt', vault };
};

const planForDeleted = (wish: KeyVaultWish, deleted: DeletedKeyVault, ownership: Ownership): KeyVaultPlan => {
  const here = sameId(deleted.vaultId, keyVaultIdOf(wish.device, wish.name));
  const until = deleted.purgedOn === undefined ? '' : ` until ${deleted.purgedOn}`;
  if (!here) {
    return nameTaken(wish, `a deleted vault of another resource group holds the name${until}: ${deleted.vaultId}`);
  }
  // What else speaks for its owner shows when it is back. A link is enough to have it back.
  const isLinked = ownership.owner === 'nobody' && ownership.linked;
  const refusal = isLinked ? undefined : refuseOwner(wish, deleted.vaultId, ownership);
  if (refusal) return refusal;
  if (wish.softDeletedVault === 'recover') return { action: 'recover', deleted };
  return refuse('VaultSoftDeleted', `the vault "${wish.name}" is deleted and recoverable${until}`, {
    keyVaultName: wish.name,
    deletedOn: deleted.deletedOn,
    purgedOn: deleted.purgedOn,
    retryWith: { softDeletedVault: 'recover' },
  });
};

const refuseOwner = (wish: KeyVaultWish, keyVaultId: string, ownership: Ownership): Refused | undefined => {
  const { device, name } = wish;
  switch (ownership.owner) {
    case 'this device':
      return undefined;
    case 'former device':
    case 'retained':
      return notToBeHad('VaultOfFormerDevice', wish, `the vault "${name}" belongs to a former device of the same name`);
    case 'another device':
      return nameTaken(wish, `the vault "${name}" belongs to another device, ${ownership.which}`);
    case 'nobody':
      if (ownership.linked) return vaultUnproven(device, { id: keyVaultId, name });
      return nameTaken(wish, `the vault "${name}" is not ours: nothing in it or on it belongs to this device`);
    case 'unknown':
      return ownerUnseen(name, ownership.missing);
  }
};

export const mayNotRead = (name: string): Refused =>
  refuse('MissingPermission', `the worker has no right to read the vault "${name}"`, {
    action: 'Microsoft.KeyVault/vaults/read',
  });

/** @param action what it takes to see whose the vault is */
export const ownerUnseen = (name: string, action: string): Refused =>
  refuse('MissingPermission', `the worker needs ${action} to find the owner of the vault "${name}"`, { action });

/** Azure does not check links (recorded), so that one alone opens nothing. A person who knows better puts the tags on the vault. */
export const vaultUnproven = (device: Device, vault: Pick<KeyVaultRef, 'id' | 'name'>): Refused =>
  unproven(
    `only the record of the device "${device.name}" links to the vault "${vault.name}": nothing in it or on it proves that it belongs to the device`,
    vault,
    device,
  );

/** Refuses a vault without a creation date: only its owner distinguishes it from another vault with its name. */
export const vaultUndated = (device: Claimant, vault: Pick<KeyVaultRef, 'id' | 'name'>): Refused =>
  unproven(
    `Azure returns no creation date of the vault "${vault.name}", so it may differ from the vault at the start of the procedure: nothing in it or on it proves that it belongs to the device "${device.name}"`,
    vault,
    device,
  );

const unproven = (why: string, { id, name }: Pick<KeyVaultRef, 'id' | 'name'>, device: Claimant): Refused => {
  const tags = Object.entries(ownershipTags(device))
    .map(([tag, value]) => `${tag}=${value}`)
    .join(' ');
  return refuse('VaultUnproven', `${why}. Its tags would be ${tags}`, { keyVaultId: id, keyVaultName: name });
};

/** Returns the plan, unless it is a refusal. @throws Refusal */
export const accepted = <P extends { action: string }>(plan: P | Refused): P => {
  if (isRefused(plan)) throw refusalOf(plan);
  return plan;
};

const isRefused = (plan: { action: string }): plan is Refused => plan.action === 'refuse';

/** A refused plan as the error that an activity throws. */
export const refusalOf = ({ type, message, facts }: Refused): Refusal => new Refusal(type, message, facts);

type NameWish = Pick<KeyVaultWish, 'device' | 'link' | 'name'>;

/** Also for a name that only the create call finds taken somewhere in the world. */
export const nameTaken = (wish: NameWish, why: string): Refused => notToBeHad('VaultNameTaken', wish, why);

/** No other name is proposed where the record of the device names the vault: then the record is what is wrong. */
const notToBeHad = (type: FailureType, { device, link, name }: NameWish, why: string): Refused => {
  if (isLinkedTo(link, { id: keyVaultIdOf(device, name) })) {
    const remedy = `the record of the device "${device.name}" links to it: correct the record, then start again`;
    return refuse(type, `${why}; ${remedy}`, { keyVaultName: name });
  }
  const proposed = proposeKeyVaultName(device, name);
  if (proposed === undefined) return refuse(type, `${why}; choose another name`, { keyVaultName: name });
  return refuse(type, `${why}; propose "${proposed}"`, { keyVaultName: name, retryWith: { keyVaultName: proposed } });
};

const refuse = (type: FailureType, message: string, facts: FailureFacts): Refused => ({
  action: 'refuse',
  type,
  message,
  facts,
});

/** No other name is proposed: a procedure holds to the vault that it began with. */
export const becameAnothers = ({ id, name }: Pick<KeyVaultRef, 'id' | 'name'>, which: string): Refusal =>
  new Refusal('VaultNameTaken', `the vault "${name}" belongs to another device, ${which}`, { keyVaultId: id });
