import { callerName, readDevice, type DeviceOptions } from './command.ts';
import { seeThrough } from './operation.ts';
import { withAse } from './session.ts';

type Options = DeviceOptions & { wait: boolean };

export const repairDevice = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  await withAse(config, options, async (ase) => {
    const started = await ase.startProcedure({
      procedure: 'repairDevice',
      input: { deviceId: device.id, requestedBy: callerName() },
    });
    const announcement = `Repair of ${device.name} started (${started.workflowId})`;
    await seeThrough(ase, { config, device, started, announcement, options });
  });
};
