import type { Started } from '../client.ts';
import type { DeviceId } from '../domain/device.ts';
import { callerName, readDevice, type DeviceOptions } from './command.ts';
import { seeThrough } from './operation.ts';
import { withAse } from './session.ts';

type Options = DeviceOptions & { supersede?: boolean; requestId?: string; wait: boolean };

export const regenerateKey = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  const { supersede = false, requestId } = options;
  await withAse(config, options, async (ase) => {
    const input = { deviceId: device.id, supersede, requestedBy: callerName() };
    const named = requestId === undefined ? {} : { requestId };
    const started = await ase.startProcedure({ procedure: 'regenerateActivationKey', input }, named);
    await seeThrough(ase, { config, device, started, announcement: announcement(started, device), options });
  });
};

const announcement = ({ started, workflowId }: Started, { name }: DeviceId): string =>
  started
    ? `Regeneration of the key of ${name} started (${workflowId})`
    : `This regeneration of the key of ${name} was started before (${workflowId})`;
