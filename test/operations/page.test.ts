/** A page that is typed can be read wrongly in no way that leaves something untried. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { firstMissing, readPage } from './page.ts';

const fence = '```';
const page = (...lines: string[]): string => lines.join('\n').replaceAll('~', fence);

suite('a page with commands', () => {
  test('lists each command, its exit code and its output under its heading', () => {
    const text = page('# One', '~sh exit=3', 'a', 'b \\', '  c', '~', 'words', '~text', 'd', '', 'e …', '~');
    assert.deepEqual(readPage(text), [
      {
        heading: 'One',
        commands: [
          { line: 3, text: 'a' },
          { line: 4, text: 'b \\\n  c' },
        ],
        exit: 3,
        shows: ['d', 'e …'],
      },
    ]);
  });

  for (const info of ['', 'bash', 'json', 'sh exit', 'sh exit=3 4']) {
    test(`has no fence "${info}"`, () => {
      assert.throws(() => readPage(page('# One', `~${info}`, 'a', '~')), /^Error: line 2: a fence must be/);
    });
  }

  test('shows only the output of commands under the same heading', () => {
    assert.throws(() => readPage(page('~sh', 'a', '~', '# Two', '~text', 'b', '~')), /line 5/);
  });

  test('is the runbook', async () => {
    const text = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    assert.ok(readPage(text).length > 50);
  });

  test('has no empty block and no block without an end', () => {
    assert.throws(() => readPage(page('~sh', '~')), /nothing is typed/);
    assert.throws(() => readPage(page('~sh', 'a')), /not closed/);
  });
});

suite('the output that a page shows', () => {
  test('contains the lines in order, with any text for …, and spaces as one', () => {
    const output = 'one\n  two   3 four\nfive\n';
    assert.equal(firstMissing(output, ['two 3', 'five']), undefined);
    assert.equal(firstMissing(output, ['two … four']), undefined);
    assert.equal(firstMissing(output, ['five', 'one']), 'one');
    assert.equal(firstMissing(output, ['four … two']), 'four … two');
    assert.equal(firstMissing(output, ['one', 'one']), 'one');
  });
});
