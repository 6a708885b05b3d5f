/** One step whose cause changes for as long as it is blocked, in any scenario, until the deadline ends it. */
import assert from 'node:assert/strict';
import type { Activities } from '../../activities/index.ts';
import { failures, type FailureType } from '../../domain/failures.ts';
import type { Random } from '../../scripts/soak/random.ts';
import { consentSignal, decideSignal, type Status } from '../../workflows/messages.ts';
import type { StepName } from '../../workflows/steps.ts';
import { failing } from '../harness/failing.ts';
import type { Run } from '../harness/temporal/index.ts';
import { createWorld, status, type World } from '../harness/world.ts';
import type { Golden } from './golden.ts';
import { again } from './play.ts';

const types = Object.keys(failures) as FailureType[];

/** Causes that looks may find: `ending` ones end the probe of another cause, beside `passing` ones it just goes on. */
type Found = { ending: readonly FailureType[]; passing: readonly FailureType[] };

/** Where a cause that does not heal ends the looking, only these go on taking turns. */
const healing: Found = {
  ending: types.filter((type) => failures[type].class === 'blocked' && failures[type].heals),
  passing: types.filter((type) => failures[type].heals),
};
/** A step that nobody can give up goes on looking, whatever it finds. */
const any: Found = {
  ending: types.filter((type) => failures[type].class === 'blocked' || failures[type].class === 'fatal'),
  passing: types,
};

const pick = (from: readonly FailureType[], { oneOf }: Random): FailureType => oneOf(from as [FailureType]);

const choose = (count: number, from: readonly FailureType[], random: Random): FailureType[] =>
  Array.from({ length: count }).reduce<FailureType[]>(
    (chosen) => [
      ...chosen,
      pick(
        from.filter((type) => !chosen.includes(type)),
        random,
      ),
    ],
    [],
  );

/** What each look at the step finds. */
type Causes = () => FailureType;

const inTurn = (causes: readonly FailureType[]): Causes => {
  let looks = 0;
  return () => causes[looks++ % causes.length]!;
};

type ScheduleOf = (random: Random, found: Found) => Causes;

/** How causes follow each other. `all`: each of them comes early, and the end must name it. */
export const schedules: readonly { name: string; all: boolean; of: ScheduleOf }[] = [
  { name: 'two causes in turn', all: true, of: (random, { ending }) => inTurn(choose(2, ending, random)) },
  { name: 'three causes in turn', all: true, of: (random, { ending }) => inTurn(choose(3, ending, random)) },
  {
    name: 'three causes at random',
    all: false,
    of: (random, { ending }) => {
      const causes = choose(3, ending, random);
      return () => pick(causes, random);
    },
  },
  {
    name: 'any causes that may pass, at random',
    all: false,
    of:
      (random, { passing }) =>
      () =>
        pick(passing, random),
  },
];

export type Schedule = (typeof schedules)[number];

export type Turned = {
  /** Of the run's history. */
  events: number;
  /** Looks that found a cause. */
  looks: number;
  /** Whether the step blocked: what is worth a try only does not. */
  blocked: boolean;
};

/** More would be too much to read, and to replay on every question. */
export const mostEvents = 500;
const deadline = 14 * 24 * 3_600_000;

/**
 * Nobody decides. Up to the step all goes as undisturbed.
 * @throws AssertionError unless it was one block that ended at its deadline, in a history of bounded length
 */
export const playTurns = async (
  golden: Golden,
  step: StepName,
  { of, all }: Schedule,
  random: Random,
): Promise<Turned> => {
  const causes = of(random, step === 'relockKeyVault' ? any : healing);
  const met: FailureType[] = [];
  const { world, run } = await begin(golden, step, (name) => {
    // The lock is put back only where something failed while it was off.
    if (step === 'relockKeyVault' && name === 'softDeleteKeyVault') return 'RequestRefused';
    if (name !== step) return undefined;
    met.push(causes());
    return met.at(-1);
  });
  let last: Status['blocked'];
  let blockedAt: number | undefined;
  let overAt: number | undefined;
  let seen: string | undefined;
  while (!run.outcome) {
    await proceed(world, run, golden);
    const { AseBlockedStep: at, AseFailure: failure } = run.searchAttributes;
    const now = JSON.stringify([at, failure]);
    // What the run does to end well comes after that, and may wait for a request of an earlier attempt.
    if (blockedAt !== undefined && at === undefined) overAt ??= world.clock.now();
    if (run.outcome || at === undefined || now === seen) continue;
    seen = now;
    const { blocked } = await status(run);
    if (!blocked) continue;
    if (blocked.retryWith) {
      // As the scenario has it: this is not the step that is looked at.
      await retry(run, blocked);
      continue;
    }
    blockedAt ??= world.clock.now();
    if (last) assert.deepEqual([blocked.block, blocked.since], [last.block, last.since], 'it is one block');
    last = blocked;
  }
  assert.ok(run.historyEvents <= mostEvents, `${run.historyEvents} events`);
  if (last && blockedAt !== undefined) {
    assert.equal((overAt ?? world.clock.now()) - blockedAt, deadline, 'its deadline ended it');
    assertEnd(run, last, all ? [...new Set(met)] : []);
  }
  return { events: run.historyEvents, looks: met.length, blocked: last !== undefined };
};

