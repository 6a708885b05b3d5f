import { Refusal } from './arm/answers.ts';
import type { Exchange } from './arm/provider.ts';
import { authenticateToBlobs } from './blob/authentication.ts';
import { placeOf, type BlobCall } from './blob/call.ts';
import { assertNetworkAllowed } from './blob/network.ts';
import { operationOf } from './blob/operations.ts';
import { invalidUri } from './blob/refusals.ts';
import { assertAllowed, nameOf } from './blob/rights.ts';
import { guid } from './random.ts';
import { unresolved } from './socket-error.ts';
import { findAccount } from './storage-accounts/account.ts';

/** Answers for `ACCOUNT.blob.localhost`: the audit log, to whoever holds a role for reading blobs. */
export const answerBlob = (exchange: Exchange, accountName: string): Response => {
  const { state, now, url } = exchange;
  const account = findAccount(state, accountName, now);
  if (!account) throw unresolved(url.hostname);
  const place = placeOf(url);
  const call: BlobCall = { ...exchange, account, requestId: guid(state), ...(place ?? { container: '', blob: '' }) };
  try {
    if (!place) throw invalidUri(call);
    return withBlobHeaders(call, handle(call));
  } catch (error) {
    if (error instanceof Refusal) return withBlobHeaders(call, error.answer);
    throw error;
  }
};

const handle = (call: BlobCall): Response => {
  const { entry } = call;
  assertNetworkAllowed(call);
  const caller = authenticateToBlobs(call);
  entry.principal = caller.name;
  const { right, run } = operationOf(call);
  entry.action = nameOf(right);
  assertAllowed(call, caller, right);
  return run(call);
};

/** What every answer of a storage service carries; it answers in the version that it was asked in (documented). */
const withBlobHeaders = ({ request, requestId }: BlobCall, answer: Response): Response => {
  const version = request.headers.get('x-ms-version');
  const clientRequestId = request.headers.get('x-ms-client-request-id');
  const headers: Record<string, string> = {
    server: 'Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0',
    'x-ms-request-id': requestId,
    ...(version ? { 'x-ms-version': version } : {}),
    ...(clientRequestId ? { 'x-ms-client-request-id': clientRequestId } : {}),
  };
  for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
  return answer;
};
