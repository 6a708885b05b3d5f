/** Activation keys. */
import { Option, type Command } from 'commander';
import { addDeviceOptions, addLeaf } from '../command.ts';

export const addKey = (program: Command): void => {
  const key = program.command('key').description('activation keys');
  addKeyGenerate(key);
  addKeyRegenerate(key);
  addKeyShow(key);
};

const addKeyGenerate = (key: Command): void => {
  const leaf = addLeaf(key, 'generate', {
    description: 'make what an activation key needs, and the key; shows each step and ends with where the key is',
    example: 'ase key generate -g edge-rg -n edge-1',
  });
  addDeviceOptions(leaf)
    .option('--vault-name <name>', 'key vault to create or adopt; default: the linked one, else a name of its own')
    .addOption(
      new Option('--audit <when>', 'audit trail before the first secret, or after the key is out').choices([
        'first',
        'after',
      ]),
    )
    .addOption(
      new Option('--soft-deleted-vault <what>', 'if the vault lies deleted: ask a person, or recover it').choices([
        'ask',
        'recover',
      ]),
    )
    .option('--no-wait', 'start it and come back at once')
    .option('--plan', 'say what it would do and what would refuse it, and change nothing')
    .action(async () => (await import('../key-generate.ts')).generateKey(leaf.opts()));
};

const addKeyRegenerate = (key: Command): void => {
  const leaf = addLeaf(key, 'regenerate', {
    description: 'a new activation key for a device that has its key vault; access to the vault is put right as well',
    example: 'ase key regenerate -g edge-rg -n edge-1 --supersede',
  });
  addDeviceOptions(leaf)
    .option('--supersede', 'make a key useless that is still good; without it such a key is left alone')
    .option(
      '--request-id <id>',
      'name of the request: asked for again under it, as by a script, it makes no second key',
    )
    .option('--no-wait', 'start it and come back at once')
    .action(async () => (await import('../key-regenerate.ts')).regenerateKey(leaf.opts()));
};

const addKeyShow = (key: Command): void => {
  const leaf = addLeaf(key, 'show', {
    description: 'the activation key, read with your own rights to the vault; the only command that prints a secret',
    example: 'ase key show -g edge-rg -n edge-1 --out-file key.txt',
  });
  addDeviceOptions(leaf)
    .option('--out-file <file>', 'write it there, for your eyes only (mode 0600), instead of printing it')
    .action(async () => (await import('../key-show.ts')).showKey(leaf.opts()));
};
