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

suite('a mistake', () => {
  test('is known by its file, the text of its line and the change, also when other lines have moved', () => {
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

  test('is drawn again by its seed', () => {
    assert.deepEqual(drawn(7), drawn(7));
    assert.equal(drawn(7).length, 3);
  });

  test('is another one by another seed', () => {
    const samples = new Set([1, 2, 3, 4, 5].map((seed) => drawn(seed).join()));
    assert.ok(samples.size > 1);
  });

  test('does not change with the order of the files', () => {
    assert.deepEqual(drawn(7, mutants.toReversed()), drawn(7));
  });

  test('is all there is where more are wanted', () => {
    assert.equal(sampleOf(mutants, 1, 1_000).length, mutants.length);
  });
});

suite('the list of those that are none', () => {
  const reasons = new Map([['a', 'why']]);

  test('must not name what is no mistake any more', () => {
    assert.deepEqual(objections(reasons, new Set(['b'])), ['is no mistake any more, take it off: a']);
  });

  test('is as it should be otherwise', () => {
    assert.deepEqual(objections(reasons, new Set(['a', 'b'])), []);
  });
});
