/**
 * The token service answers nothing for a minute: a few moments of every scenario. `npm run prove:sign-in` plays all of them, and
 * all else that may happen to a request for a token.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { playAll } from './shards.ts';

const report = await playAll('--sign-in', '--what', 'all hang for a minute', '--each', '2');

suite('a minute in which every request for a token hangs, whatever the worker is at', () => {
  test('holds up everything for a while, asks nobody, and leaves no attempt behind', () => {
    const [first] = report.failures;
    assert.equal(
      first,
      undefined,
      `${report.failures.length} failed, first ${first?.scenario} at ${first?.where}\n${first?.error}`,
    );
  });

  test('was met by every scenario', () => {
    assert.ok(report.runs >= report.scenarios, `${report.runs} runs of ${report.scenarios} scenarios`);
    assert.ok(report.types.includes('AzureUnavailable'), 'attempts failed for it');
  });
});
