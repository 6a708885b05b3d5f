/** Where the audit log of a key vault is kept, and what stands in it. */
import { auditBlobName, auditContainer, parseAuditBlob, type AuditRecords } from '../domain/audit-log.ts';
import { sendsAuditEvents } from '../domain/diagnostic-setting.ts';
import type { Azure } from './clients.ts';
import { orAbsent } from './errors.ts';
import { observe } from './observe.ts';

export type AuditLog = {
  keyVaultId: string;
  account: { id: string; name: string };
  /** Address of the account's blobs. */
  blobEndpoint: string;
  /** The time by Azure's clock, in milliseconds. */
  now: number;
};

/** The log that the vault's diagnostic setting leads to; nothing where no setting sends audit events to an account. */
export const findAuditLog = async (
  azure: Azure,
  { subscriptionId, keyVaultId }: { subscriptionId: string; keyVaultId: string },
): Promise<AuditLog | undefined> => {
  const settings = await Array.fromAsync(azure.subscription(subscriptionId).diagnosticSettings.list(keyVaultId));
  const accountId = settings.find(
    ({ logs, storageAccountId }) => storageAccountId && sendsAuditEvents(logs ?? []),
  )?.storageAccountId;
  if (accountId === undefined) return undefined;
  const [, , subscription = '', , group = '', , , , name = ''] = accountId.split('/');
  const { observed, onResponse } = observe();
  const { storageAccounts } = azure.subscription(subscription);
  const { primaryEndpoints } = await storageAccounts.getProperties(group, name, { onResponse });
  const account = { id: accountId, name };
  return { keyVaultId, account, blobEndpoint: primaryEndpoints?.blob ?? '', now: observed.date ?? 0 };
};

/**
 * The records of one hour. Azure makes the blob with the first of them, and the container with the first blob.
 * @param at the beginning of the hour, in milliseconds
 */
export const readAuditHour = async (
  azure: Azure,
  { blobEndpoint, keyVaultId }: AuditLog,
  at: number,
): Promise<AuditRecords> => {
  const path = encodeURI(`${auditContainer}/${auditBlobName(keyVaultId, at)}`);
  const blob = azure.blob(new URL(path, blobEndpoint).href);
  // The stream would ask again by itself where it breaks off.
  const answer = await orAbsent(blob.download(undefined, undefined, { maxRetryRequests: 0 }));
  return answer ? parseAuditBlob(await textOf(answer.readableStreamBody)) : { records: [], unreadable: 0 };
};

const textOf = async (stream: NodeJS.ReadableStream | undefined): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
};
