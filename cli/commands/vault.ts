/** Key vaults of devices. */
import type { Command } from 'commander';
import { addDeviceOptions, addLeaf } from '../command.ts';
import { addConsentOptions } from './consent-options.ts';

export const addVault = (program: Command): void => {
  const vault = program.command('vault').description('key vaults of devices');
  addVaultDelete(vault);
  addVaultRecover(vault);
};

const addVaultDelete = (vault: Command): void => {
  const leaf = addLeaf(vault, 'delete', {
    description: "delete a device's key vault, with consent; it can be recovered for 90 days",
    example: 'ase vault delete -g edge-rg -n edge-1',
  });
  addDeviceOptions(leaf);
  addConsentOptions(leaf, 'which vault, where no link and no tag says it; with --consent: always').action(async () =>
    (await import('../vault-delete.ts')).deleteVault(leaf.opts()),
  );
};

const addVaultRecover = (vault: Command): void => {
  const leaf = addLeaf(vault, 'recover', {
    description: "take back a device's deleted key vault, protect it again, and give the device its access",
    example: 'ase vault recover -g edge-rg -n edge-1',
  });
  addDeviceOptions(leaf)
    .option(
      '--vault-name <name>',
      'which vault, where no link and no tag says it; past recovery: the name of a new one',
    )
    .option('--no-wait', 'start it and come back at once')
    .action(async () => (await import('../vault-recover.ts')).recoverVault(leaf.opts()));
};
