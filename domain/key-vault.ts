import { resourceGroupId, sameId, type Device, type DeviceId } from './device.ts';
import { Refusal, type FailureFacts, type FailureType } from './failures.ts';
import { defaultKeyVaultName, proposeKeyVaultName } from './names.ts';
import { ownerOf, type Owner, type Tags } from './ownership.ts';

/** What later steps need of a vault. */
export type KeyVaultRef = { id: string; name: string; uri: string };

/** Permissions of one principal on a vault, as access policies hold them. */
export type AccessPolicy = {
  tenantId: string;
  objectId: string;
  applicationId?: string;
  permissions: Record<string, string[]>;
};

/** A live vault as the control plane shows it. */
export type KeyVault = KeyVaultRef & {
  location: string;
  tags: Tags;
  usesRbac: boolean;
  provisioned: boolean;
  accessPolicies: AccessPolicy[];
};

/** A soft-deleted vault as the deleted list shows it; dates as Azure gives them, in UTC. */
export type DeletedKeyVault = {
  name: string;
  vaultId: string;
  tags: Tags;
  location?: string;
  deletedOn?: string;
  purgedOn?: string;
};

/** Each answer is a case of its own: what we may not look at is not absent. */
export type Looked<T> = { found: T } | 'absent' | 'unknown';

/** What a device's record says about its vault and its channel integrity key. */
export type DeviceLink = { vaultId?: string; vaultUri?: string; keyName?: string; keyVersion?: string };

export type KeyVaultWish = { device: Device; link: DeviceLink; name: string; softDeletedVault: 'ask' | 'recover' };
export type KeyVaultFound = {
  vault: Looked<KeyVault>;
  deleted: Looked<DeletedKeyVault>;
  /** Whose the live vault is, where more than its tags was looked at. */
  owner?: Owner;
};

export type Refused = { action: 'refuse'; type: FailureType; message: string; facts: FailureFacts };
export type AcceptedKeyVaultPlan =
  { action: 'create' } | { action: 'recover'; deleted: DeletedKeyVault } | { action: 'adopt'; vault: KeyVault };
export type KeyVaultPlan = AcceptedKeyVaultPlan | Refused;

export const keyVaultIdOf = (device: DeviceId, name: string): string =>
  `${resourceGroupId(device)}/providers/Microsoft.KeyVault/vaults/${name}`;

export type ChosenName = { action: 'use'; name: string };

/**
 * The name to look for: the one asked for, else that of the vault the device has (by its link, else by our tags), else the
 * default. A device never gets a second vault, and a link that leads out of its group is not followed: Azure itself does
 * not check links (recorded).
 * @param own name of a live vault of the group that is this device's by tags or other traces
 */
export const chooseKeyVaultName = (
  device: Device,
  link: DeviceLink,
  asked: string | undefined,
  own?: string,
): ChosenName | Refused => {
  const linked = link.vaultId?.split('/').at(-1);
  if (linked !== undefined && !sameId(link.vaultId, keyVaultIdOf(device, linked))) {
    return refuse('VaultElsewhere', `the device is linked to ${link.vaultId}, which is not in its own resource group`, {
      keyVaultId: link.vaultId,
    });
  }
  const present = linked ?? own;
  if (present !== undefined && asked !== undefined && asked.toLowerCase() !== present.toLowerCase()) {
    return refuse('DeviceHasOtherVault', `the device already has the vault "${present}", so not "${asked}"`, {
      retryWith: { keyVaultName: present },
    });
  }
  return { action: 'use', name: present ?? asked ?? defaultKeyVaultName(device) };
};

/** The one judgement about the vault: make it, take it over, take it back, or say why not. */
export const planKeyVault = (wish: KeyVaultWish, found: KeyVaultFound): KeyVaultPlan => {
  if (typeof found.vault === 'object') return planForLive(wish, found.vault.found, found.owner);
  if (found.vault === 'unknown') {
    return refuse('MissingPermission', `may not read the vault "${wish.name}"`, {
      action: 'Microsoft.KeyVault/vaults/read',
    });
  }
  if (typeof found.deleted === 'object') return planForDeleted(wish, found.deleted.found);
  return { action: 'create' };
};

