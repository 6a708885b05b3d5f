/** What was read about a device and its vault before anything is judged. Each look stands for itself. */
import { sameId, wasActivated, type DeviceId, type DeviceLink } from './device.ts';
import type { DiagnosticSetting } from './diagnostic-setting.ts';
import type { KeyVault } from './key-vault.ts';
import type { Lock } from './locks.ts';
import { keyVaultLockName } from './names.ts';
import {
  judgeOwnership,
  ownerOf,
  tagNamed,
  type Neighbour,
  type Owner,
  type Ownership,
  type Tags,
  type Looked,
  isUnseen,
  seen,
  type Sighting,
} from './ownership.ts';
import type { Profile } from './profile.ts';
import type { SecretVersion } from './secrets.ts';
import type { VaultWhereabouts } from './recovery.ts';

export type DeviceFacts = DeviceId & {
  location: string;
  /** As Azure says it; ReadyToSetup until it is activated. */
  status: string;
  /** Of the system-assigned identity; absent while that is disabled. */
  principalId?: string;
  tenantId?: string;
};

export type LinkFacts = DeviceLink & {
  /** `keyVaultSyncStatus` of the record, such as KeyVaultSynced. */
  syncStatus?: string;
};

export type VaultFacts = KeyVault & {
  sku: string;
  softDelete: boolean;
  retentionDays: number;
  purgeProtection: boolean;
  network: 'open' | 'restricted' | 'closed';
};

export type AccountFacts = { tags: Tags; sku: string };

/** A storage account that a diagnostic setting sends to, and the locks on it. */
export type AccountFinding = { id: string; account: Sighting<AccountFacts>; locks: Sighting<readonly Lock[]> };

/** A secret by its newest version. Times are milliseconds since 1970 by the service's clock. */
export type SecretFacts = { name: string; enabled: boolean; createdOn: number; expiresOn?: number };

export type PostureFindings = {
  /** The time by Azure's own clock, in milliseconds. */
  now: number;
  device: DeviceFacts;
  /** Object ids that the procedures grant access to, besides the device's. */
  worker: string;
  keyReaders: readonly string[];
  profile: Pick<Profile, 'requiredTags' | 'purgeProtection'>;
  link: Sighting<LinkFacts>;
  /** The vault of the device; `absent` when neither its record nor anything else leads to one. */
  keyVault: Sighting<{ name: string; whereabouts: VaultWhereabouts<VaultFacts> }>;
  locks: {
    keyVault: Sighting<readonly Lock[]>;
    group: Sighting<readonly Lock[]>;
    subscription: Sighting<readonly Lock[]>;
  };
  diagnosticSettings: Sighting<readonly DiagnosticSetting[]>;
  accounts: readonly AccountFinding[];
  secrets: Sighting<readonly SecretFacts[]>;
  /** Versions of the activation key. */
  activationKeys: Sighting<readonly SecretVersion[]>;
  /** Versions of the channel integrity key that the record names; `deleted` when it can be recovered. */
  channelIntegrityKeys: Sighting<readonly SecretVersion[] | 'deleted'>;
  /** The other devices of the group, where the tags of the vault do not say whose it is. */
  neighbours: Sighting<readonly Neighbour[]>;
};

export const isActivated = ({ device }: Pick<PostureFindings, 'device'>): boolean => wasActivated(device.status);

/** The vault, where it lives and may be read. */
export const liveVault = ({ keyVault }: Pick<PostureFindings, 'keyVault'>): VaultFacts | undefined => {
  const whereabouts = seen(keyVault)?.whereabouts;
  return whereabouts?.state === 'live' ? whereabouts.vault : undefined;
};

/**
 * `not yet`: no key was requested so far. `before`: activated without a vault, as before the integration, which does
 * not affect it. `unknown`: neither the record of the device nor a tag decides.
 */
export type Integration = 'integrated' | 'not yet' | 'before' | 'unknown';

export const integrationOf = (findings: PostureFindings): Integration => {
  if (seen(findings.keyVault)) return 'integrated';
  if (isUnseen(findings.keyVault)) return 'unknown';
  return isActivated(findings) ? 'before' : 'not yet';
};

/** Returns the owner of the vault, by all findings. */
export const ownershipIn = (findings: PostureFindings, vault: VaultFacts): Ownership => {
  const { device, worker } = findings;
  const link = seen(findings.link) ?? {};
  const versions = seen(findings.channelIntegrityKeys);
  const held = Array.isArray(versions) && versions.some(({ version }: SecretVersion) => version === link.keyVersion);
  const names = (seen(findings.secrets) ?? []).map(({ name }) => ({ name, tags: {} }));
  return judgeOwnership(device, {
    vault,
    worker,
    link,
    lock: lockIn(findings),
    holdsLinkedKey: held,
    neighbours: seen(findings.neighbours) ?? [],
    keys: names,
  });
};

const lockIn = ({ locks }: PostureFindings): Looked<{ notes: string }> => {
  if (isUnseen(locks.keyVault)) return 'unknown';
  const lock = (seen(locks.keyVault) ?? []).find(({ name }) => sameId(name, keyVaultLockName));
  return lock ? { found: { notes: lock.notes ?? '' } } : 'absent';
};

/** Returns the owner of a resource by its tags; a device without an identity owns resources with its hash. */
export const ownerFor = (tags: Tags, device: DeviceFacts): Owner => {
  const { principalId = tagNamed(tags, 'ase-device-principal') ?? '', tenantId = '' } = device;
  return ownerOf(tags, { ...device, principalId, tenantId });
};
