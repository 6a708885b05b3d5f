import { resourceGroupId, sameId, type Device, type DeviceId } from './device.ts';
import type { FailureFacts, FailureType } from './failures.ts';
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
export type DeletedKeyVault = { name: string; vaultId: string; tags: Tags; deletedOn?: string; purgedOn?: string };

/** Each answer is a case of its own: what we may not look at is not absent. */
export type Looked<T> = { found: T } | 'absent' | 'unknown';

/** What a device's record says about its vault and its channel integrity key. */
export type DeviceLink = { vaultId?: string; vaultUri?: string; keyName?: string; keyVersion?: string };

export type KeyVaultWish = { device: Device; link: DeviceLink; name: string; softDeletedVault: 'ask' | 'recover' };
export type KeyVaultFound = { vault: Looked<KeyVault>; deleted: Looked<DeletedKeyVault> };

export type Refused = { action: 'refuse'; type: FailureType; message: string; facts: FailureFacts };
export type KeyVaultPlan =
  | { action: 'create' }
  | { action: 'recover'; deleted: DeletedKeyVault }
  | { action: 'adopt'; vault: KeyVault }
  | Refused;

export const keyVaultIdOf = (device: DeviceId, name: string): string =>
  `${resourceGroupId(device)}/providers/Microsoft.KeyVault/vaults/${name}`;

/**
 * The name to look for: the one asked for, else the linked vault's, else the default. A link that leads out of the
 * device's group or to another vault than the one asked for is refused: Azure itself does not check it (recorded).
 */
export const chooseKeyVaultName = (
  device: Device,
  link: DeviceLink,
  asked: string | undefined,
): { action: 'use'; name: string } | Refused => {
  const linked = link.vaultId?.split('/').at(-1);
  if (linked === undefined) return { action: 'use', name: asked ?? defaultKeyVaultName(device) };
  if (!sameId(link.vaultId, keyVaultIdOf(device, linked))) {
    return refuse('VaultElsewhere', `the device is linked to ${link.vaultId}, which is not in its own resource group`, {
      keyVaultId: link.vaultId,
    });
  }
  if (asked !== undefined && asked.toLowerCase() !== linked.toLowerCase()) {
    return refuse('DeviceLinkedToOtherVault', `the device is linked to the vault "${linked}", not to "${asked}"`, {
      retryWith: { keyVaultName: linked },
    });
  }
  return { action: 'use', name: linked };
};

/** The one judgement about the vault: make it, take it over, take it back, or say why not. */
export const planKeyVault = (wish: KeyVaultWish, found: KeyVaultFound): KeyVaultPlan => {
  if (typeof found.vault === 'object') return planForLive(wish, found.vault.found);
  if (found.vault === 'unknown') {
    return refuse('MissingPermission', `may not read the vault "${wish.name}"`, {
      action: 'Microsoft.KeyVault/vaults/read',
    });
  }
  if (typeof found.deleted === 'object') return planForDeleted(wish, found.deleted.found);
  return { action: 'create' };
};

const planForLive = (wish: KeyVaultWish, vault: KeyVault): KeyVaultPlan => {
  const linked = sameId(wish.link.vaultId, vault.id);
  const refusal = linked ? undefined : refuseOwner(wish, ownerOf(vault.tags, wish.device));
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
  const linked = sameId(wish.link.vaultId, deleted.vaultId);
  const until = deleted.purgedOn === undefined ? '' : ` until ${deleted.purgedOn}`;
  if (!here) {
    return nameTaken(wish, `the name is held${until} by a deleted vault of another resource group, ${deleted.vaultId}`);
  }
  const refusal = linked ? undefined : refuseOwner(wish, ownerOf(deleted.tags, wish.device));
  if (refusal) return refusal;
  if (wish.softDeletedVault === 'recover') return { action: 'recover', deleted };
  return refuse('VaultSoftDeleted', `the vault "${wish.name}" was deleted and can be recovered${until}`, {
    keyVaultName: wish.name,
    deletedOn: deleted.deletedOn,
    purgedOn: deleted.purgedOn,
    retryWith: { softDeletedVault: 'recover' },
  });
};

const refuseOwner = (wish: KeyVaultWish, owner: Owner): Refused | undefined => {
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
    case 'unknown':
      return nameTaken(
        wish,
        `the vault "${wish.name}" is not ours: this device is not linked to it and it has no tag of ours`,
      );
  }
};

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
