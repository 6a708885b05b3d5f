import { ConfigError } from '../config.ts';
import type { DeviceId } from '../domain/device.ts';
import { failureEntry, isFailureType, Refusal, type FailureType } from '../domain/failures.ts';
import type { Action } from './actions.ts';

/** The types of errors; each type means one thing for its handler. `docs/client.md` has the same list. */
export type AseErrorType =
  /** The input is refused; nothing was started or changed. */
  | 'InvalidInput'
  /** Another procedure runs on the device. */
  | 'DeviceBusy'
  /** No Temporal server answers, or not now. */
  | 'TemporalUnreachable'
  /** Temporal answers, but not to us: namespace, certificate, key, search attributes. */
  | 'TemporalRefused'
  /** No worker polls the task queue. The operation continues when one does. */
  | 'NoWorker'
  /** A worker polls, and the operation's workflow task fails: it does not fit the worker, or the server refuses what it does. */
  | 'TaskFails'
  /** The operation ended without success; `failure` is its type from the failure table. */
  | 'OperationFailed'
  /** A step waits for a person; `failure` names the cause. The operation continues. */
  | 'Blocked'
  /** A deletion asks for consent to delete the key vault. The operation continues. */
  | 'ConsentAwaited'
  /** The caller's deadline passed. The operation continues. */
  | 'StillRunning'
  /** Too many callers wait for the key of one device. The operation continues. */
  | 'TooManyWaiters'
  /** The requested object does not exist: an operation, a run of this procedure, the device, its audit log. */
  | 'NotFound'
  /** No step waits for a decision. */
  | 'NotBlocked'
  /** The decision does not fit the present block, or another one came first. */
  | 'DecisionRefused'
  /** The consent does not count; the message contains the reason. */
  | 'ConsentRefused'
  /** Azure does not answer the caller, or not now. */
  | 'AzureUnreachable'
  /** Azure refuses the request, independently of the caller's rights. */
  | 'AzureRefused'
  /** Azure does not accept the caller's credential. */
  | 'CredentialRefused'
  /** The caller's own rights in Azure do not suffice. */
  | 'MissingPermission'
  /** The device has no vault, or its vault has no live key. */
  | 'NoActivationKey'
  /** The newest key is expired. */
  | 'ActivationKeyExpired'
  /** A defect, or a part that the library was given, such as a converter, fails. */
  | 'Unexpected';

type Details = { actions?: readonly Action[]; failure?: string; cause?: unknown };

/**
 * An error with its cause (`message`) and its remedy: for people (`hint`) and for programs (`actions`, the best first).
 * Neither contains a secret.
 */
export class AseError extends Error {
  readonly type: AseErrorType;
  /** One or more sentences, a line each. */
  readonly hint: string;
  readonly actions: readonly Action[];
  /** With OperationFailed and Blocked: the type from the failure table. */
  readonly failure?: string;

  constructor(type: AseErrorType, message: string, hint: string, { actions = [], failure, cause }: Details = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'AseError';
    this.type = type;
    this.hint = hint;
    this.actions = actions;
    if (failure !== undefined) this.failure = failure;
  }
}

/**
 * Every call of the library ends here: it throws only errors of the documented list.
 * @param explain makes one of what the parts throw that the call is made of
 * @throws AseError · ConfigError
 */
export const answering = async <T>(call: () => Promise<T>, explain: (error: unknown) => unknown): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    if (isListed(error)) throw error;
    const explained = explain(error);
    throw isListed(explained) ? explained : unexpected(error);
  }
};

const isListed = (error: unknown): error is AseError | ConfigError =>
  error instanceof AseError || error instanceof ConfigError;

const unexpected = (error: unknown): AseError => {
  const message = error instanceof Error ? error.message : String(error);
  const hint = 'The cause shows the origin: a converter or an interceptor of the program, or a defect of this one.';
  return new AseError('Unexpected', message, hint, { cause: error });
};

/** Runs a reader of the domain; what it refuses is the caller's to correct. @throws AseError InvalidInput */
export const reading = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new AseError(
      'InvalidInput',
      error.message,
      'Correct the field in the message; nothing was started or changed.',
    );
  }
};

/** Why an operation ended without success, by its type from the failure table and in its own words. */
export type Ending = { type: string; message: string };

export const operationFailed = ({ id: deviceId }: DeviceId, { type, message }: Ending, cause?: unknown): AseError => {
  const remedy = isFailureType(type)
    ? remedyOnceEnded(type)
    : 'Start it again: it adopts the existing resources. Its history in Temporal shows how it ended.';
  return new AseError('OperationFailed', message, remedy, {
    actions: waysOut[type]?.(deviceId) ?? [],
    failure: type,
    cause,
  });
};

/** Returns the remedy of an operation that ended: after an abort, or after 14 days without a decision, none can be sent. */
export const remedyOnceEnded = (type: FailureType): string => {
  const { class: kind, remedy } = failureEntry(type);
  return kind === 'fatal'
    ? remedy
    : 'Remove the cause in the message, then start again: the next run adopts the existing resources.';
};

/** Where another call does what was wanted. */
const waysOut: Readonly<Record<string, (deviceId: string) => Action[]>> = {
  KeyStillLive: (deviceId) => [
    { action: 'showActivationKey', deviceId },
    { action: 'regenerateActivationKey', deviceId, supersede: true },
  ],
  KeySuperseded: (deviceId) => [{ action: 'showActivationKey', deviceId }],
  NothingToRegenerate: (deviceId) => [{ action: 'generateActivationKey', deviceId }],
  VaultDeleted: (deviceId) => [{ action: 'recoverKeyVault', deviceId }],
  NothingToRecover: (deviceId) => [{ action: 'generateActivationKey', deviceId }],
};
