/**
 * `npm run prove:causes`: plays all cases of causes that follow each other, on all cores, and prints what came of it. The seed
 * is another one each time; `--seed n` plays one again, `--each n` so many cases of each scenario.
 */
import { loadavg } from 'node:os';
import { countOf, optionsOf } from '../../scripts/options.ts';
import type { CausesReport } from './causes.ts';
import { playShards } from './shards.ts';

const values = optionsOf({ seed: { type: 'string' }, each: { type: 'string' } });
const seed = values.seed === undefined ? Date.now() % 1_000_000 : countOf('seed', values.seed);
const each = values.each === undefined ? [] : ['--each', String(countOf('each', values.each))];
console.log(`seed ${seed}`);

const begunAt = performance.now();
const reports = await playShards<CausesReport>('causes-shard.ts', (shard, shards) => [
  '--seed',
  String(seed),
  '--shard',
  String(shard),
  '--shards',
  String(shards),
  ...each,
]);
const seconds = ((performance.now() - begunAt) / 1000).toFixed(0);

const sum = (count: (report: CausesReport) => number): number => reports.reduce((all, one) => all + count(one), 0);
const longest = (kind: keyof CausesReport['longest']): string => {
  const [most] = reports
    .flatMap(({ longest }) => longest[kind] ?? [])
    .toSorted((one, other) => other.events - one.events);
  return most ? `${most.events} events (${most.where})` : 'none';
};
const cases = `${sum((report) => report.cases)} cases, ${sum((report) => report.blocked)} of them blocked`;
console.log(`${cases}; ${sum(({ looks }) => looks)} looks in ${seconds} s (load ${loadavg()[0]?.toFixed(1)})`);
console.log(`longest history, one step meets them: ${longest('alone')}`);
console.log(`longest history, every step meets them: ${longest('everywhere')}`);
console.log(`longest history, retried as often as it may be: ${longest('retried')}`);
const failures = reports.flatMap((report) => report.failures);
console.log(`${failures.length} failed`);
for (const { where, error } of failures) console.log(`\n${where}\n${error}`);
process.exitCode = failures.length > 0 ? 1 : 0;
