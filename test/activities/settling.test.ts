/** What is not known to be over counts as under way: a write that must not meet its late twin waits for it, once. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import {
  beginAttempt,
  recall,
  remember,
  type Situation,
  awaitEarlierAttempts,
  settleIfOver,
} from '../../activities/call.ts';
import { NotYet, Refusal } from '../../domain/failures.ts';
import { settleTime } from '../../domain/pace.ts';
import { azureAnswering, errorOf, refusal, subscriptionId } from '../azure/clients.ts';

type Attempt = { attempt: number; heartbeatDetails?: unknown; situation?: Situation };

type End = { returned: unknown; remembered: unknown } | { threw: unknown; remembered: unknown };

/** Runs in an attempt of an activity; answers what it threw, else what it returned, and what it remembered. */
const within = ({ situation, ...info }: Attempt, run: () => unknown): Promise<End> => {
  const environment = new MockActivityEnvironment(info);
  return environment.run(async (): Promise<End> => {
    beginAttempt(situation);
    try {
      return { returned: run(), remembered: recall() };
    } catch (error) {
      return { threw: error, remembered: recall() };
    }
  });
};

suite('a write that must not overlap with an earlier attempt', () => {
  const passes: [when: string, attempt: Attempt][] = [
    ['in the first attempt', { attempt: 1 }],
    ['when all earlier attempts are known to be over', { attempt: 3, heartbeatDetails: { settledUpTo: 2 } }],
  ];
  for (const [when, attempt] of passes) {
    test(`is sent ${when}`, async () => {
      assert.deepEqual(await within(attempt, awaitEarlierAttempts), {
        returned: undefined,
        remembered: attempt.heartbeatDetails ?? {},
      });
    });
  }

  const waits: [when: string, attempt: Attempt][] = [
    ['after an attempt that reported nothing', { attempt: 2 }],
    ['after an attempt that reported only other things', { attempt: 2, heartbeatDetails: { answers: 1 } }],
    [
      'after an attempt that followed the last one known to be over',
      { attempt: 3, heartbeatDetails: { settledUpTo: 1 } },
    ],
    ['after an earlier activity of the step that reported nothing', { attempt: 1, situation: { unsettled: true } }],
    ['after a reset, which counts attempts from one again', { attempt: 1, heartbeatDetails: { settledUpTo: 4 } }],
  ];
  for (const [when, attempt] of waits) {
    test(`waits ${when}, and reports the wait`, async () => {
      const { threw, remembered } = (await within(attempt, awaitEarlierAttempts)) as {
        threw: unknown;
        remembered: object;
      };
      assert.ok(threw instanceof NotYet);
      assert.deepEqual([threw.type, threw.afterMs], ['EarlierAttemptUnsettled', settleTime]);
      assert.deepEqual(remembered, { ...(attempt.heartbeatDetails as object), settledUpTo: attempt.attempt });
    });
  }

  test('waits once: the attempt after the wait sends it', async () => {
    const { remembered } = await within({ attempt: 2 }, awaitEarlierAttempts);
    const next = await within({ attempt: 3, heartbeatDetails: remembered }, awaitEarlierAttempts);
    assert.ok('returned' in next);
  });
});

suite('an attempt that fails', () => {
  const azureError = (status: number): Promise<unknown> => {
    const azure = azureAnswering(() => Promise.resolve(refusal(status, { error: { code: 'X', message: 'No.' } })));
    return errorOf(azure.subscription(subscriptionId).vaults.get('edge-rg', 'the-vault'));
  };
  const aborted = Object.assign(new Error('aborted'), { name: 'AbortError' });
  const cases: [over: boolean, how: string, error: () => unknown][] = [
    [true, 'with a judgement of the product', () => new Refusal('VaultNameTaken', 'no')],
    [true, 'with a refusal of Azure', () => azureError(409)],
    [true, 'with an answer that Azure is overloaded', () => azureError(503)],
    [false, 'with the timeout of a gateway', () => azureError(504)],
    [false, 'without an answer', () => aborted],
    [false, 'with a defect', () => new TypeError('x')],
  ];
  for (const [over, how, error] of cases) {
    test(`${how} is ${over ? '' : 'not '}known to be over`, async () => {
      const thrown = await error();
      const { returned, remembered } = (await within({ attempt: 1 }, () => settleIfOver(thrown))) as {
        returned: boolean;
        remembered: object;
      };
      assert.equal(returned, over);
      assert.deepEqual(remembered, over ? { settledUpTo: 1 } : {});
    });
  }

  test('reports nothing about the attempts before it', async () => {
    const end = await within({ attempt: 2 }, () => settleIfOver(new Refusal('VaultNameTaken', 'no')));
    assert.deepEqual(end, { returned: false, remembered: {} });
  });

  test('keeps the other remembered details', async () => {
    const end = await within({ attempt: 1 }, () => {
      remember({ answers: 2 });
      return settleIfOver(new Refusal('VaultNameTaken', 'no'));
    });
    assert.deepEqual(end, { returned: true, remembered: { answers: 2, settledUpTo: 1 } });
  });
});
