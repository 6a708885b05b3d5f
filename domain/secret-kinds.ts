import { sameId } from './device.ts';
import { activationKeySecretName } from './names.ts';

export type SecretKind =
  'channel integrity key' | 'activation key' | 'BitLocker key' | 'BMC password' | 'drive encryption key' | 'foreign';

/** What devices put into their vaults, folded; all names that `deviceSecrets` of the Data Box Edge API documents. */
const deviceSecrets: Record<string, SecretKind> = {
  bmcdefaultuserpassword: 'BMC password',
  hcsdatavolumebitlockerexternalkey: 'BitLocker key',
  hcsinternalvolumebitlockerexternalkey: 'BitLocker key',
  systemvolumebitlockerrecoverykey: 'BitLocker key',
  rotatekeyfordatavolumebitlocker: 'BitLocker key',
  rotatekeysforseddrivesserialized: 'drive encryption key',
  sedencryptionexternalkey: 'drive encryption key',
  sedencryptionexternalkeyid: 'drive encryption key',
};

/** The possible names of the device's channel integrity key. */
export type KeyNames = {
  /** The name that the device's record holds; anybody may have written it. */
  linked?: string | undefined;
  /** The name that every activation of the device gives it. */
  derived?: string | undefined;
};

/** Names of secrets are equal whatever their letter case. One that looks like a key of some other device is foreign. */
export const secretKindOf = (name: string, { linked, derived }: KeyNames): SecretKind => {
  if (sameId(name, activationKeySecretName)) return 'activation key';
  if (sameId(name, derived) || sameId(name, linked)) return 'channel integrity key';
  return deviceSecrets[name.toLowerCase()] ?? 'foreign';
};

/** A secret, and the versions of channel integrity keys that its versions say they were made with. */
export type Made = { name: string; madeWith?: readonly (string | undefined)[] };

/**
 * Whether it is provably the device's own: a name in its record alone does not prove it. All devices store their activation
 * key under one name, so that it is known by the key that it was made with.
 * @param derivedVersions those of the channel integrity key under its derived name
 */
export const isProvablyOwn = (
  { name, madeWith = [] }: Made,
  { derived }: KeyNames,
  derivedVersions: readonly string[],
): boolean => {
  const kind = secretKindOf(name, { derived });
  if (kind === 'activation key') return madeWith.every((key) => key !== undefined && derivedVersions.includes(key));
  return kind !== 'foreign';
};
