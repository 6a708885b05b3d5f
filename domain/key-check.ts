/** Whether the channel integrity key that a device's record names is where it should be. */
import { sameId, type DeviceLink } from './device.ts';
import type { KeyVaultRef } from './key-vault.ts';
import type { DeviceState } from './recovery.ts';
import type { ChannelIntegrityKeyRef, SecretVersion } from './secrets.ts';

export type KeyCheck = {
  /**
   * `deleted`: it can be recovered in the vault. `lost`: the vault is a new one, and nothing of the old one is in it.
   * `not linked`: the record names no key. `placed`: made anew, for a device that was never activated.
   */
  state:
    | 'as linked'
    | 'placed'
    | 'disabled'
    | 'deleted'
    | 'missing'
    | 'lost'
    | 'not linked'
    | 'other vault linked'
    | 'not applicable';
  /** The one that the record names. */
  key?: ChannelIntegrityKeyRef;
  /** What a person does about it, where there is something to do. */
  toDo?: string;
};

/** The vault in which the key must be. */
export type KeyPlace = {
  keyVault: KeyVaultRef;
  deviceState: DeviceState;
  /** Id of the vault in whose place it was made. */
  replaces?: string;
};

/** The key to look for, or why there is none. */
export const keyToLookFor = (link: DeviceLink, place: KeyPlace): ChannelIntegrityKeyRef | KeyCheck => {
  const { vaultId, keyName, keyVersion } = link;
  if (vaultId !== undefined && !sameId(vaultId, place.keyVault.id) && !sameId(vaultId, place.replaces)) {
    const toDo = `The record of the device now links to ${vaultId}: find out who changed it.`;
    return { state: 'other vault linked', toDo };
  }
  if (vaultId !== undefined && keyName !== undefined && keyVersion !== undefined) {
    return { name: keyName, version: keyVersion };
  }
  const toDo = place.deviceState === 'activated' ? 'Repair the link.' : 'Generate a key.';
  return { state: 'not linked', toDo };
};

/** The findings under the name of the key. */
export type KeyFound = { versions: readonly SecretVersion[]; isDeleted: boolean };

/** The key is never replaced here: what an activated device has encrypted opens with no other. */
export const checkKey = (key: ChannelIntegrityKeyRef, place: KeyPlace, found: KeyFound): KeyCheck => {
  const { keyVault, deviceState, replaces } = place;
  const version = found.versions.find((one) => one.version === key.version);
  if (version?.enabled) return { state: 'as linked', key };
  const secret = `the secret "${key.name}"`;
  const where = `in the vault "${keyVault.name}"`;
  if (found.isDeleted) return { state: 'deleted', key, toDo: `Recover ${secret} ${where}. ${again}` };
  if (version) return { state: 'disabled', key, toDo: `Enable the version ${key.version} of ${secret} ${where}.` };
  const backup = `Restore a backup of ${secret} into the vault "${keyVault.name}". ${again} Without one, ask Microsoft's support.`;
  if (replaces !== undefined) return { state: 'lost', key, toDo: backup };
  const toDo = deviceState === 'activated' ? backup : 'Generate a key: this stores a new channel integrity key.';
  return { state: 'missing', key, toDo };
};

const again = 'Then recover the vault again.';
