import type { DiagnosticSettingsResource } from '@azure/arm-monitor';
import type { Azure } from '../azure/clients.ts';
import { readAzureError } from '../azure/errors.ts';
import type { DeviceId } from '../domain/device.ts';
import { planDiagnosticSetting, sendsAuditEvents, type DiagnosticSetting } from '../domain/diagnostic-setting.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import { auditLockNotes } from '../domain/locks.ts';
import { auditLockName } from '../domain/names.ts';
import type { AuditStorageRef } from './audit-storage.ts';
import { ensureLock } from './locks.ts';

type TrailInput = { device: DeviceId; keyVault: KeyVaultRef; auditStorage: AuditStorageRef };

export const createDiagnosticSettings = (azure: Azure) => ({
  /** Audit events of the vault go to the account, and the account keeps them: it gets a lock of its own. */
  async ensureDiagnosticSetting({ device, keyVault, auditStorage }: TrailInput): Promise<void> {
    const plan = planDiagnosticSetting(await readSettings(azure, device, keyVault), auditStorage.id);
    if (plan.action === 'write') {
      await writeSetting(azure, device, keyVault, plan.name, auditStorage);
      const again = planDiagnosticSetting(await readSettings(azure, device, keyVault), auditStorage.id);
      if (again.action !== 'leave') {
        throw new NotYet('NotInEffect', `the diagnostic setting "${plan.name}" does not show yet`, 2000);
      }
    }
    await ensureLock(azure, device, {
      scope: auditStorage.id,
      name: auditLockName,
      notes: auditLockNotes(device.name),
    });
  },
});

export const readSettings = async (
  azure: Azure,
  device: DeviceId,
  keyVault: Pick<KeyVaultRef, 'id'>,
): Promise<DiagnosticSetting[]> => {
  const { diagnosticSettings } = azure.subscription(device.subscriptionId);
  return (await Array.fromAsync(diagnosticSettings.list(keyVault.id))).map(settingOf);
};

const settingOf = ({ name, storageAccountId, logs }: DiagnosticSettingsResource): DiagnosticSetting => ({
  name: name ?? '',
  auditEvents: sendsAuditEvents(logs ?? []),
  ...(storageAccountId ? { storageAccountId } : {}),
});

const writeSetting = async (
  azure: Azure,
  device: DeviceId,
  keyVault: KeyVaultRef,
  name: string,
  auditStorage: AuditStorageRef,
): Promise<void> => {
  const { diagnosticSettings } = azure.subscription(device.subscriptionId);
  try {
    // A setting without an enabled log is accepted and then not found (Insights, noted by the Terraform provider).
    await diagnosticSettings.createOrUpdate(keyVault.id, name, {
      storageAccountId: auditStorage.id,
      logs: [{ category: 'AuditEvent', enabled: true }],
    });
  } catch (error) {
    const azureError = readAzureError(error);
    if (azureError?.code !== 'Conflict') throw error;
    throw new Refusal('DiagnosticSettingConflict', azureError.message, { keyVaultId: keyVault.id });
  }
};
