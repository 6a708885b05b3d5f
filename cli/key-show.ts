import type { Command } from 'commander';
import { addDeviceOptions, addLeaf, print, readDevice, say, type DeviceOptions } from './command.ts';
import { assertMayWrite, writeSecret } from './secret-file.ts';

type Options = DeviceOptions & { outFile?: string };

export const addKeyShow = (key: Command): void => {
  const leaf = addLeaf(key, 'show', {
    description: 'the activation key, read with your own rights to the vault; the only command that prints a secret',
    example: 'ase key show -g edge-rg -n edge-1 --out-file key.txt',
  });
  addDeviceOptions(leaf)
    .option('--out-file <file>', 'write it there, for your eyes only (mode 0600), instead of printing it')
    .action(async () => show(leaf.opts<Options>()));
};

/** The key alone unless json was asked for: what is printed is pasted into a device. */
const show = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  const { outFile, output } = options;
  if (outFile !== undefined) assertMayWrite(outFile);
  // The clients of Azure take a while to load: only who needs them waits for that.
  const { readActivationKey } = await import('./activation-key.ts');
  const { activationKey, reference } = await readActivationKey(config, device.id);
  const { fingerprint, expiresOn } = reference;
  say(`Activation key of ${device.name}: a secret. Fingerprint ${fingerprint}, expires ${expiresOn}`);
  if (outFile !== undefined) {
    await writeSecret(outFile, activationKey);
    say(`Written to ${outFile}; remove it when the device is activated`);
    if (output === 'json') print(reference, options);
  } else if (output === 'json') print({ activationKey, ...reference }, options);
  else if (output !== 'none') process.stdout.write(`${activationKey}\n`);
};
