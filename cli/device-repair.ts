import type { Command } from 'commander';
import { addDeviceOptions, addLeaf, callerName, readDevice, type DeviceOptions } from './command.ts';
import { seeThrough } from './operation.ts';
import { withAse } from './session.ts';

type Options = DeviceOptions & { wait: boolean };

export const addDeviceRepair = (device: Command): void => {
  const leaf = addLeaf(device, 'repair', {
    description:
      'put right what has drifted and is ours: tags, locks, audit trail, access, link; never a vault or a key',
    example: 'ase device repair -g edge-rg -n edge-1',
  });
  addDeviceOptions(leaf)
    .option('--no-wait', 'start it and come back at once')
    .action(async () => repair(leaf.opts<Options>()));
};

const repair = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  await withAse(config, options, async (ase) => {
    const started = await ase.startProcedure('repairDevice', { deviceId: device.id, requestedBy: callerName() });
    const announcement = `Repair of ${device.name} started (${started.workflowId})`;
    await seeThrough(ase, { config, device, started, announcement, options });
  });
};
