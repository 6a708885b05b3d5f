/** What is compared. Each arm signs in to Azure as a principal of its own name, so the request log tells whose each call was. */
import { deviceIdOf, type DeviceId } from '../domain/device.ts';

export type AuditOrder = 'first' | 'after';

export type Arm = {
  says: string;
  audit: AuditOrder;
  /** Absent for the scripts, which run in the process of the bench. */
  workflow?: {
    type: string;
    /** Program of its worker, from the root of the checkout. */
    worker: string;
    input: (device: DeviceId) => unknown;
  };
};

export type ArmName = 'floor' | 'floor-after' | 'ours' | 'ours-after' | 'naive';

/** The order of starts in the first round; it rotates by one from round to round. */
export const arms: Record<ArmName, Arm> = {
  floor: { says: 'bare script', audit: 'first' },
  ours: { says: 'ours', audit: 'first', workflow: product('first') },
  naive: {
    says: 'naive workflow',
    audit: 'first',
    workflow: { type: 'activateNaively', worker: 'bench/naive/worker.ts', input: ({ id }) => id },
  },
  'floor-after': { says: 'bare script', audit: 'after' },
  'ours-after': { says: 'ours', audit: 'after', workflow: product('after') },
};

function product(audit: AuditOrder): NonNullable<Arm['workflow']> {
  return { type: 'generateActivationKey', worker: 'worker.ts', input: ({ id }) => ({ deviceId: id, audit }) };
}

export const armNames = Object.keys(arms) as ArmName[];

/** The bare script with the same order of the audit trail. */
export const floorOf = (arm: ArmName): ArmName => (arms[arm].audit === 'first' ? 'floor' : 'floor-after');

export const resourceGroup = 'bench-rg';

/** Every arm has a fresh device in every round, counted from 1: a device is activated once. */
export const deviceName = (arm: ArmName, round: number): string => `${arm}-${round}`;

export const deviceOf = (subscriptionId: string, arm: ArmName, round: number): DeviceId =>
  deviceIdOf(subscriptionId, resourceGroup, deviceName(arm, round));

/** Providers that are registered before the first round, once for a subscription, so that all arms begin alike. */
export const requiredProviders = [
  'Microsoft.KeyVault',
  'Microsoft.DataBoxEdge',
  'Microsoft.Storage',
  'Microsoft.Insights',
];
