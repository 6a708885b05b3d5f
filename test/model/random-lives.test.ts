/**
 * Whatever people, faults, others and time do in any order: one of each, nothing of others touched, no vault gone without
 * consent, no secret outside, and every procedure ends with a name. `RANDOM_LIVES=10000` lives that many instead of a few
 * hundred; `RANDOM_LIVES_SEED=7` begins elsewhere.
 */
import { test } from 'node:test';
import fc from 'fast-check';
import { anyLife } from './happenings.ts';
import { liveThrough } from './life.ts';
import { assertGoesOn, assertSound } from './soundness.ts';

const lives = Number(process.env['RANDOM_LIVES'] ?? 200);
const seed = process.env['RANDOM_LIVES_SEED'];

test('random lives of a device and its key vault end well', async () => {
  const property = fc.asyncProperty(anyLife(40), async (life) => {
    const lived = await liveThrough(life);
    assertSound(lived);
    await assertGoesOn(lived);
  });
  await fc.assert(property, { numRuns: lives, ...(seed === undefined ? {} : { seed: Number(seed) }) });
});
