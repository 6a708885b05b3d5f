import { deviceHash } from '../../domain/names.ts';
import type { DeviceId } from '../../domain/device.ts';
import type { LocalAzure } from '../../local-azure/index.ts';

/** Returns all vaults, accounts and locks that belong to none of these devices, as one text to compare. */
export const foreignTo = ({ state }: LocalAzure, devices: readonly DeviceId[]): string => {
  const hashes = new Set(devices.map(deviceHash));
  const isOurs = ({ tags }: { tags: Record<string, string> }): boolean => hashes.has(tags['ase-device-hash'] ?? '');
  const { vaults, storageAccounts, locks, deletedVaults } = state;
  const ours = [...Object.values(vaults), ...Object.values(storageAccounts)]
    .filter(isOurs)
    .map(({ id }) => id.toLowerCase());
  return JSON.stringify([
    Object.values(vaults).filter((vault) => !isOurs(vault)),
    Object.values(storageAccounts).filter((account) => !isOurs(account)),
    Object.values(locks).filter(({ scope }) => !ours.includes(scope.toLowerCase())),
    deletedVaults,
  ]);
};
