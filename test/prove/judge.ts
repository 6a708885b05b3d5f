/** What must hold when a scenario has been played, whatever happened in it. */
import assert from 'node:assert/strict';
import type { ConsentRecord } from '../../workflows/messages.ts';
import { steps } from '../../workflows/steps.ts';
import { assertInvariants } from '../harness/invariants.ts';
import { assertNobodyPurged } from '../harness/purges.ts';
import type { Golden } from './golden.ts';
import type { Played } from './play.ts';
import { assertFateAsSaid } from './scenarios.ts';

const minute = 60_000;

/** A last attempt may begin just before the deadline of its activity. */
const lastAttempt = 3 * minute;

const units: Readonly<Record<string, number>> = { s: 1000, m: minute, h: 60 * minute };

/** `15m` in milliseconds. */
const toMs = (duration: unknown): number => {
  const [, count, unit = ''] = /^(\d+)([smh])$/.exec(String(duration)) ?? [];
  return Number(count) * (units[unit] ?? Number.NaN);
};

/** Each attempt needs a certificate and a key of its own: how many there are is a matter of how often it is tried. */
const isPerAttempt = (action: string): boolean => action.endsWith('Certificate/action');

/** All that was said and counted, oldest first. */
export const consentsOf = async ({ statuses }: Played): Promise<ConsentRecord[]> =>
  (await statuses()).flatMap((one) => one.consents ?? []).flatMap((one) => (one.counted ? [one] : []));

/**
 * @param others whether others than the people of the scenario have spoken: then the last word is the end
 * @throws AssertionError for whatever is not as the design promises
 */
export const judge = async (played: Played, { duration, writes, beginning }: Golden, others = false): Promise<void> => {
  const { world, scenario, runs, blocks, endings, firstLinked } = played;
  for (const { block, startedAt, since } of blocks) {
    const bound = toMs(steps[block.step].policy.scheduleToCloseTimeout) + lastAttempt;
    assert.ok(since - startedAt <= bound, `${block.step} blocked after ${since - startedAt} ms, at most ${bound}`);
  }
  const waits = blocks.reduce((sum, { block }) => sum + toMs(steps[block.step].policy.scheduleToCloseTimeout), 0);
  const longest = endings.length * duration + waits + (blocks.length + 2) * 30 * minute;
  assert.ok(played.duration <= longest, `it took ${played.duration} ms, at most ${longest}`);
  const isVaultGone = Object.keys(world.azure.state.deletedVaults).some((name) => !beginning.state.deletedVaults[name]);
  const consents = isVaultGone || others ? await consentsOf(played) : [];
  assertInvariants({
    azure: world.azure,
    device: world.device(),
    before: beginning.state,
    runs,
    consents,
    firstLinked,
    writes: played.writes,
    mostWrites: (action) => (isPerAttempt(action) ? Infinity : ((writes[action] ?? 0) + 1) * endings.length + 1),
  });
  assertNobodyPurged();
  const last = consents.at(-1);
  if (others && last) assertFateAsSaid(world, last.decision);
  else await scenario.end(world);
};

/** @throws AssertionError unless the worker has got over it alone, with all of its slots free */
export const judgePassed = ({ runs, blocks, inHand }: Played, golden: Golden): void => {
  assert.equal(runs.length, 1, 'it was started once');
  assert.equal(blocks.length, golden.blocks, `nobody was asked: ${blocks.map(({ block }) => block.failure).join()}`);
  assert.equal(inHand, 0, 'every attempt has ended');
};
