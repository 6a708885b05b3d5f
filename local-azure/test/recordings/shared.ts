/** Which file of recordings is played. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Recordings of the owners of clients of Azure stand beside the project, and are no part of it. */
const beside = fileURLToPath(new URL('../../../../shared/azure-recordings/exchanges.jsonl', import.meta.url));

export const recordingsBeside: string | undefined = existsSync(beside) ? beside : undefined;

/** The file that the variable RECORDINGS names. */
export const recordingsAskedFor: string | undefined = process.env['RECORDINGS'] || undefined;

export const absent =
  `No recordings of Azure are beside the project (${beside}), so nothing was compared. ` +
  'Name another file: npm run replay -- FILE.';
