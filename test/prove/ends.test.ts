/**
 * However a run ends, and wherever: a few of all that `npm run prove:ends` plays, others each time. The seed that is printed plays
 * the same ones again: `npm run prove:ends -- --each 4 --seed n`, or `ASE_ENDS_SEED=n` for this test.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { playAll } from './shards.ts';

const seed = process.env['ASE_ENDS_SEED'] ?? String(Math.floor(Math.random() * 1_000_000));
console.log(`seed ${seed}`);
const report = await playAll('--ends', '--each', '4', '--seed', seed);

suite('a run that blocks anywhere, and is aborted, left alone, cancelled, terminated or lost', () => {
  test('ends in a named state, and leaves the vault locked or says that it did not', () => {
    const [first] = report.failures;
    assert.equal(
      first,
      undefined,
      `seed ${seed}: ${report.failures.length} failed, first ${first?.scenario}: ${first?.what} at ${first?.where}\n${first?.error}`,
    );
  });

  test('has blocked in most cases', () => {
    assert.ok(report.runs > 4 * report.idle, `${report.runs} blocked, ${report.idle} did not`);
  });
});