const assertEnd = (run: Run, { failure, causes, abortable }: NonNullable<Status['blocked']>, met: string[]): void => {
  assert.deepEqual(
    met.filter((type) => !causes.includes(type)),
    [],
    'the block names what it met',
  );
  const { outcome } = run;
  // The key is out, and only its audit trail is missing.
  if (outcome?.status === 'completed') return;
  assert.equal(outcome?.status, 'failed', JSON.stringify(outcome));
  const { type, message, details } = (outcome as { error: Error & { type?: string; details?: unknown[] } }).error;
  assert.equal(type, abortable ? failure : 'KeyVaultLeftUnlocked');
  assert.match(message, /^no decision within 14 days: /);
  for (const cause of causes) assert.ok(message.includes(cause), `${cause} is missing in: ${message}`);
  assert.deepEqual((details?.[0] as { causes?: unknown } | undefined)?.causes, causes);
};

/** @param next what a look at a step finds; undefined lets it do its work */
const begin = async (
  golden: Golden,
  step: StepName | undefined,
  next: (step: string) => FailureType | undefined,
): Promise<{ world: World; run: Run }> => {
  const { scenario, beginning, attempts } = golden;
  const first = attempts.findIndex(({ name }) => name === (step === 'relockKeyVault' ? 'softDeleteKeyVault' : step));
  const skip = Math.max(first, 0);
  let begun = 0;
  const around = (activities: Activities): Activities => {
    const told = failing(next)(activities) as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>;
    return Object.fromEntries(
      Object.entries(told).map(([name, activity]) => [
        name,
        async (...given: unknown[]): Promise<unknown> => {
          const index = begun++;
          if (index < skip) return again(attempts[index]!);
          if (index === skip && skip > 0) world.azure.restore(attempts[skip]!.state);
          return activity(...given);
        },
      ]),
    ) as unknown as Activities;
  };
  const world = await createWorld({ from: { ...beginning, certificates: 1000 * (skip + 1) }, around });
  return { world, run: await scenario.start(world) };
};

const proceed = async (world: World, run: Run, { scenario: { word } }: Golden): Promise<void> => {
  if (word && run.searchAttributes['AsePhase'] === 'consent') {
    const { consent } = await status(run);
    if (consent) {
      const { keyVaultName, inventory } = consent;
      return run.signal(consentSignal, { decision: word, keyVaultName, inventory, by: 'ada' });
    }
  }
  assert.ok(await world.temporal.step(), 'nothing more will happen');
};

/** Every step of the procedure meets two causes in turn before it does its work. */
export const playEverywhere = async (golden: Golden, random: Random): Promise<Turned> => {
  const causes = inTurn(choose(2, healing.ending, random));
  const looks = new Map<string, number>();
  const { world, run } = await begin(golden, undefined, (name) => {
    const looked = (looks.get(name) ?? 0) + 1;
    looks.set(name, looked);
    return looked <= looksEach ? causes() : undefined;
  });
  const retries = await attend(world, run, golden, ({ heals, retryWith }) => !heals || retryWith !== undefined);
  assert.equal(run.outcome?.status, 'completed', JSON.stringify(run.outcome));
  const most = mostEvents + retries * mostEventsOfRetry;
  assert.ok(run.historyEvents <= most, `${run.historyEvents} events, ${retries} retries`);
  return { events: run.historyEvents, looks: [...looks.values()].reduce((sum, one) => sum + one, 0), blocked: true };
};

/** A retry of what was undone begins with what leads to it: of a deletion, from its inventory to its lock and its trail. */
const mostEventsOfRetry = 50;

/** Enough that all changes of cause that a run follows are used up by the first steps. */
const looksEach = 6;

/** Somebody retries each block at once, for as long as that is accepted. */
export const playRetries = async (golden: Golden, step: StepName, random: Random): Promise<Turned> => {
  const causes = inTurn(choose(2, healing.ending, random));
  let looks = 0;
  const { world, run } = await begin(golden, step, (name) => {
    if (step === 'relockKeyVault' && name === 'softDeleteKeyVault') return 'RequestRefused';
    if (name !== step) return undefined;
    looks += 1;
    return causes();
  });
  await attend(world, run, golden, () => true);
  assert.equal(run.outcome?.status, 'failed', JSON.stringify(run.outcome));
  assert.ok(run.historyEvents <= mostEventsRetried, `${run.historyEvents} events`);
  return { events: run.historyEvents, looks, blocked: true };
};

/** The server begins to warn at 10,240. */
const mostEventsRetried = 8_000;

/** Retries each block once where that is wanted, to the end of the run. Returns how often. */
const attend = async (
  world: World,
  run: Run,
  golden: Golden,
  wants: (block: NonNullable<Status['blocked']>) => boolean,
): Promise<number> => {
  let retried = 0;
  let retries = 0;
  while (!run.outcome) {
    await proceed(world, run, golden);
    if (run.searchAttributes['AseBlockedStep'] === undefined) continue;
    const { blocked } = await status(run);
    if (!blocked || blocked.block === retried || !wants(blocked)) continue;
    retried = blocked.block;
    retries += 1;
    await retry(run, blocked);
  }
  return retries;
};

const retry = (run: Run, { step, block, retryWith: input }: NonNullable<Status['blocked']>): Promise<void> =>
  run.signal(decideSignal, { step, block, decision: 'retry', by: 'ada', ...(input ? { input } : {}) });
