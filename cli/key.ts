/** Activation keys: `ase key generate`, `regenerate` and `show`. */
import { constants, lstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import type { ActivationPreview, GenerateActivationKeyInput, Started } from '../client.ts';
import { reading } from '../client/errors.ts';
import { showActivationKey } from '../client/own-rights.ts';
import { readActivationInput } from '../domain/activation-input.ts';
import type { DeviceId } from '../domain/device.ts';
import { addDeviceOptions, addLeaf, callerName, noWait, print, readDevice, type DeviceOptions } from './command.ts';
import { UsageError } from './failure.ts';
import { seeThrough, start, withAse } from './operation.ts';
import { fields, table } from './output.ts';
import { during, say } from './terminal.ts';

export const addKey = (program: Command): void => {
  const key = program.command('key').description('activation keys');
  addKeyGenerate(key);
  addKeyRegenerate(key);
  addKeyShow(key);
};

const addKeyGenerate = (key: Command): void => {
  const leaf = addLeaf(key, 'generate', {
    description: 'make what an activation key needs, and the key; shows each step and ends with where the key is',
    example: 'ase key generate -g edge-rg -n edge-1',
  });
  addDeviceOptions(leaf)
    .option('--vault-name <name>', 'key vault to create or adopt; default: the linked one, else a name of its own')
    .addOption(
      new Option('--audit <when>', 'audit trail before the first secret, or after the key is out').choices([
        'first',
        'after',
      ]),
    )
    .addOption(
      new Option('--soft-deleted-vault <what>', 'if the vault lies deleted: ask a person, or recover it').choices([
        'ask',
        'recover',
      ]),
    )
    .addOption(noWait())
    .option('--plan', 'say what it would do and what would refuse it, and change nothing')
    .action(() => generateKey(leaf.opts()));
};

const addKeyRegenerate = (key: Command): void => {
  const leaf = addLeaf(key, 'regenerate', {
    description: 'a new activation key for a device that has its key vault; access to the vault is put right as well',
    example: 'ase key regenerate -g edge-rg -n edge-1 --supersede',
  });
  addDeviceOptions(leaf)
    .option('--supersede', 'make a key useless that is still good; without it such a key is left alone')
    .option(
      '--request-id <id>',
      'name of the request: asked for again under it, as by a script, it makes no second key',
    )
    .addOption(noWait())
    .action(() => regenerateKey(leaf.opts()));
};

const addKeyShow = (key: Command): void => {
  const leaf = addLeaf(key, 'show', {
    description: 'the activation key, read with your own rights to the vault; the only command that prints a secret',
    example: 'ase key show -g edge-rg -n edge-1 --out-file key.txt',
  });
  addDeviceOptions(leaf)
    .option('--out-file <file>', 'write it there, for your eyes only (mode 0600), instead of printing it')
    .action(() => showKey(leaf.opts()));
};

type GenerateOptions = DeviceOptions & {
  vaultName?: string;
  audit?: 'first' | 'after';
  softDeletedVault?: 'ask' | 'recover';
  wait: boolean;
  plan?: boolean;
};

const generateKey = async (options: GenerateOptions): Promise<void> => {
  const { config, device } = readDevice(options);
  const input = inputFrom(options, device);
  reading(() => readActivationInput(input));
  await withAse(config, options, async (ase) => {
    if (options.plan) {
      const plan = await during(`Planning the activation of ${device.name}`, () => ase.preview(input));
      return showPlan(plan, options);
    }
    const what = `Activation of ${device.name}`;
    const started = await start({ device, config, what }, () => ase.start(input));
    await seeThrough(ase, { config, device, started, announcement: announceActivation(started, device), options });
  });
};

/** A script can tell by the exit code whether it would get to its end. */
const showPlan = (plan: ActivationPreview, options: GenerateOptions): void => {
  print(plan, options, () => describePreview(plan));
  if (plan.verdict === 'refused') process.exitCode = 1;
};

const inputFrom = (
  { vaultName, audit, softDeletedVault }: GenerateOptions,
  { id }: DeviceId,
): GenerateActivationKeyInput => ({
  deviceId: id,
  requestedBy: callerName(),
  ...(vaultName === undefined ? {} : { keyVaultName: vaultName }),
  ...(audit === undefined ? {} : { audit }),
  ...(softDeletedVault === undefined ? {} : { softDeletedVault }),
});

const announceActivation = ({ started, workflowId }: Started, { name }: DeviceId): string =>
  started
    ? `Activation of ${name} started (${workflowId})`
    : `An activation of ${name} is under way (${workflowId}); joined it as it was asked for`;

export const describePreview = ({ refusals, actions, rights, providers, names }: ActivationPreview): string => {
  const missing = rights
    .filter(({ held }) => !held)
    .map(({ action, for: purpose }) => ({ missing: action, for: purpose }));
  return [
    refusals.length === 0
      ? 'An activation would get to its end. Nothing has been changed.\n'
      : 'An activation would be refused. Nothing has been changed.\n',
    refusals.map(refusalText).join(''),
    table(actions.map(({ action, what }) => ({ action, what }))),
    missing.length > 0 ? table(missing) : `All ${rights.length} rights that it needs are held.\n`,
    table(providers.map(({ namespace, state }) => ({ provider: namespace, state }))),
    names ? fields(names) : '',
  ]
    .filter((part) => part !== '')
    .join('\n');
};

const refusalText = ({ failure, message, who, remedy, retryWith }: ActivationPreview['refusals'][number]): string => {
  const input = retryWith ? `\n    for example with ${JSON.stringify(retryWith)}` : '';
  return `! ${failure}: ${message}\n    ${who}: ${remedy}${input}\n`;
};

type RegenerateOptions = DeviceOptions & { supersede?: boolean; requestId?: string; wait: boolean };

const regenerateKey = async (options: RegenerateOptions): Promise<void> => {
  const { config, device } = readDevice(options);
  const { supersede = false, requestId } = options;
  await withAse(config, options, async (ase) => {
    const input = { deviceId: device.id, supersede, requestedBy: callerName() };
    const named = requestId === undefined ? {} : { requestId };
    const what = `Regeneration of the key of ${device.name}`;
    const started = await start({ device, config, what }, () =>
      ase.startProcedure({ procedure: 'regenerateActivationKey', input }, named),
    );
    await seeThrough(ase, { config, device, started, announcement: announceRegeneration(started, device), options });
  });
};

const announceRegeneration = ({ started, workflowId }: Started, { name }: DeviceId): string =>
  started
    ? `Regeneration of the key of ${name} started (${workflowId})`
    : `This regeneration of the key of ${name} was started before (${workflowId})`;

type ShowOptions = DeviceOptions & { outFile?: string };

const onGrantPending = (): void =>
  say('Your access to the vault was granted a moment ago; waiting until it takes effect');

/** The key alone unless more was asked for: what is printed is pasted into a device. */
const showKey = async (options: ShowOptions): Promise<void> => {
  const { config, device } = readDevice(options);
  const { outFile, output, query } = options;
  const asData = query !== undefined || (output !== undefined && output !== 'table' && output !== 'none');
  if (outFile !== undefined) assertMayWrite(outFile);
  const { activationKey, reference } = await during(`Reading the activation key of ${device.name}`, () =>
    showActivationKey({ deviceId: device.id }, { config, onGrantPending }),
  );
  const { fingerprint, expiresOn } = reference;
  say(`Activation key of ${device.name}: a secret. Fingerprint ${fingerprint}, expires ${expiresOn}`);
  if (outFile !== undefined) {
    await writeSecret(outFile, activationKey);
    say(`Written to ${outFile}; remove it when the device is activated`);
    if (asData) print(reference, options);
  } else if (asData) print({ activationKey, ...reference }, options);
  else if (output !== 'none') process.stdout.write(`${activationKey}\n`);
};

/** Judged before the secret is read. An empty file may have been made for it. @throws UsageError */
export const assertMayWrite = (file: string): void => {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (!stats || (stats.isFile() && stats.size === 0)) return;
  throw new UsageError(`${file} exists already and is not replaced`, 'Give --out-file a new name, or remove the file.');
};

/** Mode 0600, also if the file was there. @throws UsageError when something has taken its place meanwhile */
export const writeSecret = async (file: string, secret: string): Promise<void> => {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;
  await using handle = await open(file, flags, 0o600);
  const stats = await handle.stat();
  if (!stats.isFile() || stats.size > 0) {
    throw new UsageError(`${file} has been written by somebody else meanwhile`, 'Give --out-file a new name.');
  }
  await handle.chmod(0o600);
  await handle.writeFile(`${secret}\n`);
};
