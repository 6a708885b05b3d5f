/**
 * Runs the cases of a shard and prints what came of them as one line of JSON. A process of its own, since the test runner
 * watches every promise, which costs a fifth of the time.
 */
import { parseArgs } from 'node:util';
import { casesOf, pairsOf, type Case } from './cases.ts';
import type { Golden } from './golden.ts';
import { judge } from './judge.ts';
import { goldenOf, play } from './play.ts';
import { scenarios } from './scenarios.ts';

export type Report = {
  /** What was played, for a person. */
  sites: number;
  scenarios: number;
  runs: number;
  /** Runs whose disturbance changed nothing: they prove nothing, and do not count. */
  idle: number;
  seconds: number;
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
    every: { type: 'string', default: '1' },
    pairs: { type: 'boolean' },
  },
});
const [shard = 0, shards = 1] = values.shard.split('/').map(Number);
const every = Number(values.every);
const report: Report = {
  scenarios: 0,
  sites: 0,
  runs: 0,
  idle: 0,
  seconds: 0,
  processorSeconds: 0,
  failures: [],
  types: [],
};
const types = new Set<string>();
const begunAt = performance.now();

const runCase = async (one: Case, golden: Golden): Promise<void> => {
  const { scenario, where, what, disturbance, mayChangeNothing } = one;
  try {
    const played = await play(golden.scenario, disturbance, golden);
    for (const type of played.types) types.add(type);
    if (!played.fired) throw new Error('it did not happen');
    if (!played.changed && !mayChangeNothing) throw new Error('it changed nothing');
    if (played.changed && played.hits >= (one.hits ?? 0)) report.runs += 1;
    else report.idle += 1;
    await judge(played, golden, one.says);
  } catch (error) {
    report.failures.push({ scenario, where, what, error: (error as Error).stack ?? String(error) });
  }
};

for (const scenario of scenarios) {
  if (values.only !== undefined && scenario.name !== values.only) continue;
  if (values.pairs && !['generate', 'delete device and vault'].includes(scenario.name)) continue;
  const golden = await goldenOf(scenario);
  report.scenarios += 1;
  report.sites += golden.sites.length + golden.attempts.length + golden.begunAfter.length;
  const cases = (values.pairs ? pairsOf : casesOf)(golden)
    .filter((_, index) => index % every === 0)
    .filter((_, index) => index % shards === shard)
    .filter(({ what }) => values.what === undefined || what === values.what)
    .filter(({ where }) => values.where === undefined || where.startsWith(values.where));
  const before = process.cpuUsage();
  for (const one of cases) await runCase(one, golden);
  const { user, system } = process.cpuUsage(before);
  report.processorSeconds += (user + system) / 1e6;
}
report.seconds = (performance.now() - begunAt) / 1000;
report.types = [...types].toSorted();
console.log(JSON.stringify(report));
