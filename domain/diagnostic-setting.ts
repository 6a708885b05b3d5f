import { nameIn, sameId } from './device.ts';
import type { Refused } from './key-vault.ts';
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

/** A setting of somebody whose storage account is gone, perhaps left by a former vault of the name: it logs nothing. */
export type GhostSetting = { name: string; storageAccountId: string };

export type DiagnosticSettingPlan = { action: 'leave' } | { action: 'write'; name: string };

/** So many settings a resource may have (Azure docs). */
const mostSettings = 5;

const isOurs = ({ name }: DiagnosticSetting): boolean => sameId(name, diagnosticSettingName);

/**
 * Azure allows one setting for a category and an account, so a setting that already does our work is left alone, whatever
 * its name. Ours is written otherwise; one under our name with another account is a ghost of a former vault. A setting
 * under another name is somebody's and never written, so where there are too many a person must choose.
 */
export const planDiagnosticSetting = (
  present: readonly DiagnosticSetting[],
  storageAccountId: string,
  ghosts: readonly GhostSetting[] = [],
): DiagnosticSettingPlan | Refused => {
  const done = present.some((setting) => setting.auditEvents && sameId(setting.storageAccountId, storageAccountId));
  if (done) return { action: 'leave' };
  if (present.length >= mostSettings && !present.some(isOurs)) return tooMany(present, ghosts);
  return { action: 'write', name: diagnosticSettingName };
};

/** Those of others that send elsewhere: whether that place is still there is worth a look. */
export const foreignSinks = (present: readonly DiagnosticSetting[], storageAccountId: string): GhostSetting[] =>
  present.flatMap((setting) => {
    const { name, storageAccountId: sink } = setting;
    return isOurs(setting) || sink === undefined || sameId(sink, storageAccountId)
      ? []
      : [{ name, storageAccountId: sink }];
  });

const tooMany = (present: readonly DiagnosticSetting[], ghosts: readonly GhostSetting[]): Refused => {
  const names = present.map(({ name }) => {
    const ghost = ghosts.find((one) => sameId(one.name, name));
    return ghost ? `"${name}" (its storage account ${nameIn(ghost.storageAccountId)} is gone)` : `"${name}"`;
  });
  const message = `the vault has ${present.length} diagnostic settings, as many as Azure allows: ${names.join(', ')}`;
  return { action: 'refuse', type: 'DiagnosticSettingConflict', message, facts: {} };
};
