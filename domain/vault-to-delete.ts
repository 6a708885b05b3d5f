/** Which vault goes with a device: the one that its record names, else one that carries its tags; never another's. */
import type { DoomedDevice } from './deletion.ts';
import { sameId, type DeviceId } from './device.ts';
import { Refusal } from './failures.ts';
import { keyVaultIdOf, type DeviceLink, type KeyVault } from './key-vault.ts';
import { deviceHash } from './names.ts';
import type { Tags } from './ownership.ts';

type Listed = { name: string; tags: Tags };

/** Why a link is not followed, or undefined: Azure does not check links (recorded). */
export const linkLeadsElsewhere = (device: DeviceId, { vaultId }: DeviceLink): string | undefined => {
  if (vaultId === undefined || sameId(vaultId, keyVaultIdOf(device, nameIn(vaultId)))) return undefined;
  return `the device is linked to ${vaultId}, which is not in its own resource group`;
};

/** The vault to ask about when a device goes, or why none is. @param group the vaults of its resource group */
export const vaultOfDevice = (
  device: DoomedDevice,
  link: DeviceLink,
  group: readonly Listed[],
): { name: string } | { leave: string } => {
  const elsewhere = linkLeadsElsewhere(device, link);
  if (elsewhere !== undefined) return { leave: elsewhere };
  if (link.vaultId !== undefined) return { name: nameIn(link.vaultId) };
  const tagged = group.filter(({ tags }) => isTaggedFor(tags, device));
  const own = tagged.find(({ tags }) => tags['ase-device-principal'] === device.principalId);
  if (own) return { name: own.name };
  const [former] = tagged;
  if (!former) return { leave: 'the device has no key vault' };
  return { leave: `the device has no key vault; "${former.name}" belongs to a former device of its name` };
};

/**
 * The vault that somebody asked to delete as the device's, where it has one. The device may be gone, or created again since.
 * @param group the vaults of its resource group @throws Refusal InvalidInput where it may be any of several
 */
export const ownVaultName = (
  device: DoomedDevice,
  { vaultId }: DeviceLink,
  group: readonly Listed[],
): string | undefined => {
  if (vaultId !== undefined) return nameIn(vaultId);
  const tagged = group.filter(({ tags }) => isTaggedFor(tags, device));
  const own = tagged.filter(({ tags }) => tags['ase-device-principal'] === device.principalId);
  const [first, ...more] = own.length > 0 ? own : tagged;
  if (more.length === 0) return first?.name;
  const which = tagged.map(({ name }) => `"${name}"`).join(' and ');
  throw new Refusal('InvalidInput', `the device "${device.name}" has had ${which}: say which as keyVaultName`);
};

/** Whether a vault may be deleted as the device's. @param own its name by link or tags */
export const isVaultOf = (device: DeviceId, own: string | undefined, { name, tags }: KeyVault): boolean =>
  !isAnothers(tags, device) && (sameId(name, own) || isTaggedFor(tags, device));

/** Links can be wrong; the tags say whose it is. */
export const isAnothers = (tags: Tags, device: DeviceId): boolean =>
  tags['ase-device-hash'] !== undefined && !isTaggedFor(tags, device);

const isTaggedFor = (tags: Tags, device: DeviceId): boolean => tags['ase-device-hash'] === deviceHash(device);

const nameIn = (vaultId: string): string => vaultId.split('/').at(-1) ?? '';
