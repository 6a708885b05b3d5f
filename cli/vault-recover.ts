import type { Command } from 'commander';
import { addDeviceOptions, addLeaf, callerName, readDevice, type DeviceOptions } from './command.ts';
import { seeThrough } from './operation.ts';
import { withAse } from './session.ts';

type Options = DeviceOptions & { vaultName?: string; wait: boolean };

export const addVaultRecover = (vault: Command): void => {
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
    .action(async () => recover(leaf.opts<Options>()));
};

const recover = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  const { vaultName } = options;
  await withAse(config, options, async (ase) => {
    const input = {
      deviceId: device.id,
      requestedBy: callerName(),
      ...(vaultName === undefined ? {} : { keyVaultName: vaultName }),
    };
    const started = await ase.startProcedure('recoverKeyVault', input);
    const announcement = `Recovery of the key vault of ${device.name} started (${started.workflowId})`;
    await seeThrough(ase, { config, device, started, announcement, options });
  });
};
