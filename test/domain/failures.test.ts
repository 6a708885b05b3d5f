/** The table of failures, and the document that says the same to people on call. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../cli/program.ts';
import { readRetryInput } from '../../domain/inputs.ts';
import { failureEntry, failures, isFailureType, NotYet, Refusal, type FailureType } from '../../domain/failures.ts';
import type { Decision } from '../../workflows/messages.ts';
import { steps, type StepSettings } from '../../workflows/steps.ts';
import { sections, text as document } from '../failures/document.ts';

const types = Object.keys(failures) as FailureType[];

suite('every type of failure', () => {
  for (const type of types) {
    const { class: kind, heals, retryHelps, remedy } = failureEntry(type);

    test(`${type} has an instruction of one or two sentences that fits a terminal`, () => {
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

test('a type of the table is distinguished from any other text', () => {
  assert.ok(types.every(isFailureType));
  for (const other of ['toString', '__proto__', 'vaultnametaken', '', undefined, null, 7])
    assert.ok(!isFailureType(other));
});

test('a refusal has its type, message and facts, and a check that came too early its delay', () => {
  const refusal = new Refusal('ForeignLock', 'a lock', { lockId: 'l' });
  assert.deepEqual([refusal.type, refusal.message, refusal.facts], ['ForeignLock', 'a lock', { lockId: 'l' }]);
  const notYet = new NotYet('VaultCreating', 'wait', 1000);
  assert.ok(notYet instanceof Refusal);
  assert.deepEqual([notYet.type, notYet.afterMs, notYet.facts], ['VaultCreating', 1000, {}]);
});

suite('the document for on-call engineers', () => {
  test('has a section for every type and for no other', () => {
    assert.deepEqual([...sections.keys()].sort(), types.toSorted());
  });

  for (const type of types) {
    test(`describes ${type} like the table, with its meaning, its rehearsal and its way out`, () => {
      const { entry, prose, blocks } = sections.get(type) ?? {};
      assert.deepEqual(entry, failures[type]);
      assert.ok(prose && prose.join(' ').length > 40, 'what it means');
      assert.deepEqual([...(blocks?.keys() ?? [])], ['rehearse', 'way out']);
    });
  }

  test('proposes valid decisions', () => {
    const examples = [...document.matchAll(/'(\{"step":.*\})'/g)].map(([, json]) => JSON.parse(json ?? '') as Decision);
    assert.ok(examples.length >= 2);
    for (const { step, decision, failure, input } of examples) {
      const settings: StepSettings<never> | undefined = Object.entries(steps).find(([name]) => name === step)?.[1];
      assert.ok(settings, step);
      assert.ok(['retry', 'skip', 'abort'].includes(decision));
      assert.ok(failure === undefined || isFailureType(failure));
      assert.doesNotThrow(() => readRetryInput(input, settings.accepts ?? []));
    }
  });

  test('proposes existing commands and options', () => {
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
