/** Names and marks of everything the product makes in Azure. Derived from the device, so that any run finds them again. */
import { createHash } from 'node:crypto';
import type { DeviceId } from './device.ts';

export { auditLockName, keyVaultLockName } from './locks.ts';
export const diagnosticSettingName = 'ase-audit';
export const activationKeySecretName = 'ase-activation-key';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const alphanumerics = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** 16 hex digits that stand for a device in tags, where an ARM id would be too long to read. */
export const deviceHash = ({ id }: Pick<DeviceId, 'id'>): string => digest(id.toLowerCase()).slice(0, 16);

/**
 * The vault's default name: `ase-` + 10 alphanumerics of the device's name + `-` + 9 hex digits, as the portal's
 * (one recorded sample). `generation` makes the next proposal when a name is taken.
 */
export const defaultKeyVaultName = (device: DeviceId, generation = 0): string => {
  const seed = generation === 0 ? device.id.toLowerCase() : `${device.id.toLowerCase()}#${generation}`;
  return `ase-${alphanumerics(device.name).slice(0, 10)}-${digest(seed).slice(0, 9)}`;
};

/** All names that are made from the device's id: nobody else comes by one, unless it is typed. */
export const keyVaultNamesOf = (device: DeviceId): string[] =>
  [0, 1, 2].map((generation) => defaultKeyVaultName(device, generation));

/** The next name after the one that is taken; none after the last, so that proposals do not lead in a circle. */
export const proposeKeyVaultName = (device: DeviceId, taken: string): string | undefined => {
  const proposals = [1, 2].map((generation) => defaultKeyVaultName(device, generation));
  return proposals[proposals.indexOf(taken.toLowerCase()) + 1];
};

/** Storage account names are global and have 3 to 24 lower-case letters and digits; three generations are tried. */
export const auditAccountNames = (device: DeviceId): string[] =>
  [0, 1, 2].map(
    (generation) =>
      `ase${alphanumerics(device.name).slice(0, 10)}${digest(`${device.id.toLowerCase()}#audit${generation}`).slice(0, 11)}`,
  );

/** One name for a device and its present identity, so that a device created again never shares its predecessor's key. */
export const channelIntegrityKeyName = (device: DeviceId, principalId: string): string => {
  const hex = digest(`${device.id.toLowerCase()}/${principalId.toLowerCase()}`);
  const guid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
  return `ase-cik-${guid}`;
};
