/** Devices and what protects their key vaults. */
import type { Command } from 'commander';
import { addDeviceOptions, addLeaf } from '../command.ts';
import { addConsentOptions } from './consent-options.ts';

export const addDevice = (program: Command): void => {
  const device = program.command('device').description('devices and what protects their key vaults');
  addDeviceShow(device);
  addDeviceRepair(device);
  addDeviceDelete(device);
};

const addDeviceShow = (device: Command): void => {
  const leaf = addLeaf(device, 'show', {
    description: 'how a device and its key vault stand, and what differs from what is promised; changes nothing',
    example: 'ase device show -g edge-rg -n edge-1 --fail-on-drift',
  });
  addDeviceOptions(leaf)
    .option('--fail-on-drift', 'end with 1 when something has drifted or cannot be seen')
    .action(async () => (await import('../device-show.ts')).showDevice(leaf.opts()));
};

const addDeviceRepair = (device: Command): void => {
  const leaf = addLeaf(device, 'repair', {
    description:
      'put right what has drifted and is ours: tags, locks, audit trail, access, link; never a vault or a key',
    example: 'ase device repair -g edge-rg -n edge-1',
  });
  addDeviceOptions(leaf)
    .option('--no-wait', 'start it and come back at once')
    .action(async () => (await import('../device-repair.ts')).repairDevice(leaf.opts()));
};

const addDeviceDelete = (device: Command): void => {
  const leaf = addLeaf(device, 'delete', {
    description: 'delete a device, and with consent its key vault, which can then be recovered for 90 days',
    example: 'ase device delete -g edge-rg -n edge-1 --confirm edge-1',
  });
  addDeviceOptions(leaf)
    .requiredOption('--confirm <device>', 'the name of the device, typed again')
    .option('--allow-online', 'delete it although it is in use');
  addConsentOptions(leaf, 'with --consent: the name of the key vault, typed out').action(async () =>
    (await import('../device-delete.ts')).deleteDevice(leaf.opts()),
  );
};
