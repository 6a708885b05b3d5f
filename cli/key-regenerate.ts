import type { Command } from 'commander';
import type { Started } from '../client.ts';
import type { DeviceId } from '../domain/device.ts';
import { addDeviceOptions, addLeaf, callerName, readDevice, type DeviceOptions } from './command.ts';
import { seeThrough } from './operation.ts';
import { withAse } from './session.ts';

type Options = DeviceOptions & { supersede?: boolean; requestId?: string; wait: boolean };

export const addKeyRegenerate = (key: Command): void => {
  const leaf = addLeaf(key, 'regenerate', {
    description: 'a new activation key for a device that has its key vault; access to the vault is put right as well',
    example: 'ase key regenerate -g edge-rg -n edge-1 --supersede',
  });
  addDeviceOptions(leaf)
    .option('--supersede', 'make a key useless that is still good; without it such a key is left alone')
    .option(
      '--request-id <id>',
      'name of the request: asked for again under it, as by a script, it makes no second key',
    )
    .option('--no-wait', 'start it and come back at once')
    .action(async () => regenerate(leaf.opts<Options>()));
};

const regenerate = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  const { supersede = false, requestId } = options;
  await withAse(config, options, async (ase) => {
    const input = { deviceId: device.id, supersede, requestedBy: callerName() };
    const named = requestId === undefined ? {} : { requestId };
    const started = await ase.startProcedure('regenerateActivationKey', input, named);
    await seeThrough(ase, { config, device, started, announcement: announcement(started, device), options });
  });
};

const announcement = ({ started, workflowId }: Started, { name }: DeviceId): string =>
  started
    ? `Regeneration of the key of ${name} started (${workflowId})`
    : `This regeneration of the key of ${name} was started before (${workflowId})`;
