import { InvalidArgumentError, Option, type Command } from 'commander';
import { addDeviceOptions, addLeaf, callerName } from '../command.ts';

export const addConsent = (program: Command): void => {
  const leaf = addLeaf(program, 'consent', {
    description: 'say what is to become of the key vault that a deletion asks about',
    example: 'ase consent -g edge-rg -n edge-1 --decision delete-vault --vault-name ase-edge1-0123456ab --inventory 1',
  });
  addDeviceOptions(leaf)
    .addOption(
      new Option('--decision <decision>', 'what is to become of it; cancel: the device is not deleted either')
        .choices(['delete-vault', 'keep-vault', 'cancel'])
        .makeOptionMandatory(),
    )
    .requiredOption('--vault-name <name>', 'the name of the key vault, typed out')
    .option('--inventory <number>', 'number of the inventory that you read; needed to delete', readNumber)
    .option('--release-lock <id...>', 'with delete-vault: locks on the vault that are not ours and may be taken off')
    .option('--reason <text>', 'why; kept with the operation')
    .option('--by <name>', 'who decides', callerName())
    .action(async () => (await import('../consent.ts')).sendConsent(leaf.opts()));
};

const readNumber = (text: string): number => {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is the number shown with the inventory: ase status');
};
