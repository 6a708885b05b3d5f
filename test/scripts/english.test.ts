/** The check of our English finds a phrase where people read it, and nowhere else. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { findingsIn, readRules } from '../../scripts/english/rules.ts';
import { textsInCode, textsInMarkdown, textsInTests } from '../../scripts/english/texts.ts';

const rules = await readRules();

const inMarkdown = (...lines: string[]): string[] =>
  findingsIn(textsInMarkdown(lines.join('\n')), rules).map(({ line, found }) => `${line}: ${found}`);

const inCode = (...lines: string[]): string[] =>
  findingsIn(textsInCode(lines.join('\n')), rules).map(({ line, found }) => `${line}: ${found}`);

const inTests = (...lines: string[]): string[] =>
  findingsIn(textsInTests(lines.join('\n')), rules).map(({ line, found }) => `${line}: ${found}`);

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

  test('at the beginning of a sentence without a named subject', () => {
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

  test('in the name of a suite and of a test, also in parts of a template', () => {
    const lines = [
      "suite('a key is made anew', () => {",
      "test.skip(`a lock ${off ? 'is held up' : ''} lies there`);",
      '});',
    ];
    assert.deepEqual(inTests(...lines), ['1: anew', '2: lies', '2: held up']);
  });

  test('in the cells of a table that become names, at any place and under any key', () => {
    const rows = "const rows = [[404, 'is told'], [200, 'lies there']];";
    const loop = 'for (const [status, why] of rows) test(`${status} ${why}`, () => {});';
    const objects = "for (const { when } of [{ when: 'it goes on' }]) suite(when, () => {});";
    assert.deepEqual(inTests(rows, loop, objects), ['1: told', '1: lies', '3: goes on']);
  });

  test('in the key of a case and in the name of a scenario', () => {
    const lines = ["const cases = { 'stands there': 1 };", "const one = { name: 'a step goes on' };"];
    assert.deepEqual(inTests(...lines), ['1: stands', '2: goes on']);
  });

  test('at the beginning of a name outside a suite', () => {
    assert.deepEqual(inTests("test('what is refused stays', () => {});"), ['1: What']);
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

  test('in the texts that a test compares', () => {
    const rows =
      "for (const [why, text] of [['a line', 'it is made anew']]) test(why, () => assert.equal(of(why), text));";
    assert.deepEqual(inTests(rows, "test('a line is printed', () => assert.equal(line, 'it is made anew'));"), []);
  });

  test('at the beginning of a name that continues its suite', () => {
    assert.deepEqual(inTests("suite('the answer is', () => test('what is expected', () => {}));"), []);
  });

  test('within a longer word', () => {
    assert.deepEqual(inMarkdown('The relies and the essays of a notebook, untold.'), []);
  });
});
