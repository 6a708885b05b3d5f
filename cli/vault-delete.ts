import type { Command } from 'commander';
import { reading } from '../client/errors.ts';
import { readKeyVaultDeletion } from '../domain/deletion-input.ts';
import { addDeviceOptions, addLeaf, callerName, readDevice, type DeviceOptions } from './command.ts';
import { addConsentOptions, readConsentOption, seeDeletionThrough, type DeletionOptions } from './deletion.ts';
import { withAse } from './session.ts';

type Options = DeviceOptions & DeletionOptions;

export const addVaultDelete = (vault: Command): void => {
  const leaf = addLeaf(vault, 'delete', {
    description: "delete a device's key vault, with consent; it can be recovered for 90 days",
    example: 'ase vault delete -g edge-rg -n edge-1',
  });
  addDeviceOptions(leaf);
  addConsentOptions(leaf, 'which vault, where no link and no tag says it; with --consent: always').action(async () =>
    deleteVault(leaf.opts<Options>()),
  );
};

const deleteVault = async (options: Options): Promise<void> => {
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
