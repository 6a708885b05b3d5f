/** From errors to what a person or a script sees of them: a text or data, and an exit code. */
import { AseError, type AseErrorType } from '../client/errors.ts';
import { ConfigError } from '../config.ts';
import { asTyped, hintOf, type Usual } from './hints.ts';
import { formatData, type Format } from './output.ts';

/** The command line is wrong; nothing was started. */
export class UsageError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

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
};

/** What is shown; `failure` is the type from the failure table, where there is one. */
type Shown = { type: string; message: string; hint: string; failure?: string };

type Failure = { shown: Shown; exitCode: number };

/** @param usual what need not be typed in the commands of the hint; default: as the environment says */
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
  const hint = 'A defect: report it with what --verbose shows.';
  return { shown: { type: 'Unexpected', message, hint }, exitCode: 1 };
};

export const formatFailure = ({ shown }: Failure, format: Format): string => {
  const { type, failure } = shown;
  const [message, hint] = [asTyped(shown.message), asTyped(shown.hint)];
  const data = { error: { ...shown, message, hint } };
  // One line, which a script finds below lines of progress.
  if (format === 'json') return `${JSON.stringify(data)}\n`;
  if (format === 'jsonc' || format === 'yaml') return formatData(data, format, process.stderr);
  const heading = failure && type !== 'Blocked' ? `${type} (${failure})` : type;
  return `${heading}: ${message}\n${hint.replace(/^/gm, '  ')}\n`;
};

/** The error and its causes, for whoever looks for a defect. */
export const formatStack = (error: unknown): string => {
  if (!(error instanceof Error)) return '';
  const cause = error.cause === undefined ? '' : `caused by ${formatStack(error.cause)}`;
  return `${error.stack ?? error.message}\n${cause}`;
};
