/** Completion scripts: bash runs here; the scripts for zsh and fish are only read. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Command } from 'commander';
import { completionOf } from '../../cli/completion.ts';
import { createProgram } from '../../cli/program.ts';
import { blockingFailures, stepNames } from '../../client/procedures.ts';
import { run } from '../server/programs.ts';

const program = createProgram();

/** What bash offers for the last word. */
const offered = async (...words: string[]): Promise<string[]> => {
  const script = `${completionOf(program, 'bash')}
COMP_WORDS=(ase "$@") COMP_CWORD=$#
_ase
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { code, stdout, stderr } = await run('bash', ['-c', script, 'bash', ...words], process.env);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return stdout.split('\n').filter(Boolean);
};

suite('bash offers', { concurrency: 2 }, () => {
  const cases: [typed: string[], first: string[]][] = [
    [['ke'], ['key']],
    [
      ['key', ''],
      ['generate', 'regenerate', 'show', 'help', '--help'],
    ],
    [['key', 'generate', '--au'], ['--audit']],
    [
      ['key', 'generate', '--audit', ''],
      ['first', 'after'],
    ],
    [
      ['status', '-o', ''],
      ['json', 'jsonc', 'yaml', 'table', 'tsv', 'none'],
    ],
    [
      ['status', '-g', 'edge-rg', '--output', 'j'],
      ['json', 'jsonc'],
    ],
    [['blocked', 'retry', '--step', 'ensureKeyVaultI'], ['ensureKeyVaultInService']],
    [['blocked', 'list', '--failure', 'PolicyD'], ['PolicyDenied']],
    [
      ['blocked', 'list', '--procedure', 'del'],
      ['deleteDevice', 'deleteKeyVault'],
    ],
    [['consent', '--decision', 'keep'], ['keep-vault']],
    [['completion', 'f'], ['fish']],
    [['--v'], ['--version']],
    // Bash breaks words at an equals sign.
    [
      ['status', '--output', '=', 'j'],
      ['json', 'jsonc'],
    ],
    [
      ['status', '--output', '='],
      ['json', 'jsonc', 'yaml', 'table', 'tsv', 'none'],
    ],
    [['blocked', 'list', '-g', 'edge-rg', '--failure', '=', 'PolicyD'], ['PolicyDenied']],
    // Unless it was told not to.
    [
      ['status', '--output=j'],
      ['--output=json', '--output=jsonc'],
    ],
    [['he'], ['help']],
    [['help', 'k'], ['key']],
    [
      ['key', 'help', ''],
      ['generate', 'regenerate', 'show'],
    ],
  ];
  for (const [typed, expected] of cases) {
    test(`${expected.join(', ')} after ase ${typed.join(' ')}`, async () =>
      assert.deepEqual(await offered(...typed), expected));
  }

  test('files for values that it cannot know', async () =>
    assert.deepEqual(await offered('key', 'show', '--out-file', ''), []));

  test('nothing, and no files, for the names of devices and groups', async () => {
    const script = `${completionOf(program, 'bash')}
compopt() { echo "compopt $*"; }
for option in -n --resource-group --out-file; do COMP_WORDS=(ase key show $option '') COMP_CWORD=4; echo "$option $(_ase)"; done`;
    const { stdout } = await run('bash', ['-c', script], process.env);
    assert.equal(stdout, '-n compopt +o default\n--resource-group compopt +o default\n--out-file \n');
  });

  test('the options of a command whose name is also the value of an option', async () =>
    assert.ok((await offered('vault', 'delete', '-g', 'key', '--con')).includes('--consent')));
});

const optionsOf = (command: Command): string[] => [
  ...command.options.flatMap(({ long }) => long ?? []),
  ...command.commands.flatMap(optionsOf),
];

suite('the names of steps and failures are offered by', () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    test(shell, () => {
      const script = completionOf(program, shell);
      for (const name of [...stepNames, ...blockingFailures]) assert.ok(script.includes(name), name);
    });
  }
});

test('zsh completes at once if the script is a file in its path, and after it was sourced', () => {
  const script = completionOf(program, 'zsh');
  assert.match(script, /^#compdef ase\n/);
  assert.match(script, /\nif \[ "\$funcstack\[1\]" = _ase \]; then _ase "\$@"; else compdef _ase ase; fi\n$/);
});

test('zsh completes a value after an equals sign', () => {
  assert.match(completionOf(program, 'zsh'), /compset -P '--\*='/);
});

const namesOf = (command: Command): string[] => command.commands.flatMap((child) => [child.name(), ...namesOf(child)]);

suite('every command and every option is named to', () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    test(shell, () => {
      const words = new Set(completionOf(program, shell).match(/[\w-]+/g));
      const flag = (long: string): string => (shell === 'fish' ? long.slice(2) : long);
      const wanted = [...namesOf(program), ...optionsOf(program).map(flag)];
      assert.ok(wanted.length > 50);
      assert.deepEqual(
        wanted.filter((word) => !words.has(word)),
        [],
      );
    });
  }
});
