import { type DeviceLink, sameId } from './device.ts';
import type { KeyVaultRef } from './key-vault.ts';
import type { DeviceState } from './recovery.ts';

/** Judgements about versions of secrets; the values themselves are never looked at. */

export type SecretVersion = {
  version: string;
  enabled: boolean;
  /** Milliseconds since 1970 by the service's clock; whole seconds. */
  createdOn: number;
  expiresOn?: number;
  tags: Record<string, string>;
};

/** Where the channel integrity key is: the device's record and all later steps take name and version, never the value. */
export type ChannelIntegrityKeyRef = { name: string; version: string };

/** Where an activation key is. */
export type ActivationKeyRef = {
  /** Full id of the secret version. */
  secretId: string;
  version: string;
  /** First 16 hex digits of the SHA-256 of the whole key, to tell keys apart without showing them. */
  fingerprint: string;
  /** ISO time, UTC. */
  expiresOn: string;
};

/** A key, and how it became the current one. */
export type IssuedKeyRef = ActivationKeyRef & {
  /** The one that was still good when it was made in its place. */
  superseded?: ActivationKeyRef;
  /** Another operation, perhaps an earlier one of the same request, had made it: nothing was read for it. */
  found?: true;
};

export const keyRefOf = ({ secretId, version, fingerprint, expiresOn }: IssuedKeyRef): ActivationKeyRef => ({
  secretId,
  version,
  fingerprint,
  expiresOn,
});

const oldestFirst = (a: SecretVersion, b: SecretVersion): number =>
  a.createdOn - b.createdOn || (a.version < b.version ? -1 : 1);

export type Election = { winner: SecretVersion; losers: SecretVersion[] } | 'none';

/**
 * Which version is the channel integrity key when more than one was written (a repeated or late write can do that): the
 * one that the device's record names, else the oldest enabled one. The winner never changes, the enabled rest is disabled.
 */
export const electChannelIntegrityKey = (
  versions: readonly SecretVersion[],
  recorded: string | undefined,
): Election => {
  const enabled = versions.filter((version) => version.enabled).sort(oldestFirst);
  const winner = enabled.find(({ version }) => version === recorded) ?? enabled[0];
  if (!winner) return 'none';
  return { winner, losers: enabled.filter((version) => version !== winner) };
};

export type KeyInHand =
  { state: 'live'; current: SecretVersion; older: SecretVersion[] } | { state: 'none'; older: SecretVersion[] };

/**
 * Returns the live activation key: the newest enabled, unexpired version with the present channel integrity key. A
 * newer key invalidates older ones, so every other enabled version is to be disabled.
 * @param now the service's own time, in milliseconds
 * @param madeBy the operation whose key alone counts, if another operation's key is to be superseded
 */
export const findLiveKey = (
  versions: readonly SecretVersion[],
  cikVersion: string,
  now: number,
  madeBy?: string,
): KeyInHand => {
  const isUsable = ({ expiresOn = 0, tags }: SecretVersion): boolean =>
    expiresOn > now &&
    tags[keyTags.cikVersion] === cikVersion &&
    (madeBy === undefined || tags[keyTags.operation] === madeBy);
  // Key Vault counts whole seconds: of two versions of one second the usable one is taken for the newer.
  const enabled = versions
    .filter((version) => version.enabled)
    .sort((a, b) => b.createdOn - a.createdOn || Number(isUsable(b)) - Number(isUsable(a)) || oldestFirst(b, a));
  const [newest, ...rest] = enabled;
  return newest && isUsable(newest)
    ? { state: 'live', current: newest, older: rest }
    : { state: 'none', older: enabled };
};

/**
 * Returns the version that a key replaced while it was still valid; the vault records it, so that any attempt knows it.
 */
export const supersededBy = (key: SecretVersion, versions: readonly SecretVersion[]): SecretVersion | undefined =>
  versions.find(({ tags }) => {
    const operation = tags[keyTags.supersededBy];
    return operation !== undefined && operation === key.tags[keyTags.operation];
  });

/** The version that a request was given, the newest where a write was delivered twice, and one that is enabled before all. */
export const versionOfRequest = (versions: readonly SecretVersion[], requestId: string): SecretVersion | undefined => {
  const given = versions.filter(({ tags }) => tags[keyTags.request] === requestId).sort(oldestFirst);
  return given.findLast(({ enabled }) => enabled) ?? given.at(-1);
};

/** Tags of a version of the activation key. */
export const keyTags = {
  fingerprint: 'ase-key-fingerprint',
  /** Which operation made it (`originalExecutionRunId` of its workflow), for whoever compares vault and history. */
  operation: 'ase-attempt',
  /** The request that it was made for, where the caller named it. */
  request: 'ase-request',
  cikVersion: 'ase-cik-version',
  /** The operation whose key took the place of this one while it was still good. */
  supersededBy: 'ase-superseded-by',
} as const;

// Whether the channel integrity key that a device's record names is where it should be.

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
