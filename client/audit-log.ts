/** Reading the audit log of a device's vault with the caller's own rights. Temporal has no part in it. */
import { findAuditLog, readAuditHour, type AuditLog } from '../azure/audit-log.ts';
import type { Azure } from '../azure/clients.ts';
import {
  hoursOf,
  nameCallers,
  parseSince,
  tallyAuditLog,
  type AuditSummary,
  type AuditTally,
} from '../domain/audit-log.ts';
import type { DeviceId } from '../domain/device.ts';
import type { KeyVault } from '../domain/key-vault.ts';
import type { Action } from './actions.ts';
import { explainAzure, noVault, openAzure, type OwnRights, findOwnVault, type OwnVault } from './own-vault.ts';
import { AseError, reading } from './errors.ts';

export type VaultAudit = { keyVault: string; storageAccount: string } & AuditSummary;

/** @param since counted back from now as Azure has it */
export const readAuditLog = async (id: DeviceId, since: string, { config }: OwnRights): Promise<VaultAudit> => {
  const azure = await openAzure(config);
  const found = await findOwnVault(azure, id);
  if (!found) throw await noVault(azure, id, 'NotFound');
  const log = await findLog(azure, id, found.vault);
  const from = reading(() => parseSince(since, log.now));
  const tally = tallyAuditLog({ since: from, until: log.now });
  await countHours(azure, log, hoursOf(from, log.now), tally);
  const names = await namesFor(azure, found);
  return {
    keyVault: found.vault.name,
    storageAccount: log.account.name,
    ...tally.summarise(names),
  };
};

const findLog = async (azure: Azure, id: DeviceId, vault: KeyVault): Promise<AuditLog> => {
  try {
    const log = await findAuditLog(azure, { subscriptionId: id.subscriptionId, keyVaultId: vault.id });
    if (log) return log;
  } catch (error) {
    throw explainAzure(error, `Have yourself given the role Reader on the resource group ${id.resourceGroup}.`);
  }
  const message = `no diagnostic setting of ${vault.name} sends its audit events to a storage account`;
  throw noLog(message, 'Repair the device: that puts the setting back.', { action: 'repair', deviceId: id.id });
};

/** Blobs at once. */
const atOnce = 8;

const countHours = async (
  azure: Azure,
  log: AuditLog,
  hours: readonly number[],
  { add }: AuditTally,
): Promise<void> => {
  const you = await azure.callerObjectId();
  const countHour = async (hour: number): Promise<void> => {
    for await (const record of readAuditHour(azure, log, hour)) add(record);
  };
  try {
    for (let next = 0; next < hours.length; next += atOnce) {
      await Promise.all(hours.slice(next, next + atOnce).map(countHour));
    }
  } catch (error) {
    const role = `az role assignment create --assignee ${you} --role "Storage Blob Data Reader" --scope ${log.account.id}`;
    throw explainAzure(error, `You need the role Storage Blob Data Reader on the storage account:\n${role}`);
  }
};

const namesFor = async (azure: Azure, { device, vault }: OwnVault): Promise<Map<string, string>> =>
  nameCallers({
    device,
    you: await azure.callerObjectId(),
    policies: vault.accessPolicies.map(({ objectId, permissions }) => ({
      objectId,
      secrets: permissions['secrets'] ?? [],
    })),
  });

const noLog = (message: string, hint: string, action: Action): AseError =>
  new AseError('NotFound', message, hint, { actions: [action] });
