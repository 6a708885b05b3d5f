import type { SecretSync } from '../activities/device.ts';
import type { Drift } from '../domain/drift-line.ts';
import type { KeyCheck } from '../domain/secrets.ts';
import { refOf, type KeyVaultRef } from '../domain/key-vault-ref.ts';
import type { RecoveryPlan } from '../domain/recovery.ts';
import type { RecoverKeyVaultInput } from '../domain/inputs.ts';
import { repairedBetween } from '../domain/repair.ts';
import { completeAuditTrail, type AuditTrail, type SkippedStep } from './key-vault-protection.ts';
import { runProcedure } from './procedure.ts';
import type { Step } from './step.ts';

/** References only: the contents of the vault stay there. */
export type RecoverKeyVaultResult = {
  /** ARM id of the device, in Azure's spelling where it exists. */
  deviceId: string;
  keyVault: KeyVaultRef;
  /** Whether it lay deleted when the procedure began. */
  recovered: boolean;
  /** Whether it is a new one, in the place of one that is past recovery. */
  made: boolean;
  /** ISO time, UTC. */
  deletedOn?: string;
  channelIntegrityKey: KeyCheck;
  /** Whether the device was asked to write its secrets into the vault again. */
  sync: SecretSync;
  /** Access of the device's identity, which a device that is gone has no more. */
  deviceAccess: 'granted' | 'not applicable';
  audit: AuditTrail['audit'];
  skipped: SkippedStep[];
  /** What was not as it must be when the vault was back, and was put right; nothing is known of it without a device. */
  repaired: Drift[];
  /** What is still not as it must be, and by what it is put right. */
  left: Drift[];
};

const howItComes = { make: 'create', keep: 'adopt', recover: 'recover' } as const;

/** The article's way back: a deleted vault, its protection, its device's access to it; past that, another vault. */
export async function recoverKeyVault(input: RecoverKeyVaultInput): Promise<RecoverKeyVaultResult> {
  return runProcedure(async ({ step, tryStep, tryBeside, lock, accept }) => {
    // 1. Which vault is missed, and where is it?
    accept(input);
    const plan = await step('planRecovery', input);
    const { device, deviceState, keyVaultName, action, deletedOn } = plan;
    const isThere = deviceState !== 'gone';
    const deviceId = device.id;
    lock.mayComeBack({ device, keyVaultName }, howItComes[action], deletedOn);
    const submission = tryBeside('beginAuditStorage', plan);

    // 2. It comes back with all that it held, or a new one takes its place. No lock outlives a deletion.
    const keyVault = await (action === 'make' ? makeInItsPlace(step, plan) : step('recoverDeletedKeyVault', plan));
    const before = isThere ? await tryStep('readPosture', { deviceId }) : undefined;
    await lock.put({ device, keyVault });

    // 3. It is protected again, and the device's identity has its access.
    await step('ensureKeyVaultInService', { device, keyVault, deviceState });
    const trail = await completeAuditTrail({ step, lock }, { device, keyVault, submission });
    if (isThere) await step('grantAccess', { device, keyVault, evenIfActivated: true });

    // 4. The channel integrity key that the device works with is looked for, and never replaced.
    const channelIntegrityKey = await settleKey(step, plan, keyVault);

    // 5. The device writes its secrets into the vault again.
    const sync = isThere ? await step('requestSync', { device, keyVault }) : 'not applicable';
    await lock.settle();
    const after = isThere ? await step('readPosture', { deviceId }) : undefined;
    return {
      deviceId,
      keyVault,
      recovered: action === 'recover',
      made: action === 'make',
      ...(deletedOn ? { deletedOn } : {}),
      channelIntegrityKey,
      sync,
      deviceAccess: isThere ? 'granted' : 'not applicable',
      audit: trail.audit,
      skipped: 'skipped' in trail ? [trail.skipped] : [],
      repaired: before && after ? repairedBetween(before, after) : [],
      left: after?.drift ?? [],
    };
  });
}

const makeInItsPlace = async (step: Step, { device, keyVaultName, replaces }: RecoveryPlan): Promise<KeyVaultRef> => {
  const place = { device, keyVaultName, softDeletedVault: 'ask' as const, ...(replaces ? { replaces } : {}) };
  return refOf(await step('ensureKeyVault', place));
};

/** In a new vault, only a device that was never activated gets a new key. What another has encrypted opens with no other. */
const settleKey = async (step: Step, plan: RecoveryPlan, keyVault: KeyVaultRef): Promise<KeyCheck> => {
  const { device, deviceState, action, replaces } = plan;
  if (deviceState === 'gone') return { state: 'not applicable' };
  if (action === 'make' && deviceState === 'to activate') {
    const key = await step('ensureChannelIntegrityKey', { device, keyVault });
    await step('linkDevice', { device, keyVault, channelIntegrityKey: key });
    return { state: 'placed', key };
  }
  const place = { device, keyVault, deviceState, ...(replaces ? { replaces } : {}) };
  const check = await step('checkChannelIntegrityKey', place);
  const { state, key } = check;
  if (replaces && state === 'as linked' && key) {
    await step('moveDeviceLink', { device, keyVault, channelIntegrityKey: key });
  }
  return check;
};
