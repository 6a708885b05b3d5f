import type { DeviceInput } from '../domain/device-request.ts';
import type { Drift } from '../domain/drift-line.ts';
import { planRepair, repairedBetween } from '../domain/repair.ts';
import { protect, type SkippedStep } from './key-vault-protection.ts';
import { runProcedure } from './procedure.ts';

export type RepairDeviceResult = {
  /** ARM id of the device, in Azure's spelling. */
  deviceId: string;
  /** What had drifted and was put right. */
  repaired: Drift[];
  /** What has drifted still, and by what it is put right. */
  left: Drift[];
  skipped: SkippedStep[];
};

/** Puts right what has drifted and is ours, for activated devices too. It never makes a vault or a key. */
export async function repairDevice(input: DeviceInput): Promise<RepairDeviceResult> {
  return runProcedure(async (procedure) => {
    const { step, accept } = procedure;

    // 1. What has drifted?
    accept(input);
    const before = await step('readPosture', input);
    const { deviceId } = before;
    const plan = planRepair(before);
    if (plan.action === 'leave') return { deviceId, repaired: [], left: before.drift, skipped: [] };

    // 2. What is ours of it is done again.
    const { device, keyVault, parts } = plan;
    if (parts.includes('marks')) await step('markKeyVault', { device, keyVault });
    const trail = await protect(procedure, { device, keyVault, parts });
    if (parts.includes('link')) await step('relinkDevice', { device, keyVault });

    // 3. What is left?
    const after = await step('readPosture', input);
    const skipped = trail && 'skipped' in trail ? [trail.skipped] : [];
    return { deviceId, repaired: repairedBetween(before, after), left: after.drift, skipped };
  });
}
