/** A few of the cases that `npm run prove:causes` plays, others each time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playCauses } from './causes.ts';

test('causes that follow each other for two weeks are one block, and their history stays small', async (t) => {
  const seed = Number(process.env['ASE_CAUSES_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(
    `seed ${seed}; the same again: ASE_CAUSES_SEED=${seed}, all cases: npm run prove:causes -- --seed ${seed}`,
  );
  const { failures, cases } = await playCauses({ seed, of: 3, each: 1 });
  assert.deepEqual(failures, [], `seed ${seed}`);
  assert.equal(cases, 3);
});
