import { blobNamed, httpDate, type Blob } from './blobs.ts';
import type { BlobCall } from './call.ts';
import { refuseBlob } from './refusals.ts';

/** The content or a range of it; the same for HEAD, whose body the server leaves away. */
export const getBlob = (call: BlobCall): Response => {
  const blob = blobNamed(call, call.blob);
  if (isUnchanged(call.request, blob)) return new Response(null, { status: 304, headers: headersOf(blob) });
  assertUnchanged(call, blob);
  const range = call.request.method === 'HEAD' ? undefined : rangeOf(call, blob.content.length);
  const part = range ? blob.content.subarray(range.first, range.last + 1) : blob.content;
  return new Response(new Uint8Array(part), {
    status: range ? 206 : 200,
    headers: {
      ...headersOf(blob),
      'content-length': String(part.length),
      ...(range ? { 'content-range': `bytes ${range.first}-${range.last}/${blob.content.length}` } : {}),
    },
  });
};

const headersOf = (blob: Blob): Record<string, string> => ({
  'content-type': 'application/octet-stream',
  'accept-ranges': 'bytes',
  etag: blob.etag,
  'last-modified': blob.lastModified,
  'x-ms-creation-time': httpDate(blob.createdAt),
  'x-ms-blob-type': 'AppendBlob',
  'x-ms-blob-committed-block-count': String(blob.blocks),
  'x-ms-lease-status': 'unlocked',
  'x-ms-lease-state': 'available',
  'x-ms-server-encrypted': 'true',
});

/** `x-ms-range` wins over `range` (documented); any other form than first to last asks for the whole. */
const rangeOf = (call: BlobCall, length: number): { first: number; last: number } | undefined => {
  const { headers } = call.request;
  const [, from, to] = /^bytes=(\d+)-(\d*)$/i.exec(headers.get('x-ms-range') ?? headers.get('range') ?? '') ?? [];
  if (from === undefined) return undefined;
  const first = Number(from);
  const last = Math.min(to ? Number(to) : length, length - 1);
  if (first <= last) return { first, last };
  throw refuseBlob(call, 416, 'InvalidRange', 'The range specified is invalid for the current size of the resource.', {
    headers: { 'content-range': `bytes */${length}` },
  });
};

const isUnchanged = ({ headers }: Request, { etag, lastModified }: Blob): boolean => {
  const since = Date.parse(headers.get('if-modified-since') ?? '');
  return names(headers.get('if-none-match'), etag) || Date.parse(lastModified) <= since;
};

/** A client that reads in parts finds out so that the blob has grown in between. */
const assertUnchanged = (call: BlobCall, { etag, lastModified }: Blob): void => {
  const { headers } = call.request;
  const wanted = headers.get('if-match');
  const since = Date.parse(headers.get('if-unmodified-since') ?? '');
  if ((wanted === null || names(wanted, etag)) && !(Date.parse(lastModified) > since)) return;
  throw refuseBlob(
    call,
    412,
    'ConditionNotMet',
    'The condition specified using HTTP conditional header(s) is not met.',
  );
};

const names = (header: string | null, etag: string): boolean =>
  header !== null && header.split(',').some((one) => ['*', etag].includes(one.trim()));
