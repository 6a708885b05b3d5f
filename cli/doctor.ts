/** `ase doctor`: diagnoses the set-up. */
import type { Command } from 'commander';
import { linksInto } from '../client/searches.ts';
import { readConfig } from '../config.ts';
import { addDeviceOptions, addLeaf, formatOf, print, readDevice, type DeviceOptions } from './command.ts';
import type { RightsScope } from './diagnose-rights.ts';
import type { Check } from './diagnosis.ts';
import { exitCodes, UsageError } from './failure.ts';
import { asTyped, describeLinks } from './hints.ts';
import { aligned } from './output.ts';
import { during, say } from './terminal.ts';

/** Adds `ase doctor`. */
export const addDoctor = (program: Command): void => {
  const leaf = addLeaf(program, 'doctor', {
    description: 'diagnose the set-up: Temporal, worker, clock and Azure; with --rights: permissions',
    example: 'ase doctor',
  });
  addDeviceOptions(leaf)
    .option('--rights', "show your rights in a resource group (-g), and the worker's rights if a device is named (-n)")
    .addHelpText('after', asTyped('  ase doctor --rights -g edge-rg -n edge-1'))
    .action(() => diagnoseAll(leaf.opts()));
};

type Options = DeviceOptions & { rights?: boolean };

const diagnoseAll = async (options: Options): Promise<void> => {
  const config = readConfig();
  const scope = readScope(options);
  const checks = await during('Checking the set-up', async () => {
    // The clients of Azure load slowly, so only this command loads them.
    const { diagnose } = await import('./diagnose-setup.ts');
    return diagnose(config, scope);
  });
  print(checks, options, () => describeChecks(checks));
  if (formatOf(options) === 'table') say(describeLinks(linksInto(config)));
  process.exitCode = checks
    .filter(({ state }) => state === 'failed')
    .reduce((worst, { failure }) => Math.max(worst, codeOf(failure)), 0);
};

/** @throws UsageError */
const readScope = (options: Options): RightsScope | undefined => {
  const { rights, resourceGroup, name, id, subscription, verbose = false } = options;
  if (!rights) {
    if ((resourceGroup ?? name ?? id ?? subscription) === undefined) return undefined;
    throw new UsageError('a device or a resource group requires --rights', 'Add --rights, or remove the others.');
  }
  const asksWorker = (id ?? name) !== undefined;
  const { device } = readDevice(asksWorker ? options : { ...options, name: 'any-device' });
  return { device, asksWorker, verbose };
};

const codeOf = (failure: Check['failure']): number => (failure === undefined ? 1 : exitCodes[failure]);

/** Returns a line for each check, with its remedy below. */
const describeChecks = (checks: readonly Check[]): string => {
  const lines = aligned(
    checks.map(({ state, check, detail }) => [state.padEnd(7), check, detail.replace(/\s*\n\s*/g, ' ')]),
  ).split('\n');
  return checks
    .map(({ remedy }, index) => `${lines[index]}\n${remedy === undefined ? '' : `${' '.repeat(9)}${remedy}\n`}`)
    .join('');
};
