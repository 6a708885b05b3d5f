/** The page for programs names what the library has. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { exitCodes } from '../../cli/failure.ts';

const text = await readFile(new URL('../../docs/client.md', import.meta.url), 'utf8');
const sources = await Promise.all(
  ['client.ts', 'client/own-rights.ts', 'client/actions.ts', 'client/errors.ts'].map((file) =>
    readFile(new URL(`../../${file}`, import.meta.url), 'utf8'),
  ),
);
const [client = '', ownRights = '', actions = '', errors = ''] = sources;

/** The words in code of the first column of the table below a heading of its first column. */
const listed = (heading: string): string[] => {
  const [, below = ''] = text.split(new RegExp(`^\\| ${heading} .*$`, 'm'));
  const [rows = ''] = below.split(/\n\n/);
  return rows
    .split('\n')
    .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
};

const namesIn = (source: string, pattern: RegExp): string[] =>
  [...source.matchAll(pattern)].map(([, name = '']) => name);

suite('the page for programs', () => {
  test('lists every type of error, in the wording of the code', () => {
    assert.deepEqual(listed('type').sort(), Object.keys(exitCodes).sort());
    const short = ['TaskFails', 'OperationFailed', 'NotFound'];
    for (const [, meaning = '', type = ''] of errors.matchAll(/\/\*\* (.*) \*\/\n {2}\| '(\w+)'/g)) {
      if (!short.includes(type)) assert.ok(text.includes(meaning), type);
    }
  });

  test('lists every call', () => {
    const methods = namesIn(client, /^ {2}(\w+)(?:<[^>]*>)?\(.*(?:\): Promise|$)/gm).filter((name) => name !== 'close');
    const functions = namesIn(ownRights, /^export const (\w+)/gm);
    assert.deepEqual(listed('call').sort(), [...new Set([...methods, ...functions])].sort());
  });

  test('lists every action', () => {
    const named = [...actions.matchAll(/action: ((?:'\w+'(?: \| )?)+)/g)].flatMap(([, words = '']) =>
      namesIn(words, /'(\w+)'/g),
    );
    assert.deepEqual(listed('`action`').sort(), named.sort());
  });
});
