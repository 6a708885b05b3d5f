import type { Device } from './device.ts';
import { deviceHash } from './names.ts';

export type Tags = Record<string, string>;

/** Written inside the create body of vault and storage account, so that a lost answer can be told from a stranger's resource. */
export const ownershipTags = (device: Device): Tags => ({
  'ase-device': device.name,
  'ase-device-hash': deviceHash(device),
  'ase-device-principal': device.principalId,
});

/** `retained` on a vault that outlives its device. */
export const stateTag = 'ase-state';

/** Whose a resource is by its tags. `former`: made for a device of the same id that has since been created again. */
export type Owner = 'this device' | 'former device' | 'other device' | 'stranger';

export const ownerOf = (tags: Tags | undefined, device: Device): Owner => {
  const hash = tags?.['ase-device-hash'];
  if (hash === undefined) return 'stranger';
  if (hash !== deviceHash(device)) return 'other device';
  return tags?.['ase-device-principal'] === device.principalId ? 'this device' : 'former device';
};

/**
 * Whether an account of the device's own group, under a name made from the device's id, is its audit account. Without a tag
 * it is: a policy has taken the tags away, and nobody else comes by such a name.
 */
export const ownsAuditAccount = (tags: Tags | undefined, device: Device): boolean => {
  const owner = ownerOf(tags, device);
  return owner === 'this device' || owner === 'stranger';
};

/** Our tags added to what is there, or nothing when they are there already. Tags of others are never taken away. */
export const missingTags = (tags: Tags | undefined, device: Device): Tags | undefined => {
  const ours = ownershipTags(device);
  const complete = Object.entries(ours).every(([name, value]) => tags?.[name] === value);
  return complete ? undefined : { ...tags, ...ours };
};
