/** The one door from any error to a Temporal failure. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure, TemporalFailure } from '@temporalio/common';
import { readAzureError } from '../azure/errors.ts';
import { failureEntry, NotYet, Refusal, type FailureFacts, type FailureType } from '../domain/failures.ts';
import { callTimeout, clampRetryAfter, probeDelay } from '../domain/pace.ts';
import { beginAttempt, situation, type Situation } from './call.ts';
import { settleIfOver } from './settling.ts';

type Activity = (input: never) => Promise<unknown>;
type Activities = Record<string, Activity>;

/** The same activities, which also take the situation they are run in. */
type Guarded<T extends Activities> = {
  [N in keyof T]: (input: Parameters<T[N]>[0], situation?: Situation) => ReturnType<T[N]>;
};

/** Every activity leaves through here, so that no error of a client reaches a history with its request in it. */
export const throughOneDoor = <T extends Activities>(activities: T): Guarded<T> =>
  Object.fromEntries(Object.entries(activities).map(([name, run]) => [name, guarded(run)])) as Guarded<T>;

const guarded =
  (run: Activity) =>
  async (input: never, situation?: Situation): Promise<unknown> => {
    beginAttempt(situation);
    try {
      return await run(input);
    } catch (error) {
      throw toFailure(error, settleIfOver(error));
    }
  };

const toFailure = (error: unknown, settled: boolean): Error => {
  if (error instanceof TemporalFailure) return error;
  if (isAbort(error)) {
    return Context.current().cancellationSignal.aborted
      ? new CancelledFailure('the activity was cancelled')
      : failure('AzureUnavailable', `no answer within ${callTimeout / 1000} s`, { settled });
  }
  if (error instanceof NotYet) return failure(error.type, error.message, { ...error.facts, settled }, error.afterMs);
  if (error instanceof Refusal) return failure(error.type, error.message, { ...error.facts, settled });
  const azure = readAzureError(error);
  if (azure) {
    const code = [azure.code, azure.innerCode].filter(Boolean).join('/');
    const text = `${azure.message} (${[azure.status, code].filter(Boolean).join(' ')})`;
    return failure(azure.type, text, { ...azure.facts, settled }, azure.retryAfterMs);
  }
  return failure('Unexpected', describe(error), { settled });
};

/** While its step is blocked an activity is slower than it would be by itself: the cause may stay for days. */
const failure = (type: FailureType, message: string, facts: FailureFacts, afterMs?: number): ApplicationFailure => {
  const { class: kind, heals } = failureEntry(type);
  const { attempt } = Context.current().info;
  const delay = situation().probing ? Math.max(afterMs ?? 0, probeDelay(attempt)) : afterMs;
  return ApplicationFailure.create({
    type,
    message,
    details: [{ ...facts, attempts: attempt }],
    nonRetryable: kind === 'fatal' || (kind === 'blocked' && !heals),
    ...(delay === undefined ? {} : { nextRetryDelay: clampRetryAfter(delay) }),
    ...(kind === 'waiting' ? { category: ApplicationFailureCategory.BENIGN } : {}),
  });
};

const describe = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown';
  // The message of a SyntaxError quotes what could not be parsed, which may be a secret.
  if (error instanceof SyntaxError) return error.name;
  return `${error.name}: ${error.message}`.slice(0, 300);
};

export const isAbort = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
