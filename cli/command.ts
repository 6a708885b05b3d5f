/** What all commands share: options, examples, output, and the advice for a wrong command line. */
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { Command, Option } from 'commander';
import { readConfig, type Config } from '../config.ts';
import { deviceIdOf, parseDeviceId, type DeviceId } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import { UsageError } from './failure.ts';
import { asTyped } from './hints.ts';
import { formatData, formats, type Format } from './output.ts';
import { QueryError, readQuery, type Query } from './query.ts';
import { say } from './terminal.ts';

/** Options of every command. */
export type CommonOptions = { output?: Format; query?: Query; verbose?: boolean };
/** Options that name a device. */
export type DeviceOptions = CommonOptions & {
  resourceGroup?: string;
  name?: string;
  subscription?: string;
  id?: string;
};

/** Description and example of a command. */
export type LeafSettings = { description: string; example: string };

/** Adds a command with the options that all commands share. */
export const addLeaf = (parent: Command, nameAndArguments: string, { description, example }: LeafSettings): Command => {
  const leaf = parent
    .command(nameAndArguments)
    .description(description)
    .addOption(
      new Option('-o, --output <format>', 'output format; default: table on a terminal, json otherwise').choices([
        ...formats,
      ]),
    )
    .option('--query <jmespath>', 'JMESPath expression that selects from the result', readQuery)
    .option('--verbose', 'print more on standard error');
  return addExample(leaf, example);
};

/** Adds an example to the help and to the advice for a wrong command line. */
export const addExample = (leaf: Command, example: string): Command => {
  examples.set(leaf, example);
  return leaf.addHelpText('after', asTyped(`\nExample:\n  ${example}`));
};

const examples = new WeakMap<Command, string>();

/** Returns what to type instead of a wrong command line: an example of the command that it begins with. */
export const adviceFor = (program: Command, argv: readonly string[]): string => {
  let command = program;
  for (const word of argv) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (!next) break;
    command = next;
  }
  const example = examples.get(command);
  const help = `${pathOf(command)} --help`;
  return example ? `For example: ${example}\nAll options: ${help}` : `List the commands: ${help}`;
};

/**
 * Returns the format and the verbosity of any command line, even of one that the program refuses. The options of all commands are
 * declared to the parser, so that the value of an option is never taken for an option.
 */
export const typedOptions = (program: Command, argv: readonly string[]): CommonOptions => {
  const known = optionsBelow(program).map(({ long = '', short, required, optional }) => {
    const type = required || optional ? ('string' as const) : ('boolean' as const);
    return [long.slice(2), { type, ...(short === undefined ? {} : { short: short.slice(1) }) }] as const;
  });
  const { values } = parseArgs({ args: [...argv], options: Object.fromEntries(known), strict: false });
  const output = formats.find((format) => format === values['output']);
  return { verbose: values['verbose'] === true, ...(output ? { output } : {}) };
};

const optionsBelow = ({ options, commands }: Command): Option[] => [...options, ...commands.flatMap(optionsBelow)];

const pathOf = (command: Command): string =>
  command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();

/** Adds the options that name a device. */
export const addDeviceOptions = (leaf: Command): Command =>
  leaf
    .option('-g, --resource-group <group>', 'resource group of the device')
    .option('-n, --name <device>', 'name of the device')
    .option('--subscription <id>', 'subscription of the device; default: AZURE_SUBSCRIPTION_ID')
    .option('--id <arm id>', 'ARM id of the device; replaces -g, -n and --subscription');

/** Returns the option `--no-wait` of the commands that start an operation. */
export const noWait = (): Option => new Option('--no-wait', 'return as soon as the operation has started');

/** Reads the environment and the device, before any connection. @throws UsageError · ConfigError */
export const readDevice = (options: DeviceOptions): { config: Config; device: DeviceId } => {
  const config = readConfig();
  return { config, device: options.id === undefined ? fromParts(options, config) : fromId(options) };
};

const fromId = ({ id, resourceGroup, name, subscription }: DeviceOptions): DeviceId => {
  if ([resourceGroup, name, subscription].some((part) => part !== undefined)) {
    throw new UsageError('--id already names the device', 'Give either --id, or -g and -n (and --subscription).');
  }
  try {
    return parseDeviceId(id);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new UsageError(error.message, 'Give --id as above, or -g and -n (and --subscription).');
  }
};

const fromParts = (options: DeviceOptions, config: Config): DeviceId => {
  const { resourceGroup = '', name = '', subscription = config.subscriptionId ?? '' } = options;
  const device = '-g <resource group> -n <device>';
  const missing = [...(resourceGroup ? [] : ['-g/--resource-group']), ...(name ? [] : ['-n/--name'])];
  if (missing.length > 0) throw new UsageError(`${missing.join(' and ')} missing`, `Name the device: ${device}`);
  if (!subscription) {
    throw new UsageError(
      'the subscription is missing',
      `Set AZURE_SUBSCRIPTION_ID, or type ${device} --subscription <id>`,
    );
  }
  const anyId = '00000000-0000-0000-0000-000000000000';
  check('--subscription', subscription, 'a GUID', () => deviceIdOf(subscription, 'group', 'device'));
  check(
    '--resource-group',
    resourceGroup,
    '1 to 90 letters and digits of any script and any of _ - . ( ), no full stop last',
    () => deviceIdOf(anyId, resourceGroup, 'device'),
  );
  check('--name', name, '2 to 50 letters, digits and hyphens, no hyphen at either end', () =>
    deviceIdOf(anyId, 'group', name),
  );
  return deviceIdOf(subscription, resourceGroup, name);
};

const check = (option: string, value: string, wanted: string, read: () => unknown): void => {
  try {
    read();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new UsageError(`${option} "${value}" is invalid`, `It must be: ${wanted}.`);
  }
};

/** Returns the output format: the chosen one, or a table on a terminal and JSON elsewhere. */
export const formatOf = ({ output }: CommonOptions): Format => output ?? (process.stdout.isTTY ? 'table' : 'json');

/** Prints a result on standard output. @param describe returns the text for a person; default: a table of the fields */
export const print = (data: object, options: CommonOptions, describe?: () => string): void => {
  const format = formatOf(options);
  const { query } = options;
  const text = format === 'table' && describe && !query ? asTyped(describe()) : undefined;
  process.stdout.write(text ?? formatData(query ? pick(data, query) : data, format));
};

/** The command has already run, so a query that does not fit must not lose its result: prints all of it, with exit code 1. */
const pick = (data: object, query: Query): unknown => {
  try {
    return query(data);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    say(`${error.message}. The whole result follows.`);
    process.exitCode ??= 1;
    return data;
  }
};

/** Returns the name of the user from the operating system, or the user's id where there is no name. */
export const callerName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
};
