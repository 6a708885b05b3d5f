import { failureEntry, isFailureType, Refusal } from '../domain/failures.ts';

/** What can come in a caller's way; each type means one thing for whoever handles it. */
export type AseErrorType =
  /** Nothing was started. */
  | 'InvalidInput'
  /** Another procedure runs on the device. */
  | 'DeviceBusy'
  | 'TemporalUnreachable'
  /** Temporal answers, but not to us: namespace, certificate, key, search attributes. */
  | 'TemporalRefused'
  /** Nobody works on the task queue. What was started goes on when somebody does. */
  | 'NoWorker'
  /** A worker polls, and the operation's workflow task fails: it does not fit the worker, or the server refuses what it does. */
  | 'TaskFails'
  /** The operation ended without success; `failure` is its type from the failure table. */
  | 'OperationFailed'
  /** A step waits for a person; `failure` says for what. The operation goes on. */
  | 'Blocked'
  /** A deletion asks what is to become of the key vault. It goes on. */
  | 'ConsentAwaited'
  /** The caller's deadline passed. The operation goes on. */
  | 'StillRunning'
  | 'TooManyWaiters'
  /** Temporal knows of no operation on the device. */
  | 'NotFound'
  | 'NotBlocked'
  /** The decision does not fit the present block, or another one came first. */
  | 'DecisionRefused'
  /** What was said about the vault does not count; the message says why. */
  | 'ConsentRefused'
  | 'AzureUnreachable'
  | 'AzureRefused'
  | 'CredentialRefused'
  /** The caller's own rights in Azure do not suffice. */
  | 'MissingPermission'
  | 'NoActivationKey'
  | 'ActivationKeyExpired';

type Details = { failure?: string; cause?: unknown };

/** An error for a person: what is so (`message`) and what to do about it (`hint`). */
export class AseError extends Error {
  readonly type: AseErrorType;
  readonly hint: string;
  /** With OperationFailed and Blocked: the type from the failure table. */
  readonly failure?: string;

  constructor(type: AseErrorType, message: string, hint: string, { failure, cause }: Details = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'AseError';
    this.type = type;
    this.hint = hint;
    if (failure !== undefined) this.failure = failure;
  }
}

/** Runs a reader of the domain; what it refuses is the caller's to correct. @throws AseError InvalidInput */
export const reading = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new AseError(
      'InvalidInput',
      error.message,
      'Correct it as the message says; nothing was started or changed.',
    );
  }
};

export const operationFailed = (failure: string, message: string, cause?: unknown): AseError => {
  const remedy = isFailureType(failure)
    ? failureEntry(failure).remedy
    : 'Start it again: it goes on from what is there. Its history in Temporal says how it ended.';
  return new AseError('OperationFailed', message, remedy, { failure, cause });
};
