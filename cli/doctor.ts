import { linksInto } from '../client/searches.ts';
import { readConfig } from '../config.ts';
import type { Check } from './check.ts';
import { formatOf, print, readDevice, say, type DeviceOptions } from './command.ts';
import type { RightsScope } from './diagnose-rights.ts';
import { exitCodes, UsageError } from './failure.ts';
import { describeLinks } from './links-text.ts';
import { widest } from './output.ts';

type Options = DeviceOptions & { rights?: boolean };

export const diagnoseAll = async (options: Options): Promise<void> => {
  const config = readConfig();
  const scope = readScope(options);
  // The clients of Azure take a while to load: only who needs them waits for that.
  const { diagnose } = await import('./diagnose.ts');
  const checks = await diagnose(config, scope);
  print(checks, options, () => describeChecks(checks));
  if (formatOf(options) === 'table') say(describeLinks(linksInto(config)));
  process.exitCode = checks
    .filter(({ state }) => state === 'failed')
    .reduce((worst, { failure }) => Math.max(worst, codeOf(failure)), 0);
};

/** @throws UsageError */
const readScope = (options: Options): RightsScope | undefined => {
  const { rights, resourceGroup, name, id, subscription } = options;
  if (!rights) {
    if ((resourceGroup ?? name ?? id ?? subscription) === undefined) return undefined;
    throw new UsageError('a device or a group matters to --rights only', 'Add --rights, or leave them out.');
  }
  const asksWorker = (id ?? name) !== undefined;
  const { device } = readDevice(asksWorker ? options : { ...options, name: 'any-device' });
  return { device, asksWorker };
};

const codeOf = (failure: Check['failure']): number => (failure === undefined ? 1 : exitCodes[failure]);

export const describeChecks = (checks: readonly Check[]): string => {
  const width = widest(checks.map(({ check }) => check));
  return checks
    .map(({ check, state, detail, remedy }) => {
      const line = `${state.padEnd(7)}  ${check.padEnd(width)}  ${detail}\n`;
      return remedy === undefined ? line : `${line}${' '.repeat(9)}${remedy}\n`;
    })
    .join('');
};
