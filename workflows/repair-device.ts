import type { DeviceInput } from '../domain/inputs.ts';
import type { Drift } from '../domain/drift-line.ts';
import { lockedIn, planRepair, repairedBetween, type RepairPlan } from '../domain/repair.ts';
import { protect, type AuditTrail, type SkippedStep } from './key-vault-protection.ts';
import { runProcedure, type Procedure } from './procedure.ts';

export type RepairDeviceResult = {
  /** ARM id of the device, in Azure's spelling. */
  deviceId: string;
  /** What had drifted and was put right. */
  repaired: Drift[];
  /** What has drifted still, and by what it is put right. */
  left: Drift[];
  skipped: SkippedStep[];
};

/** Repairs drift of our own resources, for activated devices too. Never creates a vault or a key. */
export async function repairDevice(input: DeviceInput): Promise<RepairDeviceResult> {
  return runProcedure(async (procedure) => {
    const { step, lock, accept } = procedure;

    // 1. What has drifted?
    accept(input);
    const before = await step('readPosture', input);
    const { deviceId } = before;
    const found = lockedIn(before);
    if (found) lock.knows(found.vault, found.locked);
    const plan = planRepair(before);
    if (plan.action === 'leave') return { deviceId, repaired: [], left: before.drift, skipped: [] };

    // 2. What is ours of it is done again.
    const { device, keyVault } = plan;
    const trail = plan.action === 'lock' ? await lock.put({ device, keyVault }) : await putRight(procedure, plan);

    // 3. What is left?
    await lock.settle();
    const after = await step('readPosture', input);
    const skipped = trail && 'skipped' in trail ? [trail.skipped] : [];
    return { deviceId, repaired: repairedBetween(before, after), left: after.drift, skipped };
  });
}

const putRight = async (
  procedure: Procedure,
  { device, keyVault, parts }: Extract<RepairPlan, { action: 'repair' }>,
): Promise<AuditTrail | undefined> => {
  const { step } = procedure;
  if (parts.includes('marks')) await step('markKeyVault', { device, keyVault });
  const trail = await protect(procedure, { device, keyVault, parts });
  if (parts.includes('link')) await step('relinkDevice', { device, keyVault });
  return trail;
};
