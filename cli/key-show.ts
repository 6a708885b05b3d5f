import { showActivationKey } from '../client/own-rights.ts';
import { print, readDevice, say, type DeviceOptions } from './command.ts';
import { assertMayWrite, writeSecret } from './secret-file.ts';

type Options = DeviceOptions & { outFile?: string };

const onGrantPending = (): void =>
  say('Your access to the vault was granted a moment ago; waiting until it takes effect');

/** The key alone unless more was asked for: what is printed is pasted into a device. */
export const showKey = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  const { outFile, output, query } = options;
  const asData = query !== undefined || (output !== undefined && output !== 'table' && output !== 'none');
  if (outFile !== undefined) assertMayWrite(outFile);
  const { activationKey, reference } = await showActivationKey({ deviceId: device.id }, { config, onGrantPending });
  const { fingerprint, expiresOn } = reference;
  say(`Activation key of ${device.name}: a secret. Fingerprint ${fingerprint}, expires ${expiresOn}`);
  if (outFile !== undefined) {
    await writeSecret(outFile, activationKey);
    say(`Written to ${outFile}; remove it when the device is activated`);
    if (asData) print(reference, options);
  } else if (asData) print({ activationKey, ...reference }, options);
  else if (output !== 'none') process.stdout.write(`${activationKey}\n`);
};
