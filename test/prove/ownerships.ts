/**
 * `npm run prove:ownership`: plays every combination for every procedure and says what came of it. With `--each n`, so many of
 * each procedure, drawn by a seed that is printed.
 */
import { countOf, optionsOf } from '../../scripts/options.ts';
import { combinations } from '../domain/ownership-model.ts';
import { playCombination, procedureNames } from './ownership.ts';
import { sampleOf } from './sample.ts';

const values = optionsOf({ each: { type: 'string' }, seed: { type: 'string' } });
const each = values.each === undefined ? combinations.length : countOf('each', values.each);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : countOf('seed', values.seed);
const begunAt = performance.now();
const failures: string[] = [];
let played = 0;
for (const procedure of procedureNames) {
  for (const combination of sampleOf(combinations, each, seed)) {
    played += 1;
    await playCombination(procedure, combination).catch((error: unknown) => failures.push(String(error)));
  }
}
const seconds = ((performance.now() - begunAt) / 1000).toFixed(0);
console.log(`${played} of ${combinations.length * procedureNames.length} combinations in ${seconds} s, seed ${seed}`);
console.log(`${failures.length} failed`);
for (const failure of failures.slice(0, 20)) console.log(`\n${failure}`);
process.exitCode = failures.length > 0 ? 1 : 0;
