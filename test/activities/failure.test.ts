/** The one door: what any error of an activity becomes for Temporal. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure, TimeoutFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Probing, Situation } from '../../activities/call.ts';
import { throughOneDoor, type FailureDetails } from '../../activities/failure.ts';
import { failures, NotYet, Refusal, type FailureType } from '../../domain/failures.ts';
import { azureAnswering, errorOf, refusal, subscriptionId, token } from '../azure/clients.ts';

const thrown = (
  error: unknown,
  environment = new MockActivityEnvironment(),
  situation?: Situation,
): Promise<unknown> => {
  const { act } = throughOneDoor({ act: (_input: undefined) => Promise.reject(error as Error) });
  return environment.run(() => errorOf(act(undefined, situation)));
};
const failureOf = async (error: unknown, attempt = 1, situation?: Situation): Promise<ApplicationFailure> => {
  const failure = await thrown(error, new MockActivityEnvironment({ attempt }), situation);
  assert.ok(failure instanceof ApplicationFailure, String(failure));
  return failure;
};
const delayOf = async (error: unknown, attempt = 1, situation?: Situation): Promise<unknown> =>
  (await failureOf(error, attempt, situation)).nextRetryDelay;
const types = Object.keys(failures) as FailureType[];
const probing = (cause: string, looks = 0): Situation => ({ probing: { cause, looks } });

suite('a refusal of the product', () => {
  test('keeps its type, its message and its facts', async () => {
    const failure = await failureOf(new Refusal('VaultNameTaken', 'it is taken', { keyVaultName: 'v' }));
    assert.deepEqual([failure.type, failure.message], ['VaultNameTaken', 'it is taken']);
    assert.deepEqual(failure.details, [{ keyVaultName: 'v', ...failures.VaultNameTaken, settled: true, attempts: 1 }]);
  });

  for (const type of types) {
    const { class: kind, heals } = failures[type];
    const final = kind === 'fatal' || kind === 'blocked';
    const loud = kind === 'waiting' ? ', and is no cause for alarm' : '';
    test(`of type ${type} is ${final ? 'not retried' : 'retried'}${loud}`, async () => {
      const failure = await failureOf(new Refusal(type, 'no'));
      assert.equal(failure.nonRetryable, final);
      assert.equal(failure.category === ApplicationFailureCategory.BENIGN, kind === 'waiting');
    });

    test(`of type ${type} contains everything that a workflow needs to know`, async () => {
      const { details } = await failureOf(new Refusal(type, 'no'));
      assert.deepEqual(details, [{ ...failures[type], settled: true, attempts: 1 }]);
    });

    const waits = kind === 'blocked' && heals;
    test(`of type ${type} ${waits || !final ? 'is awaited' : 'is not awaited'} by the probe of its block`, async () => {
      const ends = async (probing: Probing): Promise<boolean | undefined | null> =>
        (await failureOf(new Refusal(type, 'no'), 7, { probing })).nonRetryable;
      const other = 'SomethingElse';
      assert.deepEqual(
        [
          await ends({ cause: type, looks: 0 }),
          await ends({ cause: other, looks: 0 }),
          await ends({ cause: other, looks: 30, anyCause: true }),
        ],
        [final && !waits, final, final && !waits],
      );
    });

    test(`of type ${type} is awaited by the probe of a step that must not be abandoned`, async () => {
      const ends = async (probing: Omit<Probing, 'looks' | 'unending'>): Promise<boolean | undefined | null> =>
        (await failureOf(new Refusal(type, 'no'), 7, { probing: { ...probing, looks: 0, unending: true } }))
          .nonRetryable;
      const other = 'SomethingElse';
      assert.deepEqual(
        [await ends({ cause: type }), await ends({ cause: other }), await ends({ cause: other, anyCause: true })],
        [false, final, false],
      );
    });
  }

  test('of any kind is probed at growing intervals while its step is blocked', async () => {
    for (const type of types) {
      const delays = [1, 2, 100].map((attempt) => delayOf(new Refusal(type, 'no'), attempt, probing(type)));
      assert.deepEqual(await Promise.all(delays), [15_000, 30_000, 300_000], type);
    }
  });

  test('is probed at the interval that the probes of earlier causes had reached', async () => {
    const delays = [1, 2, 3].map((attempt) =>
      delayOf(new Refusal('ForeignLock', 'no'), attempt, probing('ForeignLock', 4)),
    );
    assert.deepEqual(await Promise.all(delays), [60_000, 75_000, 90_000]);
  });

  test('is not probed at once when its probe continues from another cause', async () => {
    let looks = 0;
    const { act } = throughOneDoor({ act: (_input: undefined) => Promise.resolve((looks += 1)) });
    const attempt = (attempt: number) =>
      new MockActivityEnvironment({ attempt }).run(() => act(undefined, probing('AnyType', 4)));
    const failure = await errorOf(attempt(1));
    assert.ok(failure instanceof ApplicationFailure);
    assert.deepEqual([looks, failure.type, failure.nextRetryDelay], [0, 'AnyType', 60_000]);
    assert.ok(!failure.nonRetryable);
    assert.equal(await attempt(2), 1);
  });

  test('reports how often its step was checked since it blocked', async () => {
    const { details } = await failureOf(new Refusal('ForeignLock', 'no'), 3, probing('VaultNetworkClosed', 4));
    assert.equal((details?.[0] as FailureDetails | undefined)?.looks, 6);
  });

  test('that requests a short delay gets the longer delay of a probe', async () => {
    assert.equal(
      await delayOf(new NotYet('AuditStorageCreating', 'wait', 5000), 100, probing('AuditStorageCreating')),
      300_000,
    );
  });

  test('that requests a long delay gets that delay', async () => {
    assert.equal(
      await delayOf(new NotYet('EarlierAttemptUnsettled', 'wait', 85_000), 1, probing('EarlierAttemptUnsettled')),
      85_000,
    );
  });

  test('that is temporary leaves the delay to the retry policy', async () => {
    assert.equal(await delayOf(new Refusal('AzureUnavailable', 'no')), undefined);
  });
});

suite('the input of a retry', () => {
  const retried = async (input: unknown): Promise<unknown> => {
    let tried = false;
    const { act } = throughOneDoor({ act: (_input: undefined) => Promise.resolve((tried = true)) });
    const retry = { input, accepts: ['keyVaultName'] };
    const failure = await new MockActivityEnvironment().run(() =>
      act(undefined, { retry }).catch((error: unknown) => error),
    );
    return tried ? 'tried' : failure;
  };

  test('is used if it is valid', async () => {
    assert.equal(await retried({ keyVaultName: 'a-free-name' }), 'tried');
  });

  for (const [what, input] of [
    ['an invalid name', { keyVaultName: 'x' }],
    ['a field that the step does not accept', { location: 'x' }],
    ['not an object', 'x'],
  ]) {
    test(`that is ${what as string} is refused before any attempt, and the step stays blocked`, async () => {
      const failure = await retried(input);
      assert.ok(failure instanceof ApplicationFailure);
      const { class: kind, inputRefused, retryHelps } = (failure.details ?? [])[0] as FailureDetails;
      assert.deepEqual(
        [failure.type, failure.nonRetryable, kind, inputRefused, retryHelps],
        ['InvalidInput', true, 'blocked', true, true],
      );
    });
  }
});

suite('a check that came too early', () => {
  test('reports when the next check is due, and is never due at once', async () => {
    const delays = [4000, 0, 3_600_000].map((ms) => delayOf(new NotYet('VaultCreating', 'wait', ms)));
    assert.deepEqual(await Promise.all(delays), [4000, 1000, 300_000]);
  });
});

suite('an error of Azure', () => {
  const throttled = async () => {
    const body = { error: { code: 'TooManyRequests', message: 'Slow down.' } };
    const azure = azureAnswering(() => Promise.resolve(refusal(429, body, { 'retry-after': '17' })));
    return errorOf(azure.subscription(subscriptionId).vaults.get('edge-rg', 'the-vault'));
  };

  test('reports its message, its status and its code, and the requested delay', async () => {
    const failure = await failureOf(await throttled());
    assert.equal(failure.type, 'Throttled');
    assert.equal(failure.message, 'Slow down. (429 TooManyRequests)');
    assert.equal(await delayOf(await throttled()), 17_000);
    assert.equal(failure.nonRetryable, false);
  });

  test('writes nothing of the request into the history', async () => {
    const failure = await failureOf(await throttled());
    assert.equal(failure.cause, undefined);
    const history = JSON.stringify([failure.message, failure.details, failure.stack]);
    assert.ok(!history.includes(token));
    assert.ok(!history.includes('management.azure.com'));
  });
});

suite('an aborted request', () => {
  const aborted = () => Object.assign(new Error('The operation was aborted.'), { name: 'AbortError' });

  test('means that Azure did not answer in time', async () => {
    const failure = await failureOf(aborted());
    assert.deepEqual([failure.type, failure.message], ['AzureUnavailable', 'no answer within 20 s']);
  });

  test('means cancellation if the activity was cancelled', async () => {
    const environment = new MockActivityEnvironment();
    environment.cancel();
    assert.ok((await thrown(aborted(), environment)) instanceof CancelledFailure);
  });
});

suite('any other error', () => {
  test('is a defect with a short message', async () => {
    const failure = await failureOf(new TypeError(`x is undefined ${'y'.repeat(1000)}`));
    assert.equal(failure.type, 'Unexpected');
    assert.ok(failure.message.startsWith('TypeError: x is undefined y'));
    assert.equal(failure.message.length, 300);
    assert.equal(failure.nonRetryable, false);
  });

  test('that quotes unreadable text is reported by its name alone', async () => {
    assert.equal((await failureOf(new SyntaxError('Unexpected token in "a-secret"'))).message, 'SyntaxError');
  });

  test('is unknown if it is not an error at all', async () => {
    assert.equal((await failureOf('boom')).message, 'unknown');
  });

  test('of Temporal passes unchanged', async () => {
    const timeout = new TimeoutFailure('late', undefined, 'HEARTBEAT');
    assert.equal(await thrown(timeout), timeout);
  });
});

test('the result of an activity passes unchanged, and every activity keeps its name', async () => {
  const result = { id: 1 };
  const activities = throughOneDoor({
    one: (_input: undefined) => Promise.resolve(result),
    two: (_input: undefined) => Promise.resolve(2),
  });
  assert.deepEqual(Object.keys(activities), ['one', 'two']);
  assert.equal(await new MockActivityEnvironment().run(() => activities.one(undefined)), result);
});
