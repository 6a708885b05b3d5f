import { reading } from '../client/errors.ts';
import { readDeviceDeletion } from '../domain/deletion-input.ts';
import { callerName, readDevice, type DeviceOptions } from './command.ts';
import { readConsentOption, seeDeletionThrough, type DeletionOptions } from './deletion.ts';
import { UsageError } from './failure.ts';
import { withAse } from './session.ts';

type Options = DeviceOptions & DeletionOptions & { confirm: string; allowOnline?: boolean };

export const deleteDevice = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  const { confirm, allowOnline = false, consent, vaultName } = options;
  if (confirm.toLowerCase() !== device.name.toLowerCase()) {
    throw new UsageError(
      `--confirm "${confirm}" is not the name of the device`,
      `Nothing was started. To delete it: --confirm ${device.name}`,
    );
  }
  if (vaultName !== undefined && consent === undefined) {
    throw new UsageError('--vault-name says nothing without --consent', 'Add --consent delete-vault or keep-vault.');
  }
  const said = readConsentOption(options);
  const input = { deviceId: device.id, confirmDevice: confirm, allowOnline, requestedBy: callerName(), ...said };
  reading(() => readDeviceDeletion(input));
  await withAse(config, options, async (ase) => {
    const started = await ase.deleteDevice(input);
    const announcement = `Deletion of ${device.name} started (${started.workflowId})`;
    await seeDeletionThrough(ase, { config, device, started, announcement, options });
  });
};
