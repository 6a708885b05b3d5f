/** What the pages tell people to type is what the command line knows, and all that it knows is told. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../cli/program.ts';
import { registerCommand } from '../../client/search-attributes.ts';

const read = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

const names = ['docs/operations.md', 'docs/failures.md', 'README.md'];
const pages = await Promise.all(names.map(async (name) => ({ name, text: await read(name) })));

/** From `ase`, unless it is the task queue, to the end of the line or of the code, or to where a shell ends a command. */
const written =
  /(?:(?<![\w./-]|--task-queue )ase|npm run -s ase --) (?=-{0,2}[a-z])((?:'[^']*'|"[^"]*"|\\\n|[^`\n|;&>)'"])*)/g;

type Written = { text: string; words: string[]; options: string[] };

const commandLines = (text: string): Written[] =>
  [...code(text).matchAll(written)].map(([whole, line = '']) => {
    const tokens = line
      .replaceAll(/'[^']*'|"[^"]*"/g, '…')
      .split(/\s+/)
      .filter(Boolean);
    const options = tokens.filter((token) => /^--?[a-z]/.test(token)).map((token) => token.replace(/[.,:]$/, ''));
    return { text: whole, words: tokens, options };
  });

/** Only what is written as code is meant to be typed. */
const code = (text: string): string =>
  [...text.matchAll(/^```[^\n]*\n([\s\S]*?)^```$|`([^`\n]+)`/gm)]
    .map(([, block, inline]) => block ?? inline)
    .join('\n');

const program = createProgram();

/** The command that the words name, or none for a word that is no command where one is needed. */
const find = (words: readonly string[]): { command: Command; path: string } | undefined => {
  let command = program;
  let path = 'ase';
  for (const word of words) {
    if (command.commands.length === 0 || word.startsWith('-')) break;
    const next = command.commands.find((each) => each.name() === word);
    if (!next) return undefined;
    command = next;
    path += ` ${word}`;
  }
  return { command, path };
};

const optionsOf = (command: Command): string[] => [
  '--help',
  ...command.options.flatMap(({ short, long }) => [short, long]).filter((each) => each !== undefined),
];

const leavesOf = (command: Command, path: string): string[] =>
  command.commands.length === 0
    ? [path]
    : command.commands.flatMap((child) => leavesOf(child, `${path} ${child.name()}`));

suite('the command line accepts every typed command of', () => {
  for (const { name, text } of pages) {
    test(name, () => {
      const all = commandLines(text);
      assert.ok(all.length > 5, 'hardly a command was found');
      const unknown = all.filter(({ words, options }) => {
        const found = find(words);
        return !found || options.some((option) => !optionsOf(found.command).includes(option));
      });
      assert.deepEqual(
        unknown.map((each) => each.text),
        [],
      );
    });
  }
});

test('every command is mentioned in the runbook or in the README', () => {
  const told = new Set(
    pages.flatMap(({ name, text }) =>
      name === 'docs/failures.md' ? [] : commandLines(text).map(({ words }) => find(words)?.path),
    ),
  );
  assert.deepEqual(
    leavesOf(program, 'ase').filter((path) => !told.has(path)),
    [],
  );
});

test('the runbook registers the search attributes of the worker', () => {
  const typed = pages.find(({ name }) => name === 'docs/operations.md')?.text;
  assert.ok(typed?.includes(registerCommand('default')));
});
