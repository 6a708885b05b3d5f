import { noTimeToRetry } from './failures.ts';
import { RetryState, toExactMs, toMs, type Failure, type ScheduleActivity } from './internals.ts';

/** An activity whose attempt has just failed. */
export type Tried = {
  policy: ScheduleActivity['retryPolicy'];
  /** The attempt that failed, from 1. */
  attempt: number;
  /** Schedule-to-close, in milliseconds since the epoch; Infinity without one. */
  deadline: number;
  cancelRequested: boolean;
  /** The last failure of an earlier attempt that was not a timeout. */
  previous?: Failure | undefined;
};

type Verdict = { retryIn: number } | { giveUp: number; cause: Failure };

/** The server's timer queue does not fire a retry earlier than this [measured]. */
const shortestDelay = 1000;

/** What the server does after a failed or timed-out attempt; the order of the tests is the server's. */
export function afterFailure(tried: Tried, failure: Failure, now: number): Verdict {
  const { attempt, deadline, cancelRequested } = tried;
  const timedOut = failure.timeoutFailureInfo != null;
  const cause = timedOut && tried.previous ? { ...failure, cause: tried.previous } : failure;
  const maximumAttempts = tried.policy?.maximumAttempts ?? 0;

  if (cancelRequested) return { giveUp: RetryState.RETRY_STATE_CANCEL_REQUESTED, cause };
  if (isNonRetryable(tried, failure)) return { giveUp: RetryState.RETRY_STATE_NON_RETRYABLE_FAILURE, cause };
  if (maximumAttempts > 0 && attempt >= maximumAttempts)
    return { giveUp: RetryState.RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED, cause };

  const delay = toExactMs(failure.applicationFailureInfo?.nextRetryDelay) ?? backoff(tried);
  // A zero delay ends retrying, with the same state as a deadline [measured].
  if (delay === 0) return { giveUp: RetryState.RETRY_STATE_TIMEOUT, cause };
  const retryIn = Math.max(delay, shortestDelay);
  if (now + delay <= deadline) return { retryIn };
  return { giveUp: RetryState.RETRY_STATE_TIMEOUT, cause: timedOut ? noTimeToRetry(tried.previous) : cause };
}

function isNonRetryable({ policy }: Tried, { applicationFailureInfo }: Failure): boolean {
  if (!applicationFailureInfo) return false;
  const { nonRetryable, type } = applicationFailureInfo;
  return nonRetryable === true || (policy?.nonRetryableErrorTypes ?? []).includes(type ?? '');
}

/** The server's defaults: 1 s, doubling, capped at a hundred times the first. */
function backoff({ policy, attempt }: Tried): number {
  const initial = toMs(policy?.initialInterval) ?? 1000;
  const cap = toMs(policy?.maximumInterval) ?? initial * 100;
  return Math.min(initial * (policy?.backoffCoefficient || 2) ** (attempt - 1), cap);
}
