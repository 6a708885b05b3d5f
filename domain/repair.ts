/** What of a device's drift can be repaired from here: what is ours, and nothing that makes vaults or keys. */
import { deviceNamedBy, type Device, type DeviceId } from './device.ts';
import type { Drift, DriftSubject } from './drift-line.ts';
import { refOf, type KeyVaultRef } from './key-vault-ref.ts';
import type { Claimant } from './ownership.ts';
import type { Posture } from './posture.ts';

export type RepairPart = 'marks' | 'lock' | 'audit trail' | 'access' | 'link';

export type RepairPlan =
  | { action: 'leave' }
  /** Of a device without an identity: nobody has access to be put right, and the vault is kept all the same. */
  | { action: 'lock'; device: DeviceId; keyVault: KeyVaultRef }
  | { action: 'repair'; device: Device; keyVault: KeyVaultRef; parts: RepairPart[] };

const partOf: Partial<Record<DriftSubject, RepairPart>> = {
  marks: 'marks',
  'required tags': 'marks',
  lock: 'lock',
  'audit trail': 'audit trail',
  'audit storage lock': 'audit trail',
  'audit storage tags': 'audit trail',
  'device access': 'access',
  'worker access': 'access',
  'key reader access': 'access',
  link: 'link',
};

const isOurs = ({ repair }: Drift): boolean => repair === 'device repair';

/** Where the vault does not live there is nothing to repair from here. */
export const planRepair = ({ deviceId, device, keyVault, drift }: Posture): RepairPlan => {
  const { principalId, tenantId, location } = device;
  // What is not provably the device's is not ours to repair.
  if (keyVault?.state !== 'live' || keyVault.owner !== 'this device') return { action: 'leave' };
  const parts = new Set(drift.filter(isOurs).flatMap(({ what }) => partOf[what] ?? []));
  const found = { device: deviceNamedBy({ deviceId }), keyVault: refOf(keyVault) };
  if (principalId === undefined || tenantId === undefined)
    return parts.has('lock') ? { action: 'lock', ...found } : { action: 'leave' };
  if (parts.size === 0) return { action: 'leave' };
  // What we protect carries our marks: without them the next look would miss them.
  if (keyVault.tags !== 'this device') parts.add('marks');
  return {
    action: 'repair',
    device: { ...found.device, location, principalId, tenantId },
    keyVault: found.keyVault,
    parts: [...parts],
  };
};

/** The vault that lives and is provably the device's, with whether a lock of its own was seen on it. */
export const lockedIn = ({
  deviceId,
  device: { principalId, tenantId },
  keyVault,
  locks = [],
}: Posture): { vault: { device: Claimant; keyVault: KeyVaultRef }; locked: boolean } | undefined => {
  if (keyVault?.state !== 'live' || keyVault.owner !== 'this device') return undefined;
  const locked = locks.some(({ whose }) => whose !== 'inherited');
  const identity = principalId === undefined || tenantId === undefined ? {} : { principalId, tenantId };
  return { vault: { device: { ...deviceNamedBy({ deviceId }), ...identity }, keyVault: refOf(keyVault) }, locked };
};

/** The lines that were ours to repair and are no more. */
export const repairedBetween = (before: Posture, after: Posture): Drift[] =>
  before.drift.filter((line) => isOurs(line) && !after.drift.some((left) => isSame(left, line)));

const isSame = (one: Drift, other: Drift): boolean => one.what === other.what && one.found === other.found;
