/** A check of `ase doctor`, and its remedy. */
import { AseError, type AseErrorType } from '../client/errors.ts';

/** Result of one check. */
export type Check = {
  check: string;
  /** `info` requires no action and is no fault. */
  state: 'ok' | 'info' | 'warning' | 'failed' | 'skipped';
  /** What was found, or why the check was skipped. */
  detail: string;
  remedy?: string;
  failure?: AseErrorType;
};

/** The result of a check; a finding with a remedy is a warning. */
export type Finding = { detail: string; remedy?: string };

/** Runs a check; an error is a failed check. */
export const attempt = async (check: string, look: () => Promise<Finding>): Promise<Check> => {
  try {
    return found(check, await look());
  } catch (error) {
    return failed(check, error);
  }
};

/** Returns the check of a finding. */
export const found = (check: string, { detail, remedy }: Finding): Check =>
  remedy === undefined ? { check, state: 'ok', detail } : { check, state: 'warning', detail, remedy };

/** Returns a check that could not run. */
export const skipped = (check: string, detail = 'not checked'): Check => ({
  check,
  state: 'skipped',
  detail,
});

/** Returns the check of an error. */
export const failed = (check: string, error: unknown): Check => {
  const detail = error instanceof Error ? error.message : String(error);
  if (!(error instanceof AseError)) return { check, state: 'failed', detail };
  return { check, state: 'failed', detail, remedy: error.hint, failure: error.type };
};
