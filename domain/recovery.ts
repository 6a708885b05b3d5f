/** Which vault is to be recovered for a device, and why it cannot be. */
import { type Device, type DeviceId, type DeviceLink, nameIn, resourceGroupId, sameId } from './device.ts';
import { Refusal } from './failures.ts';
import {
  type DeletedKeyVault,
  type KeyVault,
  keyVaultIdOf,
  leadsElsewhere,
  ownerUnseen,
  refusalOf,
  vaultUnproven,
} from './key-vault.ts';
import { defaultKeyVaultName, proposeKeyVaultName } from './names.ts';
import { type Looked, type Ownership, type Tags, isMarkedFor, missingTags, stateTag, tagNamed } from './ownership.ts';

/** `gone`: the device resource and its identity no longer exist. */
export type DeviceState = 'to activate' | 'activated' | 'gone';

/** The data of the procedure. */
export type RecoveryPlan = {
  /** As Azure shows it; of one that is gone, what the tags of its vault tell. */
  device: Device;
  deviceState: DeviceState;
  keyVaultName: string;
  /** Of the vault that is alive. */
  createdAt?: string;
  /** `keep`: the vault is alive. `make`: it is past recovery, and another one takes its place. */
  action: 'recover' | 'keep' | 'make';
  /** ISO time, UTC. */
  deletedOn?: string;
  /** With `make`: id of the vault that the device's record names and that is past recovery. */
  replaces?: string;
};

/** A vault with a name and marks, alive or deleted. */
export type Marked = { name: string; tags: Tags };

/** The name of the vault that the device's record names. @throws Refusal VaultElsewhere */
export const linkedNameOf = (device: DeviceId, link: DeviceLink): string | undefined => {
  const { vaultId } = link;
  if (vaultId === undefined) return undefined;
  if (!leadsElsewhere(device, link)) return nameIn(vaultId);
  throw elsewhere(device, `the record of the device "${device.name}" names ${vaultId}`, vaultId);
};

/** @throws Refusal DeviceHasOtherVault */
export const assertNotAnother = (device: DeviceId, present: string, asked: string | undefined): void => {
  if (asked === undefined || sameId(asked, present)) return;
  throw hasOtherVault(`the device "${device.name}" has the vault "${present}" and cannot use "${asked}"`, present);
};

/**
 * The name to look for where no record names a vault: the one asked for, else the only one that carries the device's marks.
 * @param marked vaults with the marks of the device, or of a former one of its name
 * @throws Refusal DeviceHasOtherVault · NothingToRecover
 */
export const chooseByMarks = (device: DeviceId, marked: readonly Marked[], asked: string | undefined): string => {
  const names = [...new Set(marked.map(({ name }) => name.toLowerCase()))];
  const [first, ...more] = names;
  if (asked !== undefined && (first === undefined || names.includes(asked.toLowerCase()))) return asked;
  if (first === undefined) {
    const why = `no vault carries the tags of the device "${device.name}", and its record links to none`;
    throw new Refusal('NothingToRecover', why);
  }
  if (asked === undefined && more.length === 0) return first;
  const which = names.map((name) => `"${name}"`).join(', ');
  throw hasOtherVault(`the device "${device.name}" has ${which}; name one in keyVaultName`, first);
};

const hasOtherVault = (message: string, keyVaultName: string): Refusal =>
  new Refusal('DeviceHasOtherVault', message, { retryWith: { keyVaultName } });

/** A vault that can be worked with: alive, or deleted where it can be recovered. */
export type Recoverable = Extract<VaultWhereabouts<KeyVault>, { state: 'live' | 'deleted' }>;

/** @throws Refusal VaultElsewhere · NothingToRecover · MissingPermission */
export const assertWithinReach = (
  device: DeviceId,
  name: string,
  whereabouts: VaultWhereabouts<KeyVault>,
): Recoverable => {
  switch (whereabouts.state) {
    case 'live':
    case 'deleted':
      return whereabouts;
    case 'deleted elsewhere': {
      const { vaultId, purgedOn } = whereabouts.deleted;
      const until = purgedOn === undefined ? '' : `; it is recoverable there until ${purgedOn}`;
      throw elsewhere(device, `the vault "${name}" was deleted as ${vaultId}${until}`, vaultId);
    }
    case 'moved':
      throw elsewhere(device, `the vault "${name}" is active as ${whereabouts.vaultId}`, whereabouts.vaultId);
    case 'unknown': {
      const { missing } = whereabouts;
      const message = `the worker needs ${missing} on the subscription to find the vault "${name}"`;
      throw new Refusal('MissingPermission', message, { action: missing });
    }
    case 'gone':
      throw new Refusal(
        'NothingToRecover',
        `the vault "${name}" is neither active nor deleted: it never existed, or it was purged`,
      );
  }
};

const elsewhere = (device: DeviceId, what: string, keyVaultId: string | undefined): Refusal =>
  new Refusal('VaultElsewhere', `${what}, and the device is in ${resourceGroupId(device)}`, { keyVaultId });

/**
 * Refuses a vault that is purged or older than its retention: Azure does not distinguish these. A person names the new
 * vault.
 */
