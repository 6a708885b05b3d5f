/** One thing that was looked at by `ase doctor`, and the remedy. */
import { AseError, type AseErrorType } from '../client/errors.ts';

export type Check = {
  check: string;
  state: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What was found, or why it could not be looked at. */
  detail: string;
  remedy?: string;
  failure?: AseErrorType;
};

/** What was found; with a remedy it is a warning. */
export type Finding = { detail: string; remedy?: string };

export const attempt = async (check: string, look: () => Promise<Finding>): Promise<Check> => {
  try {
    return found(check, await look());
  } catch (error) {
    return failed(check, error);
  }
};

export const found = (check: string, { detail, remedy }: Finding): Check =>
  remedy === undefined ? { check, state: 'ok', detail } : { check, state: 'warning', detail, remedy };

export const skipped = (check: string, detail = 'could not be looked at'): Check => ({
  check,
  state: 'skipped',
  detail,
});

export const failed = (check: string, error: unknown): Check => {
  const detail = error instanceof Error ? error.message : String(error);
  if (!(error instanceof AseError)) return { check, state: 'failed', detail };
  return { check, state: 'failed', detail, remedy: error.hint, failure: error.type };
};
