/** What protects a device's vault, and how the protection comes off when the vault is to go. */
import { CancellationScope } from '@temporalio/workflow';
import type { SubmittedAccount } from '../activities/audit-storage.ts';
import type { VaultAtStake, VaultDeletion } from '../domain/deletion.ts';
import type { Device, DeviceId } from '../domain/device.ts';
import type { GhostSetting } from '../domain/diagnostic-setting.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import type { Modification } from '../domain/modifications.ts';
import type { RepairPart } from '../domain/repair.ts';
import { askAboutVault, type ConsentDesk, type VaultQuestion } from './consent.ts';
import type { ConsentRecord, Decision } from './messages.ts';
import { StepSkipped, type FailedStep, type Step, type Steps } from './step.ts';

type AuditTrailInput = {
  device: Device;
  keyVault: KeyVaultRef;
  /** The creation that was asked for early, if Azure took it. */
  submitted: SubmittedAccount | undefined;
};

/** A step that was left out, why, and who decided so. */
export type SkippedStep = Pick<Decision, 'step' | 'by' | 'reason'> & { failure: string };

/** What is worth knowing of a trail that is complete. */
type TrailRemarks = { modified: Modification[]; ghosts: GhostSetting[] };

export type AuditTrail = ({ audit: 'complete' } & TrailRemarks) | { audit: 'skipped'; skipped: SkippedStep };

/** The vault's audit events are kept in a storage account of their own. One decision to skip leaves out the whole trail. */
export const completeAuditTrail = async (
  step: Step,
  { device, keyVault, submitted }: AuditTrailInput,
): Promise<AuditTrail> => {
  const skippable = { skippable: true };
  try {
    const account = { device, keyVaultName: keyVault.name, ...(submitted ? { submitted } : {}) };
    const { modified = [], ...auditStorage } = await step('awaitAuditStorage', account, skippable);
    const { ghosts = [] } = await step('ensureDiagnosticSetting', { device, keyVault, auditStorage }, skippable);
    return { audit: 'complete', modified, ghosts };
  } catch (error) {
    if (!(error instanceof StepSkipped)) throw error;
    const { step: left, by, reason } = error.decision;
    const skipped = { step: left, by, failure: error.failure, ...(reason ? { reason } : {}) };
    return { audit: 'skipped', skipped };
  }
};

type ProtectInput = { device: Device; keyVault: KeyVaultRef; parts: readonly RepairPart[] };

/** Lock, audit trail and access of a vault that is there, as far as they are asked for; also of an activated device. */
export const protect = async (
  { step, tryStep }: Pick<Steps, 'step' | 'tryStep'>,
  { device, keyVault, parts }: ProtectInput,
): Promise<AuditTrail | undefined> => {
  const wants = (part: RepairPart): boolean => parts.includes(part);
  const plan = { device, keyVaultName: keyVault.name };
  // The long pole first, as in every procedure.
  const submitted = wants('audit trail') ? await tryStep('beginAuditStorage', plan) : undefined;
  if (wants('lock')) await step('lockKeyVault', { device, keyVault });
  const trail = wants('audit trail') ? await completeAuditTrail(step, { device, keyVault, submitted }) : undefined;
  if (wants('access')) await step('grantAccess', { device, keyVault, evenIfActivated: true });
  return trail;
};

/**
 * Deletes the vault if what lies in it now was agreed to. Whatever fails once its lock may be off puts the lock back, before
 * anybody is asked what to do, and also when the procedure is cancelled. Until then `keep-vault` is still heard.
 */
export const deleteProtectedKeyVault = async (
  procedure: Steps,
  desk: ConsentDesk,
  question: VaultQuestion,
): Promise<VaultDeletion | 'kept'> => {
  for (;;) {
    await askAboutVault(procedure, desk, question);
    await checkVaultDeletable(procedure, desk, question);
    if (desk.keeps()) return 'kept';
    const { releaseLocks = [] } = desk.lastWord();
    desk.vaultGoes();
    const end = await deletedOrProtected(procedure, { ...question, releaseLocks });
    if ('result' in end) return end.result;
    desk.vaultStays();
    await procedure.blockOn(desk.keeps, end.failed);
  }
};

/** Blocks on what would refuse the deletion, until another word is said: it may keep the vault, or release a lock. */
export const checkVaultDeletable = async (
  { stepUnless }: Steps,
  desk: ConsentDesk,
  { device, vault: { keyVault } }: VaultQuestion,
): Promise<void> => {
  let word: ConsentRecord | undefined;
  while (!desk.keeps() && word !== desk.lastWord()) {
    word = desk.lastWord();
    const { releaseLocks = [] } = word;
    await stepUnless(() => word !== desk.lastWord(), 'checkKeyVaultDeletable', { device, keyVault, releaseLocks });
  }
};

type UnprotectInput = { device: DeviceId; vault: VaultAtStake; releaseLocks: readonly string[] };

type UnprotectEnd = { result: VaultDeletion } | { failed: FailedStep };

const deletedOrProtected = async (procedure: Steps, input: UnprotectInput): Promise<UnprotectEnd> => {
  let end: UnprotectEnd | undefined;
  try {
    return (end = await unlockAndDelete(procedure, input));
  } finally {
    const failed = end && 'failed' in end ? end.failed : undefined;
    if (!end || failed) await CancellationScope.nonCancellable(() => protectAgain(procedure, input, failed));
  }
};

const unlockAndDelete = async (
  { attempt }: Steps,
  { device, vault: { keyVault }, releaseLocks }: UnprotectInput,
): Promise<UnprotectEnd> => {
  const unlocked = await attempt('unlockKeyVault', { device, keyVault, releaseLocks });
  if ('failed' in unlocked) return unlocked;
  const unwatched = await attempt('removeDiagnosticSetting', { device, keyVault, releaseLocks });
  if ('failed' in unwatched) return unwatched;
  return attempt('softDeleteKeyVault', { device, keyVault, releaseLocks });
};

/**
 * Nobody may give this up; the audit log is switched on again as well, if that can be done at once.
 * @param failed nothing when the procedure was cancelled: then the last request may still be on its way
 */
const protectAgain = async (
  { step, tryStep }: Steps,
  { device, vault }: UnprotectInput,
  failed: FailedStep | undefined,
): Promise<void> => {
  const { keyVault, auditStorage } = vault;
  const because = failed
    ? `${failed.step} failed with ${failed.failure.type}: ${failed.failure.message}`
    : 'the procedure was cancelled while the lock was off';
  const found = await step(
    'relockKeyVault',
    { device, keyVault },
    { orElse: { failure: 'KeyVaultLeftUnlocked', because }, unsettled: !failed?.failure.settled },
  );
  if (found === 'locked' && auditStorage) await tryStep('ensureDiagnosticSetting', { device, keyVault, auditStorage });
};
