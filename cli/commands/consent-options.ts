/** Consent on the command line, which `ase device delete` and `ase vault delete` have in common. */
import { Option, type Command } from 'commander';

export const addConsentOptions = (leaf: Command, vaultName: string): Command =>
  leaf
    .addOption(
      new Option('--consent <decision>', 'said in advance; secrets of others are asked about all the same').choices([
        'delete-vault',
        'keep-vault',
      ]),
    )
    .option('--vault-name <name>', vaultName)
    .option('--no-wait', 'start it and come back at once');
