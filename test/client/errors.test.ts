/** What the client's errors tell: people in words, programs as data, and nobody in command lines of this project. */
import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { createProgram } from '../../cli/program.ts';
import { hintOf } from '../../cli/hints.ts';
import { explainAzure } from '../../client/own-vault.ts';
import { AseError, operationFailed } from '../../client/errors.ts';
import { blockedError, consentAwaited, noWorker, silenceOf } from '../../client/situation.ts';
import type { KnownBlock } from '../../client/status.ts';
import { failures } from '../../domain/failures.ts';
import type { ConsentQuestion } from '../../workflows/messages.ts';
import { device } from '../domain/samples.ts';

const types = Object.keys(failures);
const usual = { subscriptionId: device.subscriptionId };

const blocks: Partial<KnownBlock>[] = [
  {},
  { skippable: true },
  { abortable: false },
  { abortable: false, retriesLeft: 0 },
  { retryWith: { keyVaultName: 'another' } },
];
const question: ConsentQuestion = {
  keyVaultName: 'ase-edge1-12345678a',
  inventory: 3,
  warning: 'what stops',
  secrets: [],
  total: 0,
  locks: [],
  answerBy: '2026-01-31T08:00:00Z',
};
const silence = { taskQueue: 'ase', worker: false, polled: false };

const errors: AseError[] = [
  ...[...types, 'OfALaterRelease'].flatMap((type) => [
    operationFailed(device, { type, message: 'why' }),
    ...blocks.map((block) => blockedError(device, { step: 'ensureKeyVault', failure: type, ...block })),
  ]),
  consentAwaited(device, question),
  noWorker(device, { taskQueue: 'ase', address: 'localhost:7233' }),
  ...[silence, { ...silence, polled: true }].flatMap((each) => silenceOf(device, each, { address: 'here' }) ?? []),
  ...['TimeoutError', 'CredentialUnavailableError'].flatMap((name) => {
    const error = explainAzure(Object.assign(new Error('why'), { name }), 'ask for it');
    return error instanceof AseError ? [error] : [];
  }),
];

const namesOf = ({ commands }: Command): string[] => commands.map((command) => command.name());

/** `ase` and one of its commands, as they would be typed. */
const typed = new RegExp(String.raw`\base (?:--\w+|(?:${namesOf(createProgram()).join('|')})\b)`);

suite('a command line of this project', () => {
  test('is in no error of the client', () => {
    assert.ok(errors.length > 300);
    const told = errors.flatMap(({ message, hint, actions }) => [message, hint, JSON.stringify(actions)]);
    assert.deepEqual(
      told.filter((text) => typed.test(text)),
      [],
    );
  });

  test('is in no module that defines errors and results of the client', async () => {
    const root = new URL('../../', import.meta.url);
    const modules = '{client,domain,activities,azure,workflows}/**/*.ts';
    const found = await Array.fromAsync(glob(modules, { cwd: fileURLToPath(root) }));
    const texts = await Promise.all(
      [...found, 'client.ts'].map(async (file) => ({ file, text: await readFile(new URL(file, root), 'utf8') })),
    );
    assert.deepEqual(
      texts.flatMap(({ file, text }) => (typed.test(text) ? [file] : [])),
      [],
    );
  });

  for (const text of ['Look: ase status -g g -n n', 'use it (ase key show)', 'type ase --help']) {
    test(`would be found in: ${text}`, () => assert.match(text, typed));
  }
});

suite('the hint of an operation that ended', () => {
  const ended = 'Remove the cause in the message, then start again: the next run adopts the existing resources.';
  for (const [type, { class: kind, remedy }] of Object.entries(failures)) {
    const fatal = kind === 'fatal';
    test(`with ${type} is ${fatal ? 'its remedy' : 'to start again, since no step waits for a decision'}`, () => {
      const { hint } = operationFailed(device, { type, message: 'aborted by ada (wrong vault): why' });
      assert.equal(hint, fatal ? remedy : ended);
    });
  }
});

suite('the command line turns the advice of an error into', () => {
  test('a line for each decision about a block, below the message', () => {
    const error = blockedError(device, {
      step: 'ensureKeyVault',
      failure: 'VaultNameTaken',
      skippable: false,
      retryWith: { keyVaultName: 'free' },
    });
    assert.deepEqual(hintOf(error, usual).split('\n').slice(-3), [
      'To decide, type one of:',
      `  ase blocked retry -g edge-rg -n edge-1 --reason "why" --input '{"keyVaultName":"free"}'`,
      '  ase blocked abort -g edge-rg -n edge-1 --reason "why"',
    ]);
  });

  test('the answer to a question, after the command that shows the question', () => {
    const lines = hintOf(consentAwaited(device, question), usual).split('\n').slice(1);
    const answer = '  ase consent -g edge-rg -n edge-1 --decision';
    assert.deepEqual(lines, [
      'Look at it: ase status -g edge-rg -n edge-1',
      'To decide, type one of:',
      `${answer} delete-vault --vault-name ase-edge1-12345678a --inventory 3`,
      `${answer} keep-vault --vault-name ase-edge1-12345678a`,
      `${answer} cancel --vault-name ase-edge1-12345678a`,
    ]);
  });

  test('another call, with the subscription if it is not the default', () => {
    const error = operationFailed(device, { type: 'VaultDeleted', message: 'it lies deleted' });
    const [, line] = hintOf(error, {}).split('\n');
    assert.equal(
      line,
      `Recover the key vault: ase vault recover -g edge-rg -n edge-1 --subscription ${device.subscriptionId}`,
    );
  });

  test('known commands, for every error', () => {
    const program = createProgram();
    const lines = errors.flatMap((error) => hintOf(error, usual).split('\n'));
    const commands = lines
      .flatMap((line) => [/(?:^ {2}|: )ase (\w+)(?: (\w+))?/.exec(line) ?? []])
      .filter(([all]) => all);
    assert.ok(commands.length > 0);
    for (const [line, first, second = ''] of commands) {
      const command = program.commands.find((each) => each.name() === first);
      assert.ok(command, line);
      if (command.commands.length > 0) assert.ok(namesOf(command).includes(second), line);
    }
  });
});
