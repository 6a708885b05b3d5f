import type { Command } from 'commander';
import { deviceOptions } from '../client/commands.ts';
import { addDeviceOptions, addLeaf, callerName, formatOf, print, readDevice, type DeviceOptions } from './command.ts';
import { describePosture } from './posture-text.ts';
import { withAse } from './session.ts';
import { asTyped } from './typed.ts';

type Options = DeviceOptions & { failOnDrift?: boolean };

export const addDeviceShow = (device: Command): void => {
  const leaf = addLeaf(device, 'show', {
    description: 'how a device and its key vault stand, and what differs from what is promised; changes nothing',
    example: 'ase device show -g edge-rg -n edge-1 --fail-on-drift',
  });
  addDeviceOptions(leaf)
    .option('--fail-on-drift', 'end with 1 when something has drifted or cannot be seen')
    .action(async () => show(leaf.opts<Options>()));
};

const show = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  await withAse(config, options, async (ase) => {
    const posture = await ase.inspect({ deviceId: device.id, requestedBy: callerName() });
    if (formatOf(options) === 'table') {
      process.stdout.write(asTyped(describePosture(posture, deviceOptions(device, config))));
    } else print(posture, options);
    if (options.failOnDrift && posture.drift.length > 0) process.exitCode = 1;
  });
};
