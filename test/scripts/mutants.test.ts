/** Which mistakes are put into the code, which are drawn, and which are none. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { objections } from '../../scripts/mutate/equivalents.ts';
import { mutantsOf, sampleOf } from '../../scripts/mutate/mutants.ts';

const source = `export const isFew = (count: number): boolean => {
  if (count > 3) return false;
  return true;
};
`;

const keysOf = (text: string): string[] => mutantsOf('domain/few.ts', text).map(({ key }) => key);

suite('a mutant', () => {
  test('is identified by its file, the text of its line and the change, even if other lines have moved', () => {
    const moved = keysOf(`/** Whether there are few. */\n\n${source}`);
    assert.deepEqual(moved, keysOf(source));
    assert.ok(moved.includes('domain/few.ts: if (count > 3) return false; [> -> >=]'), moved.join('\n'));
  });

  test('is one change of the source', () => {
    for (const { start, end, replacement } of mutantsOf('domain/few.ts', source)) {
      assert.notEqual(source.slice(0, start) + replacement + source.slice(end), source);
    }
  });
});

suite('a sample', () => {
  const mutants = mutantsOf('domain/few.ts', source);
  const drawn = (seed: number, from = mutants): string[] => sampleOf(from, seed, 3).map(({ key }) => key);

  test('is the same with the same seed', () => {
    assert.deepEqual(drawn(7), drawn(7));
    assert.equal(drawn(7).length, 3);
  });

  test('is another one with another seed', () => {
    const samples = new Set([1, 2, 3, 4, 5].map((seed) => drawn(seed).join()));
    assert.ok(samples.size > 1);
  });

  test('does not depend on the order of the files', () => {
    assert.deepEqual(drawn(7, mutants.toReversed()), drawn(7));
  });

  test('contains all mutants if more are requested', () => {
    assert.equal(sampleOf(mutants, 1, 1_000).length, mutants.length);
  });
});

suite('the list of equivalent mutants', () => {
  const reasons = new Map([['a', 'why']]);

  test('must not name a mutant that no longer exists', () => {
    assert.deepEqual(objections(reasons, new Set(['b'])), [
      'the code no longer has this mistake, remove it from the list: a',
    ]);
  });

  test('is otherwise correct', () => {
    assert.deepEqual(objections(reasons, new Set(['a', 'b'])), []);
  });
});
