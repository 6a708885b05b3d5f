/** What protects a device's vault. */
import type { SubmittedAccount } from '../activities/audit-storage.ts';
import type { Device } from '../domain/device.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import type { Decision } from './messages.ts';
import { StepSkipped, type Step } from './step.ts';

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
