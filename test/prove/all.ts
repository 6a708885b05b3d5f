/**
 * `npm run prove:singles` and `npm run prove:pairs`: plays all cases and says what came of it. With `--each n`, so many of
 * each scenario, but all of those that have fewer than `--whole-below n`. With `--at-least n` it fails unless so many did
 * happen and changed something.
 */
import { loadavg } from 'node:os';
import { countOf, optionsOf } from '../../scripts/options.ts';
import { playAll } from './shards.ts';

const values = optionsOf({
  each: { type: 'string' },
  'whole-below': { type: 'string' },
  pairs: { type: 'boolean' },
  'at-least': { type: 'string', default: '1' },
});
const counted = (['each', 'whole-below'] as const).flatMap((option) => {
  const value = values[option];
  return value === undefined ? [] : [`--${option}`, String(countOf(option, value))];
});
const atLeast = countOf('at-least', values['at-least']);
const { scenarios, sites, runs, idle, seconds, processorSeconds, failures, types } = await playAll(
  '--progress',
  ...counted,
  ...(values.pairs ? ['--pairs'] : []),
);
const load = loadavg()[0]?.toFixed(1);
console.log(`${runs} runs of ${scenarios} scenarios with ${sites} sites in ${seconds.toFixed(0)} s (load ${load})`);
console.log(`${processorSeconds.toFixed(0)} s of processor time`);
console.log(`${idle} more in which nothing went another way; ${failures.length} failed`);
console.log(`types of failures that were met: ${types.join(', ')}`);
for (const { scenario, where, what, error } of failures) console.log(`\n${scenario}: ${what} at ${where}\n${error}`);
const isEnough = runs >= atLeast;
if (!isEnough) console.log(`fewer than ${atLeast} runs`);
process.exitCode = failures.length > 0 || !isEnough ? 1 : 0;
