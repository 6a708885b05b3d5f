/** `npm run prove:singles` and `npm run prove:pairs`: plays all cases, or with `--each n` so many of each scenario, and says what came of it. */
import { loadavg } from 'node:os';
import { playAll } from './shards.ts';

const { scenarios, sites, runs, idle, seconds, processorSeconds, failures, types } = await playAll(
  ...process.argv.slice(2),
);
const load = loadavg()[0]?.toFixed(1);
console.log(`${runs} runs of ${scenarios} scenarios with ${sites} sites in ${seconds.toFixed(0)} s (load ${load})`);
console.log(`${processorSeconds.toFixed(0)} s of processor time`);
console.log(`${idle} more in which nothing went another way; ${failures.length} failed`);
console.log(`types of failures that were met: ${types.join(', ')}`);
for (const { scenario, where, what, error } of failures) console.log(`\n${scenario}: ${what} at ${where}\n${error}`);
process.exitCode = failures.length > 0 || runs === 0 ? 1 : 0;
