/** What the command line says of many blocked operations. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { describeAwaiting, describeSurvey } from '../../cli/blocked.ts';
import { lineOf, tallyOf } from '../../cli/blocked-many.ts';

suite('many blocked operations', () => {
  const device = 'sub/edge-rg/edge-1';
  const operation = { device, procedure: 'generateActivationKey', step: 'lockKeyVault', failure: 'ForeignLock' };

  test('are counted before they are listed', () => {
    const counts = [{ step: 'lockKeyVault', failure: 'ForeignLock', count: 700 }];
    const text = describeSurvey({
      total: 700,
      counts,
      operations: [{ ...operation, workflowId: 'x', taskQueue: 'ase' }],
      worker: false,
      silentQueues: ['ase'],
      awaitingConsent: [],
    });
    assert.match(text, /^700 blocked:\nSTEP +FAILURE +COUNT\nlockKeyVault +ForeignLock +700\n\nThe first 1:\nDEVICE/);
    assert.match(text, /sub\/edge-rg\/edge-1 +lockKeyVault +ForeignLock +-/);
    const none = { total: 0, counts: [], operations: [], worker: true, silentQueues: [], awaitingConsent: [] };
    assert.equal(describeSurvey(none), '');
  });

  test('are followed by those that wait for consent', () => {
    const subscriptionId = '11111111-2222-3333-4444-555555555555';
    const awaitingConsent = [`${subscriptionId}/edge-rg/edge-4`, "odd'one"];
    assert.deepEqual(describeAwaiting({ awaitingConsent }, { subscriptionId }), [
      '2 operations wait for consent:',
      '  ase status -g edge-rg -n edge-4',
      "  odd'one",
    ]);
    assert.deepEqual(describeAwaiting({ awaitingConsent: [] }, {}), []);
  });

  test('are counted by outcome while decisions are sent', () => {
    const outcomes = (['applied', 'refused', 'applied'] as const).map((outcome) => ({ outcome }));
    assert.equal(tallyOf(10, outcomes), '3/10  2 applied, 1 refused');
  });

  test('have a line for each outcome', () => {
    assert.equal(
      lineOf(3, 100, { device, step: 'lockKeyVault', outcome: 'gone', because: 'it has ended' }),
      '  3/100  gone            lockKeyVault of sub/edge-rg/edge-1: it has ended',
    );
  });
});
