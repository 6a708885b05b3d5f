import type { Command } from 'commander';
import { addDeviceOptions, addLeaf, callerName, readDevice, type DeviceOptions } from './command.ts';
import { seeThrough } from './operation.ts';
import { withAse } from './session.ts';

type Options = DeviceOptions & { supersede?: boolean; wait: boolean };

export const addKeyRegenerate = (key: Command): void => {
  const leaf = addLeaf(key, 'regenerate', {
    description: 'a new activation key for a device that has its key vault; access to the vault is put right as well',
    example: 'ase key regenerate -g edge-rg -n edge-1 --supersede',
  });
  addDeviceOptions(leaf)
    .option('--supersede', 'make a key useless that is still good; without it such a key is left alone')
    .option('--no-wait', 'start it and come back at once')
    .action(async () => regenerate(leaf.opts<Options>()));
};

const regenerate = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  const { supersede = false } = options;
  await withAse(config, options, async (ase) => {
    const input = { deviceId: device.id, supersede, requestedBy: callerName() };
    const started = await ase.startProcedure('regenerateActivationKey', input);
    const announcement = `Regeneration of the key of ${device.name} started (${started.workflowId})`;
    await seeThrough(ase, { config, device, started, announcement, options });
  });
};
