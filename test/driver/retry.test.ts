import assert from 'node:assert/strict';
import { test } from 'node:test';
import { msToTs } from '@temporalio/common/lib/time.js';
import { timeoutFailure } from '../harness/temporal/failures.ts';
import { RetryState, type Failure } from '../harness/temporal/internals.ts';
import { afterFailure, type Tried } from '../harness/temporal/retry.ts';

const now = Date.UTC(2026, 0, 1);
const failure = (info: Failure['applicationFailureInfo'] = {}): Failure => ({
  message: 'no',
  applicationFailureInfo: { type: 'Odd', ...info },
});
const tried = (change: Partial<Tried> = {}): Tried => ({
  policy: undefined,
  attempt: 1,
  deadline: Infinity,
  cancelRequested: false,
  ...change,
});
const policy = { initialInterval: msToTs('10s'), backoffCoefficient: 3, maximumInterval: msToTs('60s') };

const delays: [string, Tried, Failure, number][] = [
  ['a second, without a policy', tried(), failure(), 1000],
  ['double the previous delay, without a policy', tried({ attempt: 4 }), failure(), 8000],
  ['at most a hundred times the first delay, without a policy', tried({ attempt: 30 }), failure(), 100_000],
  ['the initial interval of the policy', tried({ policy }), failure(), 10_000],
  ['the interval times the coefficient', tried({ policy, attempt: 2 }), failure(), 30_000],
  ['at most the maximum interval', tried({ policy, attempt: 3 }), failure(), 60_000],
  ['the delay in the failure', tried({ policy }), failure({ nextRetryDelay: msToTs('17s') }), 17_000],
  [
    'the delay in the failure, even beyond the maximum interval',
    tried({ policy }),
    failure({ nextRetryDelay: msToTs('5m') }),
    300_000,
  ],
  ['one second if the policy has less', tried({ policy: { initialInterval: msToTs(100) } }), failure(), 1000],
  ['one second if the failure has less', tried(), failure({ nextRetryDelay: msToTs(1) }), 1000],
  ['a delay that ends exactly at the deadline', tried({ deadline: now + 1000 }), failure(), 1000],
];
for (const [what, from, failed, retryIn] of delays)
  test(`the next attempt comes after ${what}`, () => {
    assert.deepEqual(afterFailure(from, failed, now), { retryIn });
  });

const ends: [string, Tried, Failure, number][] = [
  ['it is non-retryable', tried(), failure({ nonRetryable: true }), RetryState.RETRY_STATE_NON_RETRYABLE_FAILURE],
  [
    'its type is listed',
    tried({ policy: { nonRetryableErrorTypes: ['Odd'] } }),
    failure(),
    RetryState.RETRY_STATE_NON_RETRYABLE_FAILURE,
  ],
  [
    'the attempts are spent',
    tried({ policy: { maximumAttempts: 2 }, attempt: 2 }),
    failure(),
    RetryState.RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED,
  ],
  ['cancellation was requested', tried({ cancelRequested: true }), failure(), RetryState.RETRY_STATE_CANCEL_REQUESTED],
  [
    'the next attempt would begin after the deadline',
    tried({ deadline: now + 999 }),
    failure(),
    RetryState.RETRY_STATE_TIMEOUT,
  ],
  [
    'the failure requests no delay at all',
    tried(),
    failure({ nextRetryDelay: msToTs(0) }),
    RetryState.RETRY_STATE_TIMEOUT,
  ],
];
for (const [when, from, failed, giveUp] of ends)
  test(`a failure is the last if ${when}`, () => {
    assert.deepEqual(afterFailure(from, failed, now), { giveUp, cause: failed });
  });

test('a type that is not listed is retried', () => {
  const verdict = afterFailure(tried({ policy: { nonRetryableErrorTypes: ['Other'] } }), failure(), now);
  assert.deepEqual(verdict, { retryIn: 1000 });
});

test('a timeout is retried, whatever types are listed', () => {
  const verdict = afterFailure(
    tried({ policy: { nonRetryableErrorTypes: ['Odd', ''] } }),
    timeoutFailure('Heartbeat'),
    now,
  );
  assert.deepEqual(verdict, { retryIn: 1000 });
});

test('a timeout after which no attempt fits becomes the deadline, and contains the failure before it', () => {
  const previous = failure();
  const verdict = afterFailure(tried({ deadline: now, previous }), timeoutFailure('StartToClose'), now);
  assert.ok('giveUp' in verdict);
  assert.equal(verdict.giveUp, RetryState.RETRY_STATE_TIMEOUT);
  assert.deepEqual(verdict.cause.timeoutFailureInfo, { timeoutType: 3 });
  assert.equal(verdict.cause.cause, previous);
});
