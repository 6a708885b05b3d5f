/** The check of our English finds a phrase where people read it, and nowhere else. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { findingsIn, readRules } from '../../scripts/english/rules.ts';
import { textsInCode, textsInMarkdown } from '../../scripts/english/texts.ts';

const rules = await readRules();

const inMarkdown = (...lines: string[]): string[] =>
  findingsIn(textsInMarkdown(lines.join('\n')), rules).map(({ line, found }) => `${line}: ${found}`);

const inCode = (...lines: string[]): string[] =>
  findingsIn(textsInCode(lines.join('\n')), rules).map(({ line, found }) => `${line}: ${found}`);

suite('a phrase to replace is found', () => {
  test('with its line and the plain words', () => {
    const [finding] = findingsIn(textsInMarkdown('# A page\n\nThe key\nis made anew.\n'), rules);
    assert.deepEqual(finding, { line: 4, found: 'anew', use: 'again; retried, recreated, rewritten' });
  });

  test('across the end of a line', () => {
    assert.deepEqual(inMarkdown('The worker is', 'held', 'up.'), ['2: held up']);
  });

  test('in a list item and in the cell of a table', () => {
    assert.deepEqual(inMarkdown('- is let be', '', '| who | what |', '| --- | --- |', '| a | stands there |'), [
      '1: is let be',
      '5: stands',
    ]);
  });

  test('at the beginning of a sentence, where its subject has no name', () => {
    assert.deepEqual(inMarkdown('It blocks. What only a person can remove waits.'), ['1: What']);
  });

  test('in a message and in its template', () => {
    assert.deepEqual(inCode("throw new Error('it is over by then');", 'const of = (n: string) => `${n} lies there`;'), [
      '1: by then',
      '2: lies',
    ]);
  });

  test('in the doc comment of an export, also of a type', () => {
    assert.deepEqual(inCode('/** Tells what is so. */', 'export type A = string;'), ['1: Tells']);
  });
});

suite('nothing is found', () => {
  test('in code, addresses and quotations of a document', () => {
    const lines = ['Type `says` or [this](told.md).', '', 'Azure answers "try again".', '', '```', 'told', '```'];
    assert.deepEqual(inMarkdown(...lines), []);
  });

  test('in names of tests that a document lists', () => {
    assert.deepEqual(inMarkdown('- `test/a.test.ts`: says who is asked anew'), []);
  });

  test('in a question', () => {
    assert.deepEqual(inMarkdown('## What is left?'), []);
  });

  test('in names, and in comments of a module for itself', () => {
    assert.deepEqual(inCode("const kind = 'stands';", '/** Tells them apart. */', 'const own = 1;'), []);
  });

  test('within a longer word', () => {
    assert.deepEqual(inMarkdown('The relies and the essays of a notebook, untold.'), []);
  });
});
