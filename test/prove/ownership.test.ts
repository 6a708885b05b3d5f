/** Whose vault: a few combinations for every procedure. `npm run prove:ownership` plays all of them. */
import { suite, test } from 'node:test';
import { combinations } from '../domain/ownership-model.ts';
import { playCombination, procedureNames } from './ownership.ts';
import { sampleOf } from './sample.ts';

const seed = Math.floor(Math.random() * 2 ** 31);

suite(`a vault with traces of several devices (seed ${seed})`, () => {
  procedureNames.forEach((procedure, index) => {
    for (const combination of sampleOf(combinations, 12, seed + index)) {
      test(`is used by "${procedure}" as far as the evidence permits, ${JSON.stringify(combination)}`, () =>
        playCombination(procedure, combination));
    }
  });
});
