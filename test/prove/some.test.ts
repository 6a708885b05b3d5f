/**
 * One case of each kind and scenario, others each time. `npm run verify` plays five thousand, with all telling ones among them;
 * scripts of their own play all. The seed that is printed draws the same ones again, as `ASE_PROVE_SEED`.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { playAll } from './shards.ts';

const seed = process.env['ASE_PROVE_SEED'] ?? String(Math.floor(Math.random() * 1_000_000));
console.log(`seed ${seed}`);
const sample = ['singles:2', 'sign-in:1', 'ends:1'].flatMap((kind) => ['--kind', kind]);
const report = await playAll({ parts: 1 }, ...sample, '--seed', seed);

suite(
  'after any single failure, at any request, attempt or step, and after any end of a run that was blocked there,',
  () => {
    test('the end is that of the undisturbed run, or a named one, and every invariant holds', () => {
      const [first] = report.failures;
      assert.equal(
        first,
        undefined,
        `seed ${seed}: ${report.failures.length} failed, first ${first?.scenario}: ${first?.what} at ${first?.where}\n${first?.error}`,
      );
    });

    test('the failure did occur in every scenario, and changed the observations of the run', () => {
      const { scenarios, runs, idle } = report;
      assert.ok(runs.singles > 1.8 * scenarios.length, `${runs.singles} single faults`);
      assert.ok(runs['sign-in'] > 0.8 * scenarios.length, `${runs['sign-in']} faults of sign-ins`);
      assert.ok(runs.ends > 2 * idle.ends, `${runs.ends} blocked, ${idle.ends} did not`);
    });
  },
);
