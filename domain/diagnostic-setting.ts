import { sameId } from './device.ts';
import { diagnosticSettingName } from './names.ts';

/** A diagnostic setting of a vault, as far as the audit trail is concerned: by category or by a group that has it. */
export type DiagnosticSetting = { name: string; storageAccountId?: string; auditEvents: boolean };

/** Whether a setting's logs hold the audit events, by their category or by a group that has it. */
export const sendsAuditEvents = (
  logs: readonly { category?: string; categoryGroup?: string; enabled: boolean }[],
): boolean =>
  logs.some(
    ({ category, categoryGroup, enabled }) =>
      enabled && (category === 'AuditEvent' || categoryGroup === 'audit' || categoryGroup === 'allLogs'),
  );

export type DiagnosticSettingPlan = { action: 'leave' } | { action: 'write'; name: string };

/**
 * Azure allows one setting for a category and an account, so a setting that already does our work is left alone, whatever
 * its name. Ours is written otherwise; one under our name with another account is a ghost of a former vault. A setting
 * under another name is somebody's and never written.
 */
export const planDiagnosticSetting = (
  present: readonly DiagnosticSetting[],
  storageAccountId: string,
): DiagnosticSettingPlan => {
  const done = present.some((setting) => setting.auditEvents && sameId(setting.storageAccountId, storageAccountId));
  return done ? { action: 'leave' } : { action: 'write', name: diagnosticSettingName };
};
