import { callerName, readDevice, type DeviceOptions } from './command.ts';
import { seeThrough } from './operation.ts';
import { withAse } from './session.ts';

type Options = DeviceOptions & { vaultName?: string; wait: boolean };

export const recoverVault = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  const { vaultName } = options;
  await withAse(config, options, async (ase) => {
    const input = {
      deviceId: device.id,
      requestedBy: callerName(),
      ...(vaultName === undefined ? {} : { keyVaultName: vaultName }),
    };
    const started = await ase.startProcedure({ procedure: 'recoverKeyVault', input });
    const announcement = `Recovery of the key vault of ${device.name} started (${started.workflowId})`;
    await seeThrough(ase, { config, device, started, announcement, options });
  });
};
