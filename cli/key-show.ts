import { print, readDevice, say, type DeviceOptions } from './command.ts';
import { assertMayWrite, writeSecret } from './secret-file.ts';

type Options = DeviceOptions & { outFile?: string };

/** The key alone unless more was asked for: what is printed is pasted into a device. */
export const showKey = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  const { outFile, output, query } = options;
  const asData = query !== undefined || (output !== undefined && output !== 'table' && output !== 'none');
  if (outFile !== undefined) assertMayWrite(outFile);
  // The clients of Azure take a while to load: only who needs them waits for that.
  const { readActivationKey } = await import('./activation-key.ts');
  const { activationKey, reference } = await readActivationKey(config, device.id);
  const { fingerprint, expiresOn } = reference;
  say(`Activation key of ${device.name}: a secret. Fingerprint ${fingerprint}, expires ${expiresOn}`);
  if (outFile !== undefined) {
    await writeSecret(outFile, activationKey);
    say(`Written to ${outFile}; remove it when the device is activated`);
    if (asData) print(reference, options);
  } else if (asData) print({ activationKey, ...reference }, options);
  else if (output !== 'none') process.stdout.write(`${activationKey}\n`);
};
