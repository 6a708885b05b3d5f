/** What protects a device's vault, and how the protection comes off when the vault is to go. */
import { CancellationScope } from '@temporalio/workflow';
import type { SubmittedAccount } from '../activities/audit-storage.ts';
import type { VaultAtStake, VaultDeletion } from '../domain/deletion.ts';
import type { Device, DeviceId } from '../domain/device.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import { askAboutVault, type ConsentDesk, type VaultQuestion } from './consent.ts';
import type { Decision } from './messages.ts';
import { StepSkipped, type FailedStep, type Step, type Steps } from './step.ts';

type AuditTrailInput = {
  device: Device;
  keyVault: KeyVaultRef;
  /** The creation that was asked for early, if Azure took it. */
  submitted: SubmittedAccount | undefined;
};

/** A step that was left out, why, and who decided so. */
export type SkippedStep = Pick<Decision, 'step' | 'by' | 'reason'> & { failure: string };

export type AuditTrail = { audit: 'complete' } | { audit: 'skipped'; skipped: SkippedStep };

/** The vault's audit events are kept in a storage account of their own. One decision to skip leaves out the whole trail. */
export const completeAuditTrail = async (
  step: Step,
  { device, keyVault, submitted }: AuditTrailInput,
): Promise<AuditTrail> => {
  const skippable = { skippable: true };
  try {
    const account = { device, keyVaultName: keyVault.name, ...(submitted ? { submitted } : {}) };
    const auditStorage = await step('awaitAuditStorage', account, skippable);
    await step('ensureDiagnosticSetting', { device, keyVault, auditStorage }, skippable);
    return { audit: 'complete' };
  } catch (error) {
    if (!(error instanceof StepSkipped)) throw error;
    const { step: left, by, reason } = error.decision;
    const skipped = { step: left, by, failure: error.failure, ...(reason ? { reason } : {}) };
    return { audit: 'skipped', skipped };
  }
};

export type ProtectionPart = 'lock' | 'audit trail' | 'access';

type ProtectInput = {
  device: Device;
  keyVault: KeyVaultRef;
  /** Default: all. Parts that are none of a protection are passed over. */
  parts?: readonly string[];
};

const allParts: readonly ProtectionPart[] = ['lock', 'audit trail', 'access'];

/** Lock, audit trail and access of a vault that is there, put up where they are missing; also of an activated device. */
export const protect = async (
  { step, tryStep }: Pick<Steps, 'step' | 'tryStep'>,
  { device, keyVault, parts = allParts }: ProtectInput,
): Promise<AuditTrail | undefined> => {
  const wants = (part: ProtectionPart): boolean => parts.includes(part);
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
  const { step, blockOn } = procedure;
  const { device, vault } = question;
  const { keyVault } = vault;
  for (;;) {
    await askAboutVault(procedure, desk, question);
    const { releaseLocks = [] } = desk.answer ?? {};
    if (!desk.keeps()) await step('checkKeyVaultDeletable', { device, keyVault, releaseLocks });
    if (desk.keeps()) return 'kept';
    desk.vaultGoes();
    const end = await deletedOrProtected(procedure, { device, vault, releaseLocks });
    if ('result' in end) return end.result;
    desk.vaultStays();
    await blockOn(end.failed);
  }
};

type UnprotectInput = { device: DeviceId; vault: VaultAtStake; releaseLocks: readonly string[] };

type UnprotectEnd = { result: VaultDeletion } | { failed: FailedStep };

const deletedOrProtected = async (procedure: Steps, input: UnprotectInput): Promise<UnprotectEnd> => {
  let end: UnprotectEnd | undefined;
  try {
    return (end = await unlockAndDelete(procedure, input));
  } finally {
    if (!end || 'failed' in end) await CancellationScope.nonCancellable(() => protectAgain(procedure, input));
  }
};

const unlockAndDelete = async (
  { attempt }: Steps,
  { device, vault: { keyVault }, releaseLocks }: UnprotectInput,
): Promise<UnprotectEnd> => {
  const unlocked = await attempt('unlockKeyVault', { device, keyVault, releaseLocks });
  if ('failed' in unlocked) return unlocked;
  const unwatched = await attempt('removeDiagnosticSetting', { device, keyVault });
  if ('failed' in unwatched) return unwatched;
  return attempt('softDeleteKeyVault', { device, keyVault });
};

/** Nobody may give this up; the audit log is switched on again as well, if that can be done at once. */
const protectAgain = async ({ step, tryStep }: Steps, { device, vault }: UnprotectInput): Promise<void> => {
  const { keyVault, auditStorage } = vault;
  const found = await step('relockKeyVault', { device, keyVault }, { orElse: 'KeyVaultLeftUnlocked' });
  if (found === 'locked' && auditStorage) await tryStep('ensureDiagnosticSetting', { device, keyVault, auditStorage });
};
