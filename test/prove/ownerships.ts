/**
 * `npm run prove:ownership`: plays every combination for every procedure, on all cores, and says what came of it. With
 * `--each n`, so many of each procedure, drawn by a seed that is printed.
 */
import { countOf, optionsOf } from '../../scripts/options.ts';
import { combinations } from '../domain/ownership-model.ts';
import type { OwnershipReport } from './ownership-shard.ts';
import { playShards } from './shards.ts';

const values = optionsOf({ each: { type: 'string' }, seed: { type: 'string' } });
const each = values.each === undefined ? combinations.length : countOf('each', values.each);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : countOf('seed', values.seed);
const begunAt = performance.now();
const reports = await playShards<OwnershipReport>('ownership-shard.ts', (shard, shards) =>
  Object.entries({ each, seed, shard, shards }).flatMap(([name, value]) => [`--${name}`, String(value)]),
);
const seconds = ((performance.now() - begunAt) / 1000).toFixed(0);
const played = reports.reduce((sum, report) => sum + report.played, 0);
const failures = reports.flatMap((report) => report.failures);
console.log(`${played} of ${reports[0]?.all} combinations in ${seconds} s, seed ${seed}`);
console.log(`${failures.length} failed`);
for (const failure of failures.slice(0, 20)) console.log(`\n${failure}`);
process.exitCode = failures.length > 0 ? 1 : 0;
