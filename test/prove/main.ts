/**
 * Runs the cases of a shard and prints what came of them as one line of JSON. A process of its own, since the test runner
 * watches every promise, which costs a fifth of the time.
 */
import { parseArgs } from 'node:util';
import { casesOf, pairsOf, type Case } from './cases.ts';
import { createRandom } from '../../scripts/soak/random.ts';
import { endCasesOf, hasBlocked, hasEnds, judgeEnd, unseenSoFar } from './ends.ts';
import type { Golden } from './golden.ts';
import { judge, judgePassed } from './judge.ts';
import { goldenOf, play } from './play.ts';
import { scenarios, type Scenario } from './scenarios.ts';

export type Report = {
  /** What was played, for a person. */
  sites: number;
  scenarios: number;
  runs: number;
  /** Runs whose disturbance changed nothing: they prove nothing, and do not count. */
  idle: number;
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
process.channel?.unref();

const { values } = parseArgs({
  options: {
    shard: { type: 'string', default: '0/1' },
    only: { type: 'string' },
    what: { type: 'string' },
    where: { type: 'string' },
    each: { type: 'string' },
    'whole-below': { type: 'string', default: '0' },
    telling: { type: 'boolean', default: false },
    pairs: { type: 'boolean' },
    ends: { type: 'boolean' },
    'sign-in': { type: 'boolean', default: false },
    seed: { type: 'string' },
    progress: { type: 'boolean' },
  },
});
const [shard = 0, shards = 1] = values.shard.split('/').map(Number);
/** How many cases of each scenario are played; all by default, and of those that have fewer than `wholeBelow`. */
const each = Number(values.each ?? Infinity);
const wholeBelow = Number(values['whole-below']);
const report: Report = {
  scenarios: 0,
  sites: 0,
  runs: 0,
  idle: 0,
  unseen: 0,
  seconds: 0,
  processorSeconds: 0,
  failures: [],
  types: [],
};
const types = new Set<string>();
const begunAt = performance.now();

/** After its end a run is replayed as a whole: each of them, or each eighth where only some cases are played. */
const replayed = each === Infinity ? 1 : 8;
let played = 0;

/** Chooses by a seed, where one is given: the same ones in all shards. */
const random = values.seed === undefined ? undefined : createRandom(Number(values.seed));

/** As many as were asked for, from the first to the last, so that all requests and all kinds of faults have their turn. */
const spread = (cases: readonly Case[]): readonly Case[] =>
  cases.length <= Math.max(each, wholeBelow)
    ? cases
    : Array.from({ length: each }, (_, index) => {
        const place = random ? random.between(0, 1) : index / each;
        return cases[Math.floor(place * cases.length)]!;
      });

const choose = ({ plain }: Scenario, cases: readonly Case[]): readonly Case[] => {
  const telling = values.telling && plain ? cases.filter((one) => one.telling) : [];
  return [...new Set([...telling, ...spread(cases)])];
};

const runCase = async (one: Case, golden: Golden): Promise<void> => {
  const { scenario, where, what, disturbance, mayChangeNothing } = one;
  try {
    const outcome = await play(golden.scenario, disturbance, golden);
    for (const type of outcome.types) types.add(type);
    if (!outcome.fired) throw new Error('it did not happen');
    if (!outcome.changed && !mayChangeNothing) throw new Error('it changed nothing');
    if (values.ends ? hasBlocked(outcome) : outcome.changed && outcome.hits >= (one.hits ?? 0)) report.runs += 1;
    else report.idle += 1;
    if (one.passes) judgePassed(outcome, golden);
    await (values.ends ? judgeEnd(outcome, golden) : judge(outcome, golden, one.says));
    if (played++ % replayed === 0) await Promise.all(outcome.runs.map((run) => run.currentDetails()));
  } catch (error) {
    report.failures.push({ scenario, where, what, error: (error as Error).stack ?? String(error) });
  }
};

const casesIn = values.ends ? endCasesOf : values.pairs ? pairsOf : casesOf;

for (const scenario of scenarios) {
  if (values.only !== undefined && scenario.name !== values.only) continue;
  if (values.pairs && !['generate', 'delete device and vault'].includes(scenario.name)) continue;
  if (values.ends && !hasEnds(scenario)) continue;
  const golden = await goldenOf(scenario);
  report.scenarios += 1;
  report.sites += golden.sites.length + golden.attempts.length + golden.begunAfter.length;
  const cases = casesIn(golden)
    .filter(({ signIn = false }) => signIn || !values['sign-in'])
    .filter(({ what }) => values.what === undefined || what === values.what)
    .filter(({ where }) => values.where === undefined || where.startsWith(values.where));
  const chosen = choose(scenario, cases).filter((_, index) => index % shards === shard);
  if (values.progress && shard === 0) console.error(`  ${scenario.name}: ${chosen.length * shards} cases`);
  const before = process.cpuUsage();
  for (const one of chosen) await runCase(one, golden);
  const { user, system } = process.cpuUsage(before);
  report.processorSeconds += (user + system) / 1e6;
}
report.seconds = (performance.now() - begunAt) / 1000;
report.unseen = unseenSoFar();
report.types = [...types].toSorted();
console.log(JSON.stringify(report));
