/** Activation keys: `ase key generate`, `regenerate` and `show`. */
import { constants, lstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import type { ActivationPreview, GenerateActivationKeyInput, IgnoredInput, Started } from '../client.ts';
import { reading } from '../client/errors.ts';
import { showActivationKey } from '../client/own-rights.ts';
import { readActivationInput } from '../domain/inputs.ts';
import type { DeviceId } from '../domain/device.ts';
import { addDeviceOptions, addLeaf, callerName, noWait, print, readDevice, type DeviceOptions } from './command.ts';
import { UsageError } from './failure.ts';
import { commandOf, type Usual } from './hints.ts';
import { seeThrough, start, withAse } from './operation.ts';
import { fields, table } from './output.ts';
import { during, say } from './terminal.ts';

/** Adds `ase key` and its commands. */
export const addKey = (program: Command): void => {
  const key = program.command('key').description('activation keys');
  addKeyGenerate(key);
  addKeyRegenerate(key);
  addKeyShow(key);
};

const addKeyGenerate = (key: Command): void => {
  const leaf = addLeaf(key, 'generate', {
    description: 'create the prerequisites and the activation key; --plan shows what it would do and what would fail',
    example: 'ase key generate -g edge-rg -n edge-1',
  });
  addDeviceOptions(leaf)
    .option('--vault-name <name>', 'key vault to create or adopt; default: the linked vault, or a generated name')
    .addOption(
      new Option(
        '--audit <when>',
        'when to set up the audit trail: before the first secret, or after the key is issued',
      ).choices(['first', 'after']),
    )
    .addOption(
      new Option('--soft-deleted-vault <what>', 'if the vault is deleted: ask a person, or recover the vault').choices([
        'ask',
        'recover',
      ]),
    )
    .addOption(noWait())
    .option('--plan', 'show what the activation would do and what would fail; change nothing')
    .action(() => generateKey(leaf.opts()));
};

const addKeyRegenerate = (key: Command): void => {
  const leaf = addLeaf(key, 'regenerate', {
    description: 'issue a new activation key for a device that has a key vault; repairs access to the vault as well',
    example: 'ase key regenerate -g edge-rg -n edge-1 --supersede',
  });
  addDeviceOptions(leaf)
    .option('--supersede', 'replace a key that is still valid; without this option such a key is kept')
    .option('--request-id <id>', 'name of this request; a repeated request creates no second key')
    .addOption(noWait())
    .action(() => regenerateKey(leaf.opts()));
};

const addKeyShow = (key: Command): void => {
  const leaf = addLeaf(key, 'show', {
    description: 'print the activation key, read with your own rights; the only command that prints a secret',
    example: 'ase key show -g edge-rg -n edge-1 --out-file key.txt',
  });
  addDeviceOptions(leaf)
    .option('--out-file <file>', 'write the key to a file with mode 0600 instead of printing it')
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
    const started = await start({ device, config, what }, () => ase.start(input, { needsWorker: true }));
    await seeThrough(ase, {
      config,
      device,
      started,
      announcement: announceActivation(started, device, config),
      options,
    });
  });
};

/** The exit code tells a script whether the activation would succeed. */
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

/** Returns the lines for a request for a key: an operation that was started, or joined, and what the joined one ignores. */
export const announceActivation = (
  { started, workflowId, ignored = [] }: Started,
  device: DeviceId,
  usual: Usual,
): string =>
  started
    ? `Activation of ${device.name} started (${workflowId})`
    : [
        `Joined the activation of ${device.name} that is already running (${workflowId})`,
        ...ignored.map(ignoredLine),
        ...(ignored.length > 0
          ? [
              `  To change it, see what this operation accepts: ${commandOf({ action: 'status', deviceId: device.id }, usual)}`,
            ]
          : []),
      ].join('\n');

const optionNames: Record<IgnoredInput['field'], string> = {
  keyVaultName: '--vault-name',
  audit: '--audit',
  softDeletedVault: '--soft-deleted-vault',
};

const ignoredLine = ({ field, asked, startedWith }: IgnoredInput): string => {
  const option = optionNames[field];
  const had = startedWith === undefined ? `without ${option}` : `with ${option} ${startedWith}`;
  return `  It was started ${had}; your ${option} ${asked} is ignored.`;
};

/** Returns a plan as text. */
export const describePreview = ({ refusals, actions, rights, providers, names }: ActivationPreview): string => {
  const missing = rights
    .filter(({ held }) => !held)
    .map(({ action, for: purpose }) => ({ missing: action, for: purpose }));
  return [
    refusals.length === 0
      ? 'The activation would succeed. Nothing was changed.\n'
      : 'The activation would fail. Nothing was changed.\n',
    refusals.map(refusalText).join(''),
    table(actions.map(({ action, what }) => ({ action, what }))),
    missing.length > 0 ? table(missing) : `All ${rights.length} required rights are held.\n`,
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
      ase.startProcedure({ procedure: 'regenerateActivationKey', input }, { ...named, needsWorker: true }),
    );
    await seeThrough(ase, { config, device, started, announcement: announceRegeneration(started, device), options });
  });
};

const announceRegeneration = ({ started, workflowId }: Started, { name }: DeviceId): string =>
  started
    ? `Regeneration of the key of ${name} started (${workflowId})`
    : `Joined the regeneration of the key of ${name} that was already started (${workflowId})`;

type ShowOptions = DeviceOptions & { outFile?: string };

const onGrantPending = (): void => say('Waiting for the propagation of your access to the vault');

/** Prints the key alone by default, because it is pasted into a device. */
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
    say(`Written to ${outFile}. Delete the file after the device is activated.`);
    if (asData) print(reference, options);
  } else if (asData) print({ activationKey, ...reference }, options);
  else if (output !== 'none') process.stdout.write(`${activationKey}\n`);
};

/** Checks the file before the secret is read. An empty file is accepted. @throws UsageError */
export const assertMayWrite = (file: string): void => {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (!stats || (stats.isFile() && stats.size === 0)) return;
  throw new UsageError(`${file} already exists and was not replaced`, 'Choose another --out-file, or delete the file.');
};

/** Writes the secret with mode 0600. @throws UsageError if another process has written the file meanwhile */
export const writeSecret = async (file: string, secret: string): Promise<void> => {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;
  await using handle = await open(file, flags, 0o600);
  const stats = await handle.stat();
  if (!stats.isFile() || stats.size > 0) {
    throw new UsageError(`${file} was written by another process`, 'Choose another --out-file.');
  }
  await handle.chmod(0o600);
  await handle.writeFile(`${secret}\n`);
};
