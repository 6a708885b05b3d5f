import { auditContainer, visibleBlobs, type AuditBlob } from '../audit/log.ts';
import { recordLine } from '../audit/record.ts';
import type { BlobCall } from './call.ts';
import { blobNotFound, containerNotFound } from './refusals.ts';

/** An append blob or a container as it is now. */
export type Dated = { name: string; createdAt: number; etag: string; lastModified: string };
export type Blob = Dated & { content: Buffer; blocks: number };

/** The blobs of the call's container; throws when there is no such container. */
export const blobsOf = (call: BlobCall): Blob[] => {
  const [container] = containersOf(call).filter(({ name }) => name === call.container);
  if (!container) throw containerNotFound(call);
  return visibleBlobs(call.state, call.account.name, call.now).map(blobOf);
};

export const blobNamed = (call: BlobCall, name: string): Blob => {
  const blob = blobsOf(call).find((candidate) => candidate.name === name);
  if (!blob) throw blobNotFound(call);
  return blob;
};

/** The audit log is all that the local Azure keeps in an account: its container is there from the first record on. */
export const containersOf = ({ state, account, now }: BlobCall): Dated[] => {
  const createdAt = Math.min(...visibleBlobs(state, account.name, now).map((blob) => blob.createdAt));
  return Number.isFinite(createdAt) ? [{ name: auditContainer, createdAt, ...versionOf(createdAt, 0) }] : [];
};

/** JSON Lines (documented), one block a record (assumed). */
const blobOf = ({ path, calls, createdAt, changedAt }: AuditBlob): Blob => ({
  name: path,
  createdAt,
  ...versionOf(changedAt, calls.length),
  content: Buffer.from(calls.map((call) => `${recordLine(call)}\n`).join('')),
  blocks: calls.length,
});

/** Etags of storage are the change's time in ticks; those within a millisecond are told apart by the number of blocks. */
const versionOf = (changedAt: number, blocks: number): Pick<Dated, 'etag' | 'lastModified'> => {
  const ticks = 621_355_968_000_000_000n + BigInt(Math.ceil(changedAt)) * 10_000n + BigInt(blocks);
  return { etag: `"0x${ticks.toString(16).toUpperCase()}"`, lastModified: httpDate(changedAt) };
};

export const httpDate = (ms: number): string => new Date(ms).toUTCString();
