import { sameId } from './device.ts';
import { diagnosticSettingName } from './names.ts';

/** A diagnostic setting of a vault, as far as the audit trail is concerned. */
export type DiagnosticSetting = { name: string; storageAccountId?: string; auditEvents: boolean };

export type DiagnosticSettingPlan = { action: 'leave' } | { action: 'write'; name: string };

/**
 * Azure allows one setting for a category and an account, so a setting that already does our work is ours in effect,
 * whatever its name. One under our name with another account is a ghost of a former vault: it is written over.
 */
export const planDiagnosticSetting = (
  present: readonly DiagnosticSetting[],
  storageAccountId: string,
): DiagnosticSettingPlan => {
  const toAccount = present.find((setting) => sameId(setting.storageAccountId, storageAccountId));
  if (toAccount?.auditEvents) return { action: 'leave' };
  return { action: 'write', name: toAccount?.name ?? diagnosticSettingName };
};