export const pastRecovery = (device: DeviceId, name: string): Refusal => {
  const proposed = proposeKeyVaultName(device, name) ?? defaultKeyVaultName(device);
  return new Refusal(
    'VaultPurged',
    `the vault "${name}" of the device "${device.name}" is purged or its 90 days are over; proposed name of a new vault: "${proposed}"`,
    { keyVaultName: name, retryWith: { keyVaultName: proposed } },
  );
};

/**
 * Refuses a vault of another owner. A vault to which only a link leads can be recovered, since its contents may prove
 * more.
 * @throws Refusal VaultNotOurs · VaultUnproven · VaultOfFormerDevice · MissingPermission
 */
export const assertOwnVault = (device: Device, found: Recoverable, ownership: Ownership): void => {
  const { name } = found.state === 'live' ? found.vault : found.deleted;
  switch (ownership.owner) {
    case 'this device':
      break;
    case 'another device':
      throw notOurs(name, `belongs to another device, ${ownership.which}`);
    case 'nobody':
      if (ownership.linked && found.state === 'deleted') break;
      if (ownership.linked && found.state === 'live') throw refusalOf(vaultUnproven(device, found.vault));
      throw notOurs(name, `is neither linked to the device "${device.name}" nor tagged for it`);
    case 'former device':
    case 'retained':
      throw new Refusal(
        'VaultOfFormerDevice',
        `the vault "${name}" belongs to a former device with the name "${device.name}"; the present device never had it`,
        { keyVaultName: name },
      );
    case 'unknown':
      throw refusalOf(ownerUnseen(name, ownership.missing));
  }
};

const notOurs = (name: string, why: string): Refusal =>
  new Refusal('VaultNotOurs', `the vault "${name}" ${why}`, { keyVaultName: name });

/** @throws Refusal VaultUsesRbac */
export const assertAccessPolicies = ({ name, usesRbac }: KeyVault): void => {
  if (!usesRbac) return;
  throw new Refusal('VaultUsesRbac', `the vault "${name}" uses Azure RBAC; its access policies have no effect`, {
    keyVaultName: name,
  });
};

/** A device that is gone, as the tags of its vault remember it. @throws Refusal VaultNotOurs */
export const rememberedDevice = (device: DeviceId, found: Recoverable, tenantId: string): Device => {
  const { name, tags, location }: KeyVault | DeletedKeyVault = found.state === 'live' ? found.vault : found.deleted;
  const principalId = tagNamed(tags, 'ase-device-principal');
  if (isMarkedFor(device, tags) && principalId !== undefined && location !== undefined) {
    return { ...device, location, principalId, tenantId };
  }
  throw notOurs(name, `does not carry the tags of the device "${device.name}", which is gone`);
};

/**
 * Returns the tags to merge into a vault that serves its device again, and the obsolete ones, as they were found. The
 * vault of a deleted device stays retained, so it keeps that tag.
 */
export const tagsInService = (tags: Tags, device: Device, state: DeviceState): { missing: Tags; obsolete: Tags } => {
  const isObsolete = (name: string): boolean => state !== 'gone' && sameId(name, stateTag);
  return {
    missing: missingTags(tags, device),
    obsolete: Object.fromEntries(Object.entries(tags).filter(([name]) => isObsolete(name))),
  };
};

// What has become of the vault that a device should have: one diagnosis for whoever finds it missing.

/** `V` is what the caller knows of a live vault. */
export type VaultWhereabouts<V> =
  | { state: 'live'; vault: V }
  /** Soft-deleted in the resource group of the device, where it can be recovered. */
  | { state: 'deleted'; deleted: DeletedKeyVault }
  | { state: 'deleted elsewhere'; deleted: DeletedKeyVault }
  /** Alive in another resource group; the device treats it as deleted (Azure docs). */
  | { state: 'moved'; vaultId: string }
  /** Purged, past its retention, moved out of the subscription, or never there: Azure does not tell these apart. */
  | { state: 'gone' }
  /** `missing` is the action that it takes to know more. */
  | { state: 'unknown'; missing: string };

/** The findings under the name of the vault. */
export type VaultSightings<V> = {
  /** In the resource group of the device. */
  vault: Looked<V>;
  /** The deleted vaults of the subscription. */
  deleted: Looked<readonly DeletedKeyVault[]>;
  /** Ids of the live vaults of the subscription. */
  others: Looked<readonly string[]>;
};

export const locateKeyVault = <V>(
  device: DeviceId,
  name: string,
  { vault, deleted, others }: VaultSightings<V>,
): VaultWhereabouts<V> => {
  if (typeof vault === 'object') return { state: 'live', vault: vault.found };
  if (vault === 'unknown') return { state: 'unknown', missing: 'Microsoft.KeyVault/vaults/read' };
  const found = typeof deleted === 'object' ? deleted.found.find((entry) => sameId(entry.name, name)) : undefined;
  if (found) {
    const here = sameId(found.vaultId, keyVaultIdOf(device, name));
    return { state: here ? 'deleted' : 'deleted elsewhere', deleted: found };
  }
  const moved = typeof others === 'object' ? others.found.find((id) => sameId(nameIn(id), name)) : undefined;
  if (moved !== undefined) return { state: 'moved', vaultId: moved };
  if (deleted === 'unknown') return { state: 'unknown', missing: 'Microsoft.KeyVault/locations/deletedVaults/read' };
  return { state: 'gone' };
};
