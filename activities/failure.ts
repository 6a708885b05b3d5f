/** The one door from any error to a Temporal failure. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure, TemporalFailure } from '@temporalio/common';
import { readAzureError } from '../azure/errors.ts';
import { failureEntry, NotYet, Refusal, type FailureFacts, type FailureType } from '../domain/failures.ts';
import { callTimeout, clampRetryAfter, probeDelay } from '../domain/pace.ts';

type Activities = Record<string, (input: never) => Promise<unknown>>;

/** Every activity leaves through here, so that no error of a client reaches a history with its request in it. */
export const throughOneDoor = <T extends Activities>(activities: T): T =>
  Object.fromEntries(
    Object.entries(activities).map(([name, run]) => [
      name,
      async (input: never) => {
        try {
          return await run(input);
        } catch (error) {
          throw toFailure(error);
        }
      },
    ]),
  ) as T;

const toFailure = (error: unknown): Error => {
  if (error instanceof TemporalFailure) return error;
  if (isAbort(error)) {
    return Context.current().cancellationSignal.aborted
      ? new CancelledFailure('the activity was cancelled')
      : failure('AzureUnavailable', `no answer within ${callTimeout / 1000} s`, {});
  }
  if (error instanceof NotYet) return failure(error.type, error.message, error.facts, error.afterMs);
  if (error instanceof Refusal) return failure(error.type, error.message, error.facts);
  const azure = readAzureError(error);
  if (azure) {
    const code = [azure.code, azure.innerCode].filter(Boolean).join('/');
    const text = `${azure.message} (${[azure.status, code].filter(Boolean).join(' ')})`;
    return failure(azure.type, text, azure.facts, azure.retryAfterMs);
  }
  return failure(
    'Unexpected',
    error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 300) : 'unknown',
    {},
  );
};

const failure = (type: FailureType, message: string, facts: FailureFacts, afterMs?: number): ApplicationFailure => {
  const { class: kind, heals } = failureEntry(type);
  const probed = kind === 'blocked' && heals;
  const delay = probed ? probeDelay(Context.current().info.attempt) : afterMs;
  return ApplicationFailure.create({
    type,
    message,
    details: [facts],
    nonRetryable: kind === 'fatal' || (kind === 'blocked' && !heals),
    ...(delay === undefined ? {} : { nextRetryDelay: clampRetryAfter(delay) }),
    ...(kind === 'waiting' ? { category: ApplicationFailureCategory.BENIGN } : {}),
  });
};

const isAbort = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
