import { callerName, print, readDevice, type DeviceOptions } from './command.ts';
import { deviceOptions } from './hints.ts';
import { describePosture } from './posture-text.ts';
import { withAse } from './session.ts';

type Options = DeviceOptions & { failOnDrift?: boolean };

export const showDevice = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  await withAse(config, options, async (ase) => {
    const posture = await ase.inspect({ deviceId: device.id, requestedBy: callerName() });
    print(posture, options, () => describePosture(posture, deviceOptions(device, config)));
    if (options.failOnDrift && posture.drift.length > 0) process.exitCode = 1;
  });
};
