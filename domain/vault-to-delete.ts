/** Which vault goes with a device, and what is known of whose it is. */
import type { DoomedDevice } from './deletion.ts';
import { sameId, type DeviceId, type DeviceLink } from './device.ts';
import { Refusal } from './failures.ts';
import { leadsElsewhere, ownerUnseen, refusalOf, type KeyVault } from './key-vault.ts';
import { channelIntegrityKeyName } from './names.ts';
import { isMarkedFor, tagNamed, type Ownership, type Tags } from './ownership.ts';

type Listed = { name: string; tags: Tags };

/** Why a link is not followed, or undefined. */
export const whyNotFollowed = (device: DeviceId, link: DeviceLink): string | undefined =>
  leadsElsewhere(device, link)
    ? `the device is linked to ${link.vaultId}, which is outside its resource group`
    : undefined;

/**
 * Returns the name of a vault of the group with the tags of a former device of this name, for a search without another
 * result.
 */
export const formerVaultName = (device: DeviceId, group: readonly Listed[]): string | undefined =>
  group.find(({ tags }) => isMarkedFor(device, tags))?.name;

/**
 * The vault that somebody asked to delete as the device's, by its tags. The device may be gone, or created again since.
 * @param group the vaults of its resource group @throws Refusal InvalidInput where it may be any of several
 */
export const taggedVaultName = (device: DoomedDevice, group: readonly Listed[]): string | undefined => {
  const tagged = group.filter(({ tags }) => isMarkedFor(device, tags));
  const own = tagged.filter(({ tags }) => sameId(tagNamed(tags, 'ase-device-principal'), device.principalId));
  const [first, ...more] = own.length > 0 ? own : tagged;
  if (more.length === 0) return first?.name;
  const which = tagged.map(({ name }) => `"${name}"`).join(' and ');
  throw new Refusal('InvalidInput', `the device "${device.name}" had ${which}: name one in keyVaultName`);
};

/**
 * Returns whether more than a link proves that the vault belongs to the device. Without proof, the operation asks, and
 * a consent in advance does not count.
 * @throws Refusal VaultNotOurs · MissingPermission
 */
export const assertMayBeAsked = (device: DeviceId, { name }: Listed, ownership: Ownership): { proven: boolean } => {
  switch (ownership.owner) {
    case 'this device':
      return { proven: true };
    case 'former device':
    case 'retained':
      return { proven: false };
    case 'another device':
      throw notOurs(name, `belongs to another device, ${ownership.which}`);
    case 'nobody':
      if (ownership.linked) return { proven: false };
      throw notOurs(name, `is not the vault of the device "${device.name}"`);
    case 'unknown':
      throw refusalOf(ownerUnseen(name, ownership.missing));
  }
};

const notOurs = (name: string, why: string): Refusal => new Refusal('VaultNotOurs', `the vault "${name}" ${why}`);

/**
 * The name that every activation of the device gives its channel integrity key; of a device that is gone, by the tags. One that
 * is there without an identity may be another than the tags are of.
 */
export const derivedKeyNameOf = (device: DoomedDevice, { tags }: Pick<KeyVault, 'tags'>): string | undefined => {
  const principalId = device.isGone ? tagNamed(tags, 'ase-device-principal') : device.principalId;
  return principalId === undefined ? undefined : channelIntegrityKeyName(device, principalId);
};
