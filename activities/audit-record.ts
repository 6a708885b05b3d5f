import { findAuditLog, readAuditHour } from '../azure/audit-log.ts';
import type { Azure } from '../azure/clients.ts';
import { readAzureError } from '../azure/errors.ts';
import { hour, hoursOf, tellsOf, type SecretAccess } from '../domain/audit-log.ts';
import type { Device } from '../domain/device.ts';
import { NotYet } from '../domain/failures.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import { auditDelay, auditLooks } from '../domain/pace.ts';
import type { ChannelIntegrityKeyRef } from '../domain/secrets.ts';
import { looksSoFar } from './call.ts';

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
