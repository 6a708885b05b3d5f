/**
 * Plays cases of scenarios and prints what came of them as one line of JSON. A process of its own, since the test runner watches
 * every promise, which costs a fifth of the time. Whoever started it hands out the scenarios, part by part; by itself it plays all.
 */
import { once } from 'node:events';
import { casesOf, pairsOf, type Case } from './cases.ts';
import { countOf, optionsOf } from '../../scripts/options.ts';
import { endCasesOf, hasBlocked, hasEnds, judgeEnd, unseenSoFar } from './ends.ts';
import type { Golden } from './golden.ts';
import { judge, judgePassed } from './judge.ts';
import { goldenOf, play } from './play.ts';
import { readKind, sampleOf, seedOf, type Asked, type Kind } from './sample.ts';
import { scenarios, type Scenario } from './scenarios.ts';

/** Of the cases of this scenario those whose number leaves this rest. */
export type Part = { scenario: string; part: number; of: number };

export type Report = {
  /** What was played, for a person. */
  sites: number;
  scenarios: string[];
  runs: Record<Kind, number>;
  /** Runs whose disturbance changed nothing: they prove nothing, and do not count. */
  idle: Record<Kind, number>;
  seconds: number;
  /** Runs that ended without having been able to see how their vault stands. */
  unseen: number;
  /** Of the processor, for the disturbed runs alone. */
  processorSeconds: number;
  failures: { scenario: string; where: string; what: string; error: string }[];
  types: string[];
};

// Whoever began this has gone, and nobody will read what comes of it.
process.on('disconnect', () => process.exit(1));

const values = optionsOf({
  kind: { type: 'string', multiple: true, default: ['singles'] },
  only: { type: 'string' },
  what: { type: 'string' },
  where: { type: 'string' },
  telling: { type: 'boolean', default: false },
  seed: { type: 'string', default: '1' },
});
const seed = countOf('seed', values.seed);

const asked = values.kind.map(readKind);
const none = (): Record<Kind, number> => ({ singles: 0, 'sign-in': 0, pairs: 0, ends: 0 });
const report: Report = {
  scenarios: [],
  sites: 0,
  runs: none(),
  idle: none(),
  unseen: 0,
  seconds: 0,
  processorSeconds: 0,
  failures: [],
  types: [],
};
const types = new Set<string>();
const begunAt = performance.now();
const played = none();

const inPairs = ['generate', 'delete device and vault'];

const casesIn: Record<Kind, (golden: Golden) => Case[]> = {
  singles: casesOf,
  'sign-in': (golden) => casesOf(golden).filter(({ signIn }) => signIn),
  pairs: (golden) => (inPairs.includes(golden.scenario.name) ? pairsOf(golden) : []),
  ends: (golden) => (hasEnds(golden.scenario) ? endCasesOf(golden) : []),
};

/** All, or as many as were asked for, drawn by the seed: the same ones for every part. */
const choose = ({ name, plain }: Scenario, cases: readonly Case[], { kind, each }: Asked): readonly Case[] => {
  if (each >= cases.length) return cases;
  const telling = values.telling && kind === 'singles' && plain ? cases.filter((one) => one.telling) : [];
  return [...new Set([...telling, ...sampleOf(cases, each, seedOf(seed, `${kind} ${name}`))])];
};

const runCase = async (one: Case, golden: Golden, { kind, each }: Asked): Promise<void> => {
  const { scenario, where, what, disturbance, mayChangeNothing } = one;
  try {
    const outcome = await play(golden.scenario, disturbance, golden);
    for (const type of outcome.types) types.add(type);
    if (!outcome.fired) throw new Error('it did not happen');
    if (!outcome.changed && !mayChangeNothing) throw new Error('it changed nothing');
    const counts = kind === 'ends' ? hasBlocked(outcome) : outcome.changed && outcome.hits >= (one.hits ?? 0);
    (counts ? report.runs : report.idle)[kind] += 1;
    if (one.passes) judgePassed(outcome, golden);
    await (kind === 'ends' ? judgeEnd(outcome, golden) : judge(outcome, golden, one.says));
    // After its end a run is replayed as a whole: each of them, or each eighth where only some cases are played.
    if (each === Infinity || played[kind]++ % 8 === 0)
      await Promise.all(outcome.runs.map((run) => run.currentDetails()));
  } catch (error) {
    report.failures.push({ scenario, where, what, error: (error as Error).stack ?? String(error) });
  }
};

const playPart = async (scenario: Scenario, { part, of }: Omit<Part, 'scenario'>): Promise<void> => {
  const golden = await goldenOf(scenario);
  if (part === 0) {
    report.scenarios.push(scenario.name);
    report.sites += golden.sites.length + golden.attempts.length + golden.begunAfter.length;
  }
  const before = process.cpuUsage();
  for (const one of asked) {
    const cases = casesIn[one.kind](golden)
      .filter(({ what }) => values.what === undefined || what === values.what)
      .filter(({ where }) => values.where === undefined || where.startsWith(values.where));
    const chosen = choose(scenario, cases, one).filter((_, index) => index % of === part);
    for (const each of chosen) await runCase(each, golden, one);
  }
  const { user, system } = process.cpuUsage(before);
  report.processorSeconds += (user + system) / 1e6;
};

const handedOut = async (): Promise<Part | 'none'> => {
  process.send!(scenarios.map(({ name }) => name));
  const [next] = (await once(process, 'message')) as [Part | 'none'];
  return next;
};

if (process.send) {
  for (let next = await handedOut(); next !== 'none'; next = await handedOut()) {
    const { scenario } = next;
    await playPart(
      scenarios.find(({ name }) => name === scenario)!,
      next,
    );
  }
} else {
  for (const scenario of scenarios) {
    if (values.only === undefined || scenario.name === values.only) await playPart(scenario, { part: 0, of: 1 });
  }
}
report.seconds = (performance.now() - begunAt) / 1000;
report.unseen = unseenSoFar();
report.types = [...types].toSorted();
console.log(JSON.stringify(report));
process.channel?.unref();
