/** What of a device's drift can be repaired from here: what is ours, and nothing that makes vaults or keys. */
import { parseDeviceId, type Device } from './device.ts';
import type { Drift, DriftSubject } from './drift-line.ts';
import { refOf, type KeyVaultRef } from './key-vault-ref.ts';
import type { Posture } from './posture.ts';

export type RepairPart = 'marks' | 'lock' | 'audit trail' | 'access' | 'link';

export type RepairPlan =
  { action: 'leave' } | { action: 'repair'; device: Device; keyVault: KeyVaultRef; parts: RepairPart[] };

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

/** Where the vault does not live, or the device has no identity to give access to, there is nothing to repair from here. */
export const planRepair = ({ deviceId, device, keyVault, drift }: Posture): RepairPlan => {
  const { principalId, tenantId, location } = device;
  // What is not provably the device's is not ours to repair.
  if (
    keyVault?.state !== 'live' ||
    keyVault.owner !== 'this device' ||
    principalId === undefined ||
    tenantId === undefined
  )
    return { action: 'leave' };
  const parts = new Set(drift.filter(isOurs).flatMap(({ what }) => partOf[what] ?? []));
  if (parts.size === 0) return { action: 'leave' };
  // What we protect carries our marks: without them the next look would miss them.
  if (keyVault.tags !== 'this device') parts.add('marks');
  return {
    action: 'repair',
    device: { ...parseDeviceId(deviceId), location, principalId, tenantId },
    keyVault: refOf(keyVault),
    parts: [...parts],
  };
};

/** The lines that were ours to repair and are no more. */
export const repairedBetween = (before: Posture, after: Posture): Drift[] =>
  before.drift.filter((line) => isOurs(line) && !after.drift.some((left) => isSame(left, line)));

const isSame = (one: Drift, other: Drift): boolean => one.what === other.what && one.found === other.found;
