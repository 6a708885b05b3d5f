/**
 * `npm run prove:singles`, `prove:sign-in`, `prove:pairs`, `prove:ends` and `prove:some`: plays cases of all scenarios and says
 * what came of it. `--kind singles` plays all of a kind, `--kind singles:9` nine of each scenario, drawn by a seed that is
 * printed; `--seed n` draws the same ones again. With `--telling` the telling faults at every request of every procedure are
 * played besides. It fails where no case of a kind did happen and changed
 * something; with `--at-least n` unless so many did, of all kinds.
 */
import { loadavg } from 'node:os';
import { countOf, optionsOf } from '../../scripts/options.ts';
import { readKind } from './sample.ts';
import { playAll } from './shards.ts';

const values = optionsOf({
  kind: { type: 'string', multiple: true, default: ['singles'] },
  telling: { type: 'boolean', default: false },
  seed: { type: 'string' },
  'at-least': { type: 'string', default: '1' },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : countOf('seed', values.seed);
const atLeast = countOf('at-least', values['at-least']);
const asked = values.kind.map(readKind);
const isSample = asked.some(({ each }) => each < Infinity);
if (isSample) console.log(`seed ${seed}`);

const { scenarios, sites, runs, idle, unseen, seconds, processorSeconds, failures, types } = await playAll(
  {
    parts: isSample ? 1 : 8,
    onBegin: ({ scenario, part, of }) => console.error(`  ${scenario}${of > 1 ? `, ${part + 1} of ${of}` : ''}`),
  },
  ...values.kind.flatMap((kind) => ['--kind', kind]),
  ...(values.telling ? ['--telling'] : []),
  '--seed',
  String(seed),
);
const load = loadavg()[0]?.toFixed(1);
console.log(`${scenarios.length} scenarios with ${sites} sites in ${seconds.toFixed(0)} s (load ${load})`);
console.log(`${processorSeconds.toFixed(0)} s of processor time`);
let all = 0;
for (const [kind, count] of Object.entries(runs)) {
  const nothing = idle[kind as keyof typeof idle];
  if (count + nothing > 0) console.log(`${kind}: ${count} runs, and ${nothing} in which nothing went another way`);
  all += count;
}
console.log(`${failures.length} failed`);
if (unseen > 0) console.log(`${unseen} ended at their plan, without the right to see how their vault stands`);
console.log(`types of failures that were met: ${types.join(', ')}`);
for (const { scenario, where, what, error } of failures) console.log(`\n${scenario}: ${what} at ${where}\n${error}`);
const isEnough = asked.every(({ kind }) => runs[kind] > 0) && all >= atLeast;
if (!isEnough) console.log(`fewer than ${atLeast} runs, or none of a kind`);
process.exitCode = failures.length > 0 || !isEnough ? 1 : 0;
