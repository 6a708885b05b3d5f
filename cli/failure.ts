/** Converts errors to output, as text or data, and to exit codes. */
import { AseError, type AseErrorType } from '../client/errors.ts';
import { ConfigError } from '../config.ts';
import { asTyped, hintOf, type Usual } from './hints.ts';
import { formatData, type Format } from './output.ts';

/** Reports a wrong command line; nothing was started. */
export class UsageError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** Exit code of each type of error. */
export const exitCodes: Record<AseErrorType, number> = {
  InvalidInput: 2,
  Blocked: 3,
  ConsentAwaited: 3,
  TemporalUnreachable: 4,
  TemporalRefused: 4,
  NoWorker: 4,
  TaskFails: 4,
  AzureUnreachable: 4,
  CredentialRefused: 4,
  DeviceBusy: 1,
  OperationFailed: 1,
  StillRunning: 1,
  TooManyWaiters: 1,
  NotFound: 1,
  NotBlocked: 1,
  DecisionRefused: 1,
  ConsentRefused: 1,
  AzureRefused: 1,
  MissingPermission: 1,
  NoActivationKey: 1,
  ActivationKeyExpired: 1,
  Unexpected: 1,
};

/** What is shown; `failure` is the type from the failure table, where there is one. */
type Shown = { type: string; message: string; hint: string; failure?: string };

type Failure = { shown: Shown; exitCode: number };

/** Returns what is shown of an error, and its exit code. @param usual default of the subscription in hints; default: the environment's */
export const failureOf = (error: unknown, usual?: Usual): Failure => {
  if (error instanceof AseError) {
    const { type, message, failure } = error;
    const shown = { type, message, hint: hintOf(error, usual), ...(failure ? { failure } : {}) };
    return { shown, exitCode: exitCodes[type] };
  }
  if (error instanceof UsageError)
    return { shown: { type: 'Usage', message: error.message, hint: error.hint }, exitCode: 2 };
  if (error instanceof ConfigError) {
    const hint = 'Nothing was started. Correct the variable; ase doctor checks them all.';
    return { shown: { type: 'Configuration', message: error.message, hint }, exitCode: 2 };
  }
  const message = error instanceof Error ? error.message : String(error);
  const hint = 'This is a defect. Report it with the output of --verbose.';
  return { shown: { type: 'Unexpected', message, hint }, exitCode: 1 };
};

/** Returns a failure as data in the formats json, jsonc and yaml, and as text in all others. */
export const formatFailure = ({ shown }: Failure, format: Format): string => {
  const { type, failure } = shown;
  const [message, hint] = [asTyped(shown.message), asTyped(shown.hint)];
  const data = { error: { ...shown, message, hint } };
  // One line, so that a script finds it below the lines of progress.
  if (format === 'json') return `${JSON.stringify(data)}\n`;
  if (format === 'jsonc' || format === 'yaml') return formatData(data, format, process.stderr);
  const heading = failure && type !== 'Blocked' ? `${type} (${failure})` : type;
  return `${heading}: ${message}\n${hint.replace(/^/gm, '  ')}\n`;
};

/** Returns the stacks of an error and of its causes. */
export const formatStack = (error: unknown): string => {
  if (!(error instanceof Error)) return '';
  const cause = error.cause === undefined ? '' : `caused by ${formatStack(error.cause)}`;
  return `${error.stack ?? error.message}\n${cause}`;
};
