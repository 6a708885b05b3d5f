/** Recorded histories, one file each: JSON as Temporal's own tools write it, in as little space as it takes. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type proto from '@temporalio/proto';

export type History = proto.temporal.api.history.v1.IHistory;

const extension = '.json';

/** Names of the recordings, in order. */
export const recordedNames = async (): Promise<string[]> =>
  (await readdir(import.meta.dirname))
    .filter((file) => file.endsWith(extension))
    .map((file) => path.basename(file, extension))
    .sort();

export const readText = (name: string): Promise<string> => readFile(fileOf(name), 'utf8');

export const readHistory = async (name: string): Promise<History> => historyFromJSON(JSON.parse(await readText(name)));

/** One event a line, so that a change can be read. */
export const writeHistory = async (name: string, history: History): Promise<void> => {
  const { events } = JSON.parse(historyToJSON(history)) as { events: object[] };
  const lines = events.map((event) => JSON.stringify(withoutUnread(event)));
  await writeFile(fileOf(name), `{"events":[\n${lines.join(',\n')}\n]}\n`);
};

export const removeHistories = async (): Promise<void> => {
  for (const name of await recordedNames()) await rm(fileOf(name));
};

/** What replay does not read and what says which process it was; the traces of failures hold paths. */
const unread = new Set([
  'identity',
  'taskId',
  'requestId',
  'workerVersion',
  'meteringMetadata',
  'historySizeBytes',
  'retryPolicy',
  'stackTrace',
]);

const withoutUnread = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutUnread);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name, inner]) => !unread.has(name) && !isOneWorkersQueue(inner));
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutUnread(inner)]));
};

/** Named after its process and machine. */
const isOneWorkersQueue = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'TASK_QUEUE_KIND_STICKY';

const fileOf = (name: string): string => path.join(import.meta.dirname, `${name}${extension}`);
