/**
 * `npm run prove:singles`, `npm run prove:pairs` and `npm run prove:ends`: plays all cases and says what came of it. With
 * `--each n`, so many of each scenario, but all of those that have fewer than `--whole-below n`; with `--telling` besides them
 * the telling faults at every request of every procedure; with `--sign-in` only the faults of the requests for tokens; with `--seed n` they are drawn, the same ones for the same seed. With `--at-least n` it fails unless so many did happen and changed something.
 */
import { loadavg } from 'node:os';
import { countOf, optionsOf } from '../../scripts/options.ts';
import { playAll } from './shards.ts';

const values = optionsOf({
  each: { type: 'string' },
  'whole-below': { type: 'string' },
  pairs: { type: 'boolean' },
  ends: { type: 'boolean' },
  'sign-in': { type: 'boolean' },
  telling: { type: 'boolean' },
  seed: { type: 'string' },
  'at-least': { type: 'string', default: '1' },
});
const counted = (['each', 'whole-below', 'seed'] as const).flatMap((option) => {
  const value = values[option];
  return value === undefined ? [] : [`--${option}`, String(countOf(option, value))];
});
const atLeast = countOf('at-least', values['at-least']);
const { scenarios, sites, runs, idle, unseen, seconds, processorSeconds, failures, types } = await playAll(
  '--progress',
  ...counted,
  ...(values.pairs ? ['--pairs'] : []),
  ...(values.ends ? ['--ends'] : []),
  ...(values['sign-in'] ? ['--sign-in'] : []),
  ...(values.telling ? ['--telling'] : []),
);
const load = loadavg()[0]?.toFixed(1);
console.log(`${runs} runs of ${scenarios} scenarios with ${sites} sites in ${seconds.toFixed(0)} s (load ${load})`);
console.log(`${processorSeconds.toFixed(0)} s of processor time`);
console.log(`${idle} more in which nothing went another way; ${failures.length} failed`);
if (values.ends) console.log(`${unseen} ended at their plan, without the right to see how their vault stands`);
console.log(`types of failures that were met: ${types.join(', ')}`);
for (const { scenario, where, what, error } of failures) console.log(`\n${scenario}: ${what} at ${where}\n${error}`);
const isEnough = runs >= atLeast;
if (!isEnough) console.log(`fewer than ${atLeast} runs`);
process.exitCode = failures.length > 0 || !isEnough ? 1 : 0;
