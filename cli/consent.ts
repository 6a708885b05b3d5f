import type { ConsentRequest, ConsentSent } from '../client.ts';
import { reading } from '../client/errors.ts';
import { readConsent } from '../domain/consent.ts';
import { print, readDevice, say, type DeviceOptions } from './command.ts';
import { statusCommand } from './hints.ts';
import { withAse } from './session.ts';

type Options = DeviceOptions & {
  decision: ConsentRequest['decision'];
  vaultName: string;
  inventory?: number;
  reason?: string;
  by: string;
  releaseLock?: string[];
};

export const sendConsent = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  const { decision, vaultName, inventory, reason, by, releaseLock } = options;
  const said = {
    decision,
    keyVaultName: vaultName,
    by,
    ...(inventory === undefined ? {} : { inventory }),
    ...(reason === undefined ? {} : { reason }),
    ...(releaseLock === undefined ? {} : { releaseLocks: releaseLock }),
  };
  reading(() => readConsent(said));
  await withAse(config, options, async (ase) => {
    const sent = await ase.consent({ deviceId: device.id, ...said });
    say(`${describeSent(sent)}. Look: ${statusCommand(device, config)} --watch`);
    print(sent, options);
  });
};

const describeSent = ({ decision, keyVaultName, sent, taskQueue }: ConsentSent): string =>
  sent === 'update'
    ? `Said: ${decision} for ${keyVaultName}`
    : `No worker answers on the task queue "${taskQueue}": ${decision} for ${keyVaultName} was left as a signal and counts when one runs, if it still fits`;
