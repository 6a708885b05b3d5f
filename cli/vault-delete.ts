import { reading } from '../client/errors.ts';
import { readKeyVaultDeletion } from '../domain/deletion-input.ts';
import { callerName, readDevice, type DeviceOptions } from './command.ts';
import { readConsentOption, seeDeletionThrough, type DeletionOptions } from './deletion.ts';
import { withAse } from './session.ts';

type Options = DeviceOptions & DeletionOptions;

export const deleteVault = async (options: Options): Promise<void> => {
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
    const started = await ase.deleteKeyVault(input);
    const announcement = `Deletion of the key vault of ${device.name} started (${started.workflowId})`;
    await seeDeletionThrough(ase, { config, device, started, announcement, options });
  });
};
