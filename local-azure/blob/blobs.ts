import { auditContainer, logBegan, visibleBlob, visibleBlobs, type AuditBlob } from '../audit/log.ts';
import type { BlobCall } from './call.ts';
import { blobNotFound, containerNotFound } from './refusals.ts';

/** An append blob or a container as it is now. */
export type Dated = { name: string; createdAt: number; etag: string; lastModified: string };
export type Blob = Dated & { content: Buffer; blocks: number };

/** The blobs of the call's container; throws when there is no such container. */
export const blobsOf = (call: BlobCall): Blob[] => {
  assertContainer(call);
  return visibleBlobs(call.state, call.account.name, call.now).map(blobOf);
};

export const blobNamed = (call: BlobCall, name: string): Blob => {
  assertContainer(call);
  const blob = visibleBlob(call.state, call.account.name, name, call.now);
  if (!blob) throw blobNotFound(call);
  return blobOf(blob);
};

const assertContainer = (call: BlobCall): void => {
  if (!containersOf(call).some(({ name }) => name === call.container)) throw containerNotFound(call);
};

/** The audit log is all that the local Azure keeps in an account: its container is there from the first record on. */
export const containersOf = ({ state, account, now }: BlobCall): Dated[] => {
  const createdAt = logBegan(state, account.name, now);
  return createdAt === undefined ? [] : [{ name: auditContainer, createdAt, ...versionOf(createdAt, 0) }];
};

/** One block a record (assumed). */
const blobOf = ({ path, content, records, createdAt, changedAt }: AuditBlob): Blob => ({
  name: path,
  createdAt,
  ...versionOf(changedAt, records),
  content,
  blocks: records,
});

/** Etags of storage are the change's time in ticks; those within a millisecond are told apart by the number of blocks. */
const versionOf = (changedAt: number, blocks: number): Pick<Dated, 'etag' | 'lastModified'> => {
  const ticks = 621_355_968_000_000_000n + BigInt(Math.ceil(changedAt)) * 10_000n + BigInt(blocks);
  return { etag: `"0x${ticks.toString(16).toUpperCase()}"`, lastModified: httpDate(changedAt) };
};

export const httpDate = (ms: number): string => new Date(ms).toUTCString();
