/** What protects a device's vault, and how the protection comes off when the vault is to go. */
import { CancellationScope } from '@temporalio/workflow';
import type { SubmittedAccount } from '../activities/audit-storage.ts';
import { wentMeanwhile, type VaultAtStake, type VaultDeletion } from '../domain/deletion.ts';
import type { Device, DeviceId } from '../domain/device.ts';
import type { GhostSetting } from '../domain/diagnostic-setting.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import type { Modification } from '../domain/modifications.ts';
import type { RepairPart } from '../domain/repair.ts';
import { askAboutVault, type VaultQuestion } from './ask-about-vault.ts';
import type { ConsentDesk } from './consent.ts';
import { nonRetryable } from './failure.ts';
import type { ConsentRecord, Decision } from './messages.ts';
import { bestEffort } from './policies.ts';
import { StepSkipped, type FailedStep, type Step, type Steps } from './step.ts';
import type { StepInput } from './steps.ts';

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

/**
 * The vault's audit events are kept in a storage account of their own. What fails here blocks, while the vault is locked
 * already. One decision to skip leaves out the whole trail, and the result says who took it.
 */
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
 * Deletes the vault if what lies in it now was agreed to; what is new in it is asked about again, and silence keeps it.
 * Whatever fails once its lock may be off puts the lock back, before anybody is asked what to do, and also when the procedure
 * is cancelled. After a retry all begins anew, from the inventory on.
 */
export const deleteProtectedKeyVault = async (
  procedure: Steps,
  desk: ConsentDesk,
  question: VaultQuestion,
): Promise<VaultDeletion | 'kept'> => {
  for (;;) {
    await askUntilDeletable(procedure, desk, question);
    if (desk.keeps()) return 'kept';
    const { releaseLocks = [] } = desk.lastWord();
    // From here on `keep-vault` is refused as too late, so that nobody believes it was heard.
    desk.vaultGoes();
    const end = await deletedOrProtected(procedure, { ...question, releaseLocks });
    if ('result' in end) return end.result;
    // The vault is locked again, and a word to keep it counts again: it ends the block, as a retry does. An abort ends the
    // procedure with what failed.
    desk.vaultStays();
    await procedure.blockOn(desk.keeps, end.failed);
  }
};

/** The inventory is taken last: the check may have waited for days, in which much can come into the vault. */
const askUntilDeletable = async (procedure: Steps, desk: ConsentDesk, question: VaultQuestion): Promise<void> => {
  let checked: ConsentRecord | undefined;
  for (;;) {
    await askAboutVault(procedure, desk, question);
    if (desk.keeps() || checked === desk.lastWord()) return;
    await checkVaultDeletable(procedure, desk, question);
    checked = desk.lastWord();
  }
};

/**
 * Blocks on what would refuse the deletion, a missing right or somebody's lock, while the vault is still locked: until the
 * cause has gone, or until another word is said, which may keep the vault or release a lock.
 */
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

/**
 * The protection is put back after a failure and after a cancellation. The death of a worker is neither: the next one goes on
 * with the step that was under way.
 */
const deletedOrProtected = async (procedure: Steps, input: UnprotectInput): Promise<UnprotectEnd> => {
  const protect = (failed?: FailedStep) =>
    CancellationScope.nonCancellable(() => protectAgain(procedure, input, failed));
  let end: UnprotectEnd;
  try {
    end = await unlockAndDelete(procedure, input);
  } catch (error) {
    await protect();
    throw error;
  }
  if ('result' in end || (await protect(end.failed)) === 'locked') return end;
  // Only its trace among the deleted vaults is missing. Nobody is asked whether to keep what is gone.
  if (end.failed.step === 'softDeleteKeyVault') return { result: {} };
  throw nonRetryable('KeyVaultNotFound', wentMeanwhile(input.vault.keyVault.name));
};

/**
 * Waits for nobody, since the lock is off: the first failure ends it. Each step may be carried out twice: what is off, removed
 * or deleted already is left so.
 */
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
 * The lock is put back; the audit log is switched on again as well, if that can be done at once: nobody is held up for it, a
 * repair of the device does it later.
 * @param failed nothing when the procedure was cancelled
 */
const protectAgain = async (
  { step, tryStep }: Steps,
  { device, vault }: UnprotectInput,
  failed: FailedStep | undefined,
): Promise<'locked' | 'gone'> => {
  const { keyVault, auditStorage } = vault;
  const because = failed
    ? `${failed.step} failed with ${failed.failure.type}: ${failed.failure.message}`
    : 'the procedure was cancelled while the lock was off';
  const found = await lockAgain(step, { device, keyVault }, because);
  if (found === 'locked' && auditStorage)
    await tryStep('ensureDiagnosticSetting', { device, keyVault, auditStorage }, bestEffort);
  return found;
};

/**
 * Blocks until the lock is on. Nobody can skip or abort that, and cancelling the procedure does not end it; when nobody has
 * helped by the deadline, it ends as `KeyVaultLeftUnlocked` and says why the lock was off.
 */
export const lockAgain = (
  step: Step,
  input: StepInput<'relockKeyVault'>,
  because: string,
): Promise<'locked' | 'gone'> => {
  // A request may still take the lock off when it is back, or bring the vault back without one: one that was given up, as by
  // a cancellation, or one that was answered and is delivered once more. The step looks again when none can.
  const unsettled = true;
  return step('relockKeyVault', input, { orElse: { failure: 'KeyVaultLeftUnlocked', because }, unsettled });
};
