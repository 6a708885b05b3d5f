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

/** Names of secrets are equal whatever their letter case. `linked` is the name that the device's record holds. */
export const secretKindOf = (name: string, linked?: string): SecretKind => {
  const folded = name.toLowerCase();
  if (folded === activationKeySecretName) return 'activation key';
  // The portal names its own the same way (recorded); the record may name one made otherwise.
  if (folded.startsWith('ase-cik-') || folded === linked?.toLowerCase()) return 'channel integrity key';
  return deviceSecrets[folded] ?? 'foreign';
};
