import { channelIntegrityKeyName } from './names.ts';
import type { PostureFindings } from './posture-findings.ts';
import { secretKindOf, type SecretKind } from './inventory.ts';
import { keyTags, type SecretVersion } from './secrets.ts';
import { seen } from './ownership.ts';

/** A secret by its newest version; its value is never looked at. */
export type PostureSecret = {
  name: string;
  kind: SecretKind;
  enabled: boolean;
  /** ISO times, UTC. */
  createdOn: string;
  expiresOn?: string;
  /** Whole days since it was made, by the vault's clock. */
  ageDays: number;
};

/** The newest activation key that is enabled. */
export type PostureKey = {
  version: string;
  fingerprint: string;
  /** ISO time, UTC. */
  expiresOn?: string;
  state: 'live' | 'expired';
  /** Versions that are enabled although they have expired. */
  expiredButEnabled: number;
};

/** The channel integrity key that the device's record names. */
export type CikState = 'enabled' | 'disabled' | 'deleted' | 'missing' | 'unknown';

const day = 86_400_000;

export const describeSecrets = ({ secrets, link, now, device }: PostureFindings): PostureSecret[] | undefined =>
  seen(secrets)?.map(({ name, enabled, createdOn, expiresOn }) => ({
    name,
    kind: secretKindOf(name, { linked: seen(link)?.keyName, derived: derivedNameOf(device) }),
    enabled,
    createdOn: isoOf(createdOn),
    ...(expiresOn === undefined ? {} : { expiresOn: isoOf(expiresOn) }),
    ageDays: Math.max(0, Math.floor((now - createdOn) / day)),
  }));

export const describeActivationKey = ({ activationKeys, now }: PostureFindings): PostureKey | undefined => {
  const enabled = seen(activationKeys)?.filter((version) => version.enabled) ?? [];
  const [newest] = enabled.toSorted((a, b) => b.createdOn - a.createdOn);
  if (!newest) return undefined;
  const { version, tags, expiresOn } = newest;
  const hasExpired = ({ expiresOn = Infinity }: SecretVersion): boolean => expiresOn <= now;
  return {
    version,
    fingerprint: tags[keyTags.fingerprint] ?? '',
    ...(expiresOn === undefined ? {} : { expiresOn: isoOf(expiresOn) }),
    state: hasExpired(newest) ? 'expired' : 'live',
    expiredButEnabled: enabled.filter(hasExpired).length,
  };
};

export const cikStateOf = ({ channelIntegrityKeys, link }: PostureFindings): CikState => {
  const found = seen(channelIntegrityKeys);
  if (found === 'deleted') return 'deleted';
  if (found === undefined) return channelIntegrityKeys === 'absent' ? 'missing' : 'unknown';
  const version = found.find((candidate) => candidate.version === seen(link)?.keyVersion);
  if (!version) return 'missing';
  return version.enabled ? 'enabled' : 'disabled';
};

const derivedNameOf = ({ principalId, ...device }: PostureFindings['device']): string | undefined =>
  principalId === undefined ? undefined : channelIntegrityKeyName(device, principalId);

const isoOf = (ms: number): string => new Date(ms).toISOString();
