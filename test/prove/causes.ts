/** Causes that follow each other at every step of every procedure, for as long as nobody decides: which cases there are. */
import { createRandom, type Random } from '../../scripts/soak/random.ts';
import type { StepName } from '../../workflows/steps.ts';
import type { Golden } from './golden.ts';
import { goldenOf } from './play.ts';
import { scenarios } from './scenarios.ts';
import { playEverywhere, playRetries, playTurns, schedules, type Turned } from './turns.ts';

/** All steps of all procedures that may block are in these. */
const played = [
  'generate',
  'generate, audit after',
  'regenerate, superseding',
  'delete device, keep vault',
  'delete vault',
  'recover',
  'recover, past the window',
  'repair',
];

/** Where a person who retries for ever makes the longest histories. */
const retried: readonly [scenario: string, step: StepName][] = [
  ['generate', 'ensureKeyVault'],
  ['delete vault', 'softDeleteKeyVault'],
  ['delete vault', 'relockKeyVault'],
];

type Case = { where: string; kind: 'alone' | 'everywhere' | 'retried'; play: (random: Random) => Promise<Turned> };

const casesOf = (golden: Golden): Case[] => {
  const { scenario, attempts } = golden;
  const steps = [...new Set(attempts.map(({ name }) => name as StepName))];
  const all: StepName[] = steps.includes('softDeleteKeyVault') ? [...steps, 'relockKeyVault'] : steps;
  return [
    ...all.flatMap((step) =>
      schedules.map((schedule) => ({
        where: `${scenario.name}, ${step}: ${schedule.name}`,
        kind: 'alone' as const,
        play: (random: Random) => playTurns(golden, step, schedule, random),
      })),
    ),
    {
      where: `${scenario.name}, every step`,
      kind: 'everywhere',
      play: (random) => playEverywhere(golden, random),
    },
    ...retried
      .filter(([name]) => name === scenario.name)
      .map(([, step]) => ({
        where: `${scenario.name}, ${step}: retried as often as it may be`,
        kind: 'retried' as const,
        play: (random: Random) => playRetries(golden, step, random),
      })),
  ];
};

export type Longest = { events: number; where: string };

export type CausesReport = {
  cases: number;
  /** Cases in which a step blocked: what is worth a try only does not. */
  blocked: number;
  looks: number;
  /** The longest history of each kind of case. */
  longest: Partial<Record<Case['kind'], Longest>>;
  failures: { where: string; error: string }[];
};

export type CausesOptions = {
  seed: number;
  /** So many scenarios, chosen by the seed, and so many cases of each; all by default. */
  of?: number;
  each?: number;
  /** `index` of `of` parts. */
  shard?: { index: number; of: number };
};

export const playCauses = async ({ seed, of, each, shard }: CausesOptions): Promise<CausesReport> => {
  const report: CausesReport = { cases: 0, blocked: 0, looks: 0, longest: {}, failures: [] };
  const all = scenarios.filter(({ name }) => played.includes(name));
  for (const { one: scenario, own } of some(all, seed, of)) {
    const cases = some(casesOf(await goldenOf(scenario)), own, each);
    const mine = cases.filter((_, index) => !shard || index % shard.of === shard.index);
    for (const { one, own } of mine) await playInto(report, one, createRandom(own));
  }
  return report;
};

/** Some of them by a seed, each with a seed of its own, whatever the others are. */
const some = <T>(all: readonly T[], seed: number, most = Infinity): { one: T; own: number }[] => {
  const { between } = createRandom(seed);
  const drawn = all.map((one) => ({ one, own: Math.floor(between(0, 2 ** 31)) }));
  return drawn.toSorted((one, other) => one.own - other.own).slice(0, most);
};

const playInto = async (report: CausesReport, { where, kind, play }: Case, random: Random): Promise<void> => {
  report.cases += 1;
  try {
    const { events, looks, blocked } = await play(random);
    report.looks += looks;
    if (blocked) report.blocked += 1;
    const longest = report.longest[kind];
    if (!longest || events > longest.events) report.longest[kind] = { events, where };
  } catch (error) {
    report.failures.push({ where, error: (error as Error).stack ?? String(error) });
  }
};
