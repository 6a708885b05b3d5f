import type { Command } from 'commander';
import type { Check } from './diagnose.ts';
import { readConfig } from '../config.ts';
import { addLeaf, formatOf, print, type CommonOptions } from './command.ts';
import { exitCodes } from './failure.ts';

export const addDoctor = (program: Command): void => {
  const leaf = addLeaf(program, 'doctor', {
    description: 'what is wrong with the set-up, and the remedy: Temporal, worker, Azure',
    example: 'ase doctor',
  });
  leaf.action(async () => examine(leaf.opts<CommonOptions>()));
};

const examine = async (options: CommonOptions): Promise<void> => {
  const config = readConfig();
  // The clients of Azure take a while to load: only who needs them waits for that.
  const { diagnose } = await import('./diagnose.ts');
  const checks = await diagnose(config);
  if (formatOf(options) === 'table') process.stdout.write(describeChecks(checks));
  else print(checks, options);
  process.exitCode = Math.max(...checks.map(({ state, failure }) => (state === 'failed' ? codeOf(failure) : 0)));
};

const codeOf = (failure: Check['failure']): number => (failure === undefined ? 1 : exitCodes[failure]);

export const describeChecks = (checks: readonly Check[]): string => {
  const width = Math.max(...checks.map(({ check }) => check.length));
  return checks
    .map(({ check, state, detail, remedy }) => {
      const line = `${state.padEnd(7)}  ${check.padEnd(width)}  ${detail}\n`;
      return remedy === undefined ? line : `${line}${' '.repeat(9)}${remedy}\n`;
    })
    .join('');
};
