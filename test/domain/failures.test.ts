/** The table of failures, and the document that says the same to people on call. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../cli/program.ts';
import { readRetryInput } from '../../domain/activation-input.ts';
import {
  failureEntry,
  failures,
  healingBlocks,
  isFailureType,
  NotYet,
  Refusal,
  type FailureType,
} from '../../domain/failures.ts';
import type { Decision } from '../../workflows/messages.ts';
import { steps } from '../../workflows/steps.ts';

const types = Object.keys(failures) as FailureType[];
const document = await readFile(new URL('../../docs/failures.md', import.meta.url), 'utf8');

suite('every type of failure', () => {
  for (const type of types) {
    const { class: kind, heals, retryHelps, remedy } = failureEntry(type);

    test(`${type} says what to do in one or two sentences that fit a terminal`, () => {
      assert.match(remedy, /^[A-Z].*\.$/);
      assert.ok(remedy.length <= 120, `${remedy.length} characters`);
      assert.doesNotMatch(remedy, /[\n`*<>]/);
    });

    test(`${type} behaves as its class ${kind} promises`, () => {
      if (kind === 'fatal') assert.deepEqual([heals, retryHelps], [false, false], 'nothing helps');
      if (kind === 'waiting' || kind === 'propagating')
        assert.deepEqual([heals, retryHelps], [true, true], 'time helps');
      if (heals) assert.ok(retryHelps, 'what goes away by itself is gone for a retry too');
    });

    test(`${type} leaves a way out of a block`, () => {
      if (kind !== 'blocked' || heals || retryHelps) return;
      assert.match(remedy, /Retry with |^Abort, then start again/, 'where a retry alone does not help');
    });
  }
});

test('the blocks that may heal are those that a person mends and a probe notices', () => {
  assert.ok(healingBlocks.includes('VaultNetworkClosed'));
  assert.ok(!healingBlocks.includes('VaultNameTaken'));
  assert.ok(!healingBlocks.includes('Throttled'));
  for (const type of types) {
    assert.equal(healingBlocks.includes(type), failureEntry(type).class === 'blocked' && failureEntry(type).heals);
  }
});

test('a type of the table is told from anything else', () => {
  assert.ok(types.every(isFailureType));
  for (const other of ['toString', '__proto__', 'vaultnametaken', '', undefined, null, 7])
    assert.ok(!isFailureType(other));
});

test('a refusal carries its type, words and facts, and a look that came too early its delay', () => {
  const refusal = new Refusal('ForeignLock', 'a lock', { lockId: 'l' });
  assert.deepEqual([refusal.type, refusal.message, refusal.facts], ['ForeignLock', 'a lock', { lockId: 'l' }]);
  const notYet = new NotYet('VaultCreating', 'wait', 1000);
  assert.ok(notYet instanceof Refusal);
  assert.deepEqual([notYet.type, notYet.afterMs, notYet.facts], ['VaultCreating', 1000, {}]);
});

const facts =
  /^\*\*(?<who>.+)\*\* acts · (?<resumes>resumes|does not resume) by itself · `retry` (?<helps>helps|alone does not help)$/;

type Section = { entry: Record<string, unknown>; prose: string[] };

/** A heading for each class, below it one for each type; then the remedy, a line of facts, and what to know. */
const readSections = (text: string): Map<string, Section> => {
  const sections = new Map<string, Section>();
  let kind: string | undefined;
  let section: Section | undefined;
  for (const line of text.split('\n').filter(Boolean)) {
    if (line.startsWith('## ')) {
      kind = line.slice(3);
      section = undefined;
    } else if (line.startsWith('### ')) {
      section = { entry: { class: kind }, prose: [] };
      assert.ok(!sections.has(line.slice(4)), `${line} stands twice`);
      sections.set(line.slice(4), section);
    } else if (section) {
      const said = facts.exec(line)?.groups;
      if (line.startsWith('> ')) section.entry['remedy'] = line.slice(2);
      else if (said) {
        const [heals, retryHelps] = [said['resumes'] === 'resumes', said['helps'] === 'helps'];
        Object.assign(section.entry, { who: said['who'], heals, retryHelps });
      } else section.prose.push(line);
    }
  }
  return sections;
};

suite('the document for people on call', () => {
  const sections = readSections(document);

  test('has a section for every type and for no other', () => {
    assert.deepEqual([...sections.keys()].sort(), types.toSorted());
  });

  for (const type of types) {
    test(`says of ${type} what the table says, and more`, () => {
      const { entry, prose } = sections.get(type) ?? {};
      assert.deepEqual(entry, failures[type]);
      assert.ok(prose && prose.join(' ').length > 40, 'what it means');
    });
  }

  test('invites to send decisions that fit', () => {
    const examples = [...document.matchAll(/'(\{"step":.*\})'/g)].map(([, json]) => JSON.parse(json ?? '') as Decision);
    assert.ok(examples.length >= 2);
    for (const { step, decision, failure, input } of examples) {
      assert.ok(step in steps);
      assert.ok(['retry', 'skip', 'abort'].includes(decision));
      assert.ok(failure === undefined || isFailureType(failure));
      assert.doesNotThrow(() => readRetryInput(input, steps[step].accepts ?? []));
    }
  });

  test('invites to type commands and options that exist', () => {
    const lines = document.split('\n').filter((line) => line.startsWith('ase '));
    assert.ok(lines.length >= 6);
    for (const line of lines) {
      const words = line.split(' ').slice(1);
      const command = commandOf(words);
      const known = command.options.flatMap(({ short, long }) => [short, long]);
      assert.deepEqual(
        words.filter((word) => /^--?[a-z]/.test(word) && !known.includes(word)),
        [],
        line,
      );
    }
  });
});

const commandOf = (words: readonly string[]): Command => {
  let command: Command = createProgram();
  for (const word of words) {
    const below = command.commands.find((one) => one.name() === word);
    if (!below) break;
    command = below;
  }
  assert.deepEqual(command.commands, [], `${words.join(' ')} is a command`);
  return command;
};
