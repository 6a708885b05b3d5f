import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ConsentRequest, ConsentSent } from '../client.ts';
import { statusCommand } from '../client/commands.ts';
import { reading } from '../client/errors.ts';
import { readConsent } from '../domain/consent.ts';
import { addDeviceOptions, addLeaf, callerName, print, readDevice, say, type DeviceOptions } from './command.ts';
import { withAse } from './session.ts';

type Options = DeviceOptions & {
  decision: ConsentRequest['decision'];
  vaultName: string;
  inventory?: number;
  reason?: string;
  by: string;
  releaseLock?: string[];
};

export const addConsent = (program: Command): void => {
  const leaf = addLeaf(program, 'consent', {
    description: 'say what is to become of the key vault that a deletion asks about',
    example: 'ase consent -g edge-rg -n edge-1 --decision delete-vault --vault-name ase-edge1-0123456ab --inventory 1',
  });
  addDeviceOptions(leaf)
    .addOption(
      new Option('--decision <decision>', 'what is to become of it; cancel: the device is not deleted either')
        .choices(['delete-vault', 'keep-vault', 'cancel'])
        .makeOptionMandatory(),
    )
    .requiredOption('--vault-name <name>', 'the name of the key vault, typed out')
    .option('--inventory <number>', 'number of the inventory that you read; needed to delete', readNumber)
    .option('--release-lock <id...>', 'with delete-vault: locks on the vault that are not ours and may be taken off')
    .option('--reason <text>', 'why; kept with the operation')
    .option('--by <name>', 'who decides', callerName())
    .action(async () => consent(leaf.opts<Options>()));
};

const readNumber = (text: string): number => {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is the number shown with the inventory: ase status');
};

const consent = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  const { decision, vaultName, inventory, reason, by, releaseLock } = options;
  const request: ConsentRequest = {
    decision,
    keyVaultName: vaultName,
    by,
    ...(inventory === undefined ? {} : { inventory }),
    ...(reason === undefined ? {} : { reason }),
    ...(releaseLock === undefined ? {} : { releaseLocks: releaseLock }),
  };
  reading(() => readConsent(request));
  await withAse(config, options, async (ase) => {
    const sent = await ase.consent(device.id, request);
    say(`${describeSent(sent)}. Look: ${statusCommand(device, config)} --watch`);
    print(sent, options);
  });
};

const describeSent = ({ decision, keyVaultName, sent, taskQueue }: ConsentSent): string =>
  sent === 'update'
    ? `Said: ${decision} for ${keyVaultName}`
    : `No worker answers on the task queue "${taskQueue}": ${decision} for ${keyVaultName} was left as a signal and counts when one runs, if it still fits`;
