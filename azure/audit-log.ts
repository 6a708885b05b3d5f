/** Where the audit log of a key vault is kept, and what stands in it. */
import { auditBlobName, auditContainer, parseAuditLine, type ParsedRecord } from '../domain/audit-log.ts';
import { sendsAuditEvents } from '../domain/diagnostic-setting.ts';
import type { Azure } from './clients.ts';
import { orAbsent, readAzureError } from './errors.ts';
import { observe } from './pipeline.ts';

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
 * The records of one hour, one by one: a busy vault has hundreds of thousands, which are more than a process should hold. Azure
 * makes the blob with the first of them, and the container with the first blob.
 * @param at the beginning of the hour, in milliseconds
 */
export async function* readAuditHour(
  azure: Azure,
  { blobEndpoint, keyVaultId }: AuditLog,
  at: number,
): AsyncGenerator<ParsedRecord> {
  const path = encodeURI(`${auditContainer}/${auditBlobName(keyVaultId, at)}`);
  const blob = azure.blob(new URL(path, blobEndpoint).href);
  for await (const line of linesOf(partsOf(blob))) yield* parseAuditLine(line);
}

type Blob = ReturnType<Azure['blob']>;

/** In bytes. Each part is a request with a time limit of its own, within which a whole blob might not come. */
const partSize = 4 * 1024 * 1024;

async function* partsOf(blob: Blob): AsyncGenerator<Buffer> {
  for (let offset = 0, size = 1; offset < size; offset += partSize) {
    // The stream would ask again by itself where it breaks off.
    const answer = await orAbsent(blob.download(offset, partSize, { maxRetryRequests: 0 }).catch(nothingIfEmpty));
    for await (const chunk of answer?.readableStreamBody ?? []) yield Buffer.from(chunk);
    size = Number(answer?.contentRange?.split('/')[1] ?? 0);
  }
}

/** A range of an empty blob is refused (documented). */
const nothingIfEmpty = (error: unknown): undefined => {
  if (readAzureError(error)?.status !== 416) throw error;
};

/** Lines end with a line feed alone: JSON may hold what other readers of lines take for an end. */
async function* linesOf(parts: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let line = '';
  for await (const part of parts) {
    const [end = '', ...others] = decoder.decode(part, { stream: true }).split('\n');
    line += end;
    for (const next of others) {
      yield line;
      line = next;
    }
  }
  yield line + decoder.decode();
}
