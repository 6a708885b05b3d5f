/** Key vaults of devices: `ase vault delete` and `recover`. */
import type { Command } from 'commander';
import { reading } from '../client/errors.ts';
import { readKeyVaultDeletion } from '../domain/deletion.ts';
import { addDeviceOptions, addLeaf, callerName, noWait, readDevice, type DeviceOptions } from './command.ts';
import { addConsentOptions, readConsentOption, seeDeletionThrough, type DeletionOptions } from './deletion.ts';
import { seeThrough, start, withAse } from './operation.ts';

/** Adds `ase vault` and its commands. */
export const addVault = (program: Command): void => {
  const vault = program.command('vault').description('key vaults of devices');
  addVaultDelete(vault);
  addVaultRecover(vault);
};

const addVaultDelete = (vault: Command): void => {
  const leaf = addLeaf(vault, 'delete', {
    description: "delete a device's key vault, with consent (recoverable for 90 days)",
    example: 'ase vault delete -g edge-rg -n edge-1',
  });
  addDeviceOptions(leaf);
  addConsentOptions(leaf, 'key vault, if neither link nor tag identifies it; required with --consent').action(() =>
    deleteVault(leaf.opts()),
  );
};

const addVaultRecover = (vault: Command): void => {
  const leaf = addLeaf(vault, 'recover', {
    description: "recover a device's deleted key vault, protect it, and restore the device's access",
    example: 'ase vault recover -g edge-rg -n edge-1',
  });
  addDeviceOptions(leaf)
    .option(
      '--vault-name <name>',
      'key vault, if neither link nor tag identifies it; if the vault is purged: name of a new one',
    )
    .addOption(noWait())
    .action(() => recoverVault(leaf.opts()));
};

type DeleteOptions = DeviceOptions & DeletionOptions;

const deleteVault = async (options: DeleteOptions): Promise<void> => {
  const { config, device } = readDevice(options);
  const { vaultName } = options;
  const input = {
    deviceId: device.id,
    requestedBy: callerName(),
    ...(vaultName === undefined ? {} : { keyVaultName: vaultName }),
    ...readConsentOption(options),
  };
  reading(() => readKeyVaultDeletion(input));
  await withAse(config, options, async (ase) => {
    const what = `Deletion of the key vault of ${device.name}`;
    const started = await start({ device, config, what }, () => ase.deleteKeyVault(input, { needsWorker: true }));
    const announcement = `${what} started (${started.workflowId})`;
    await seeDeletionThrough(ase, { config, device, started, announcement, options });
  });
};

type RecoverOptions = DeviceOptions & { vaultName?: string; wait: boolean };

const recoverVault = async (options: RecoverOptions): Promise<void> => {
  const { config, device } = readDevice(options);
  const { vaultName } = options;
  await withAse(config, options, async (ase) => {
    const input = {
      deviceId: device.id,
      requestedBy: callerName(),
      ...(vaultName === undefined ? {} : { keyVaultName: vaultName }),
    };
    const what = `Recovery of the key vault of ${device.name}`;
    const started = await start({ device, config, what }, () =>
      ase.startProcedure({ procedure: 'recoverKeyVault', input }, { needsWorker: true }),
    );
    const announcement = `${what} started (${started.workflowId})`;
    await seeThrough(ase, { config, device, started, announcement, options });
  });
};
