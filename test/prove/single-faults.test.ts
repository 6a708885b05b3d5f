/**
 * One thing goes wrong: a few single faults of every scenario. `npm run verify` plays nine thousand, `npm run prove:singles`
 * all of them.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { playAll } from './shards.ts';

const report = await playAll('--each', '5');

suite('whatever fails once, at any request, attempt or step of any procedure', () => {
  test('the end is that of the undisturbed run, and every invariant holds', () => {
    const [first] = report.failures;
    assert.equal(
      first,
      undefined,
      `${report.failures.length} failed, first ${first?.scenario}: ${first?.what} at ${first?.where}\n${first?.error}`,
    );
  });

  test('it did happen, and changed what the run came to see', () => {
    assert.ok(report.runs > 85, `${report.runs} runs`);
    assert.ok(report.idle < report.runs / 25, `${report.idle} runs in which nothing went another way`);
  });

  test('operations wait for, and block on, what was done to them', () => {
    for (const type of ['Throttled', 'AzureUnavailable', 'MissingPermission', 'CredentialRefused']) {
      assert.ok(report.types.includes(type), `${type} was met`);
    }
  });
});