const planForLive = (
  wish: KeyVaultWish,
  vault: KeyVault,
  owner: Owner = ownerOf(vault.tags, wish.device),
): KeyVaultPlan => {
  const refusal = refuseOwner(wish, owner, sameId(wish.link.vaultId, vault.id));
  if (refusal) return refusal;
  if (vault.usesRbac) {
    return refuse('VaultUsesRbac', `the vault "${vault.name}" uses Azure RBAC; its access policies have no effect`, {
      keyVaultName: vault.name,
    });
  }
  return { action: 'adopt', vault };
};

const planForDeleted = (wish: KeyVaultWish, deleted: DeletedKeyVault): KeyVaultPlan => {
  const here = sameId(deleted.vaultId, keyVaultIdOf(wish.device, wish.name));
  const until = deleted.purgedOn === undefined ? '' : ` until ${deleted.purgedOn}`;
  if (!here) {
    return nameTaken(wish, `the name is held${until} by a deleted vault of another resource group, ${deleted.vaultId}`);
  }
  const linked = sameId(wish.link.vaultId, deleted.vaultId);
  const refusal = refuseOwner(wish, ownerOf(deleted.tags, wish.device), linked);
  if (refusal) return refusal;
  if (wish.softDeletedVault === 'recover') return { action: 'recover', deleted };
  return refuse('VaultSoftDeleted', `the vault "${wish.name}" was deleted and can be recovered${until}`, {
    keyVaultName: wish.name,
    deletedOn: deleted.deletedOn,
    purgedOn: deleted.purgedOn,
    retryWith: { softDeletedVault: 'recover' },
  });
};

/** A linked vault is the device's own, tagged or not, unless it is another device's by its tags: links can be wrong. */
const refuseOwner = (wish: KeyVaultWish, owner: Owner, linked: boolean): Refused | undefined => {
  if (linked && owner !== 'other device') return undefined;
  const proposedName = proposeKeyVaultName(wish.device, wish.name);
  switch (owner) {
    case 'this device':
      return undefined;
    case 'former device':
      return refuse(
        'VaultOfFormerDevice',
        `the vault "${wish.name}" belongs to a former device of the same name; propose "${proposedName}"`,
        { keyVaultName: wish.name, retryWith: { keyVaultName: proposedName } },
      );
    case 'other device':
      return nameTaken(wish, `the vault "${wish.name}" belongs to another device`);
    case 'stranger':
      return nameTaken(
        wish,
        `the vault "${wish.name}" is not ours: this device is not linked to it and it has no tag of ours`,
      );
  }
};

/** The plan, where it is no refusal. @throws Refusal */
export const accepted = <P extends { action: string }>(plan: P | Refused): P => {
  if (isRefused(plan)) throw refusalOf(plan);
  return plan;
};

const isRefused = (plan: { action: string }): plan is Refused => plan.action === 'refuse';

/** A refused plan as the error that an activity throws. */
export const refusalOf = ({ type, message, facts }: Refused): Refusal => new Refusal(type, message, facts);

/** Also for a name that only the create call finds taken somewhere in the world. */
export const nameTaken = ({ device, name }: Pick<KeyVaultWish, 'device' | 'name'>, why: string): Refused => {
  const proposedName = proposeKeyVaultName(device, name);
  return refuse('VaultNameTaken', `${why}; propose "${proposedName}"`, {
    keyVaultName: name,
    retryWith: { keyVaultName: proposedName },
  });
};

const refuse = (type: FailureType, message: string, facts: FailureFacts): Refused => ({
  action: 'refuse',
  type,
  message,
  facts,
});
