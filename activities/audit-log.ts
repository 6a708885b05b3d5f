import type { DiagnosticSettingsResource } from '@azure/arm-monitor';
import { findAuditLog, readAuditHour } from '../azure/audit-log.ts';
import type { Azure } from '../azure/clients.ts';
import { readAzureError } from '../azure/errors.ts';
import { type SecretAccess, hour, hoursOf, tellsOf } from '../domain/audit-log.ts';
import { type Device, type DeviceId, nameIn } from '../domain/device.ts';
import {
  type DiagnosticSetting,
  type DiagnosticSettingPlan,
  type GhostSetting,
  foreignSinks,
  planDiagnosticSetting,
  sendsAuditEvents,
} from '../domain/diagnostic-setting.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import { type KeyVaultRef, accepted } from '../domain/key-vault.ts';
import { auditLockNotes } from '../domain/locks.ts';
import { auditLockName } from '../domain/names.ts';
import type { Claimant } from '../domain/ownership.ts';
import { auditDelay, auditLooks } from '../domain/pace.ts';
import { settingProvider } from '../domain/rights.ts';
import type { ChannelIntegrityKeyRef } from '../domain/secrets.ts';
import type { AuditStorageRef } from './audit-storage.ts';
import { looksSoFar } from './call.ts';
import { readKeyVaultInHand } from './key-vault-in-hand.ts';
import { ensureLock, keepLocked } from './locks.ts';
import { ensureRegistered } from './rights.ts';
import { sight } from './sight.ts';

type TrailInput = { device: Claimant; keyVault: KeyVaultRef; auditStorage: AuditStorageRef };

/** Findings of the step. */
export type EnsuredSetting = { ghosts?: GhostSetting[] };

export const createDiagnosticSettings = (azure: Azure) => ({
  /**
   * Audit events of the vault go to the account, and the account keeps them: it gets a lock of its own. The vault has its lock
   * when all is done. The provider was asked for early, so that its registration is looked at only where it is in the way.
   */
  async ensureDiagnosticSetting(input: TrailInput): Promise<EnsuredSetting> {
    try {
      return await ensureSetting(azure, input);
    } catch (error) {
      if (readAzureError(error)?.type !== 'ProviderNotReady') throw error;
      await ensureRegistered(azure, input.device.subscriptionId, { needed: [settingProvider] });
      throw new NotYet('ProviderRegistering', `${settingProvider} is registered and does not answer yet`, 1000);
    }
  },
});

const ensureSetting = async (azure: Azure, { device, keyVault, auditStorage }: TrailInput): Promise<EnsuredSetting> => {
  const vault = await readKeyVaultInHand(azure, device, keyVault);
  const present = await readSettings(azure, device, keyVault);
  const ghosts = await readGhosts(azure, foreignSinks(present, auditStorage.id));
  const plan = accepted<DiagnosticSettingPlan>(planDiagnosticSetting(present, auditStorage.id, ghosts));
  if (plan.action === 'write') {
    await writeSetting(azure, device, keyVault, plan.name, auditStorage);
    const again = planDiagnosticSetting(await readSettings(azure, device, keyVault), auditStorage.id);
    if (again.action !== 'leave') {
      throw new NotYet('NotInEffect', `the diagnostic setting "${plan.name}" is not visible yet`, 2000);
    }
  }
  await ensureLock(azure, device, {
    scope: auditStorage.id,
    name: auditLockName,
    notes: auditLockNotes(device.name),
  });
  // The account may have been waited for since the vault was locked, for hours or for days.
  await keepLocked(azure, device, vault);
  return ghosts.length > 0 ? { ghosts } : {};
};

/** Those whose account is certainly gone. One that cannot be looked at is not, and a look at what is others' holds up nothing. */
const readGhosts = async (azure: Azure, sinks: readonly GhostSetting[]): Promise<GhostSetting[]> => {
  const ghosts: GhostSetting[] = [];
  for (const sink of sinks) {
    const [, subscriptionId = '', , group = ''] = sink.storageAccountId.split('/').filter(Boolean);
    const { storageAccounts } = azure.subscription(subscriptionId);
    const name = nameIn(sink.storageAccountId);
    const found = await sight(
      () => storageAccounts.getProperties(group, name),
      () => false,
    );
    if (found === 'absent') ghosts.push(sink);
  }
  return ghosts;
};

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
    if (azureError?.type !== 'DiagnosticSettingConflict') throw error;
    throw new Refusal('DiagnosticSettingConflict', azureError.message, { keyVaultId: keyVault.id });
  }
};

type ObserveInput = {
  device: Device;
  keyVault: KeyVaultRef;
  channelIntegrityKey: ChannelIntegrityKeyRef;
  /** ISO time by the vault's clock: the access came after it. */
  since: string;
};

/** `not logged`: no diagnostic setting sends the vault's audit events to a storage account. */
export type AuditRecordSight = 'seen' | 'pending' | 'not permitted' | 'not logged';

export const createAuditRecords = (azure: Azure) => ({
  /** Whether the audit log tells of this operation's reading of the channel integrity key, which shows that it works. */
  async observeAuditRecord(input: ObserveInput): Promise<AuditRecordSight> {
    try {
      return await lookForRecord(azure, input);
    } catch (error) {
      // Not even an owner may read blobs without a role for data. The key is out, so nobody is asked for one.
      if (readAzureError(error)?.status === 403) return 'not permitted';
      throw error;
    }
  },
});

const lookForRecord = async (azure: Azure, input: ObserveInput): Promise<AuditRecordSight> => {
  const { device, keyVault, channelIntegrityKey, since } = input;
  const log = await findAuditLog(azure, { subscriptionId: device.subscriptionId, keyVaultId: keyVault.id });
  if (!log) return 'not logged';
  const access: SecretAccess = { caller: await azure.callerObjectId(), secret: channelIntegrityKey, since };
  // The access was moments ago, however long the procedure had waited for people before it.
  for (const at of hoursOf(Math.max(Date.parse(since), log.now - hour), log.now)) {
    for await (const record of readAuditHour(azure, log, at)) {
      if (record && tellsOf(access, record)) return 'seen';
    }
  }
  const looks = looksSoFar();
  if (looks >= auditLooks) return 'pending';
  throw new NotYet('AuditRecordPending', 'the audit log does not contain this access yet', auditDelay(looks));
};
