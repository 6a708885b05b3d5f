import { closeSync, openSync, writeSync } from 'node:fs';
import { UsageError } from './failure.ts';

export type Report = { write: (line: object) => void; close: () => void };

/**
 * One JSON object a line, each written when it is known, so that an interruption loses none; appended, so that a second
 * run of the same command goes on with the report of the first. @throws UsageError
 */
export const openReport = (file: string | undefined): Report => {
  if (file === undefined) return { write: () => undefined, close: () => undefined };
  const descriptor = open(file);
  return {
    write: (line) => void writeSync(descriptor, `${JSON.stringify(line)}\n`),
    close: () => closeSync(descriptor),
  };
};

const open = (file: string): number => {
  try {
    return openSync(file, 'a');
  } catch (error) {
    throw new UsageError(
      `the report cannot be written: ${(error as Error).message}`,
      'Give --report a file in a folder that is there and yours.',
    );
  }
};
