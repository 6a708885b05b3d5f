/** All commands. Clients take most of a second to load, so each command loads its own when it runs. */
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { Argument, Command } from 'commander';
import { addAudit } from './audit.ts';
import { addBlocked } from './blocked.ts';
import { addExample } from './command.ts';
import type { Shell } from './completion.ts';
import { addConsent } from './consent.ts';
import { addDevice } from './device.ts';
import { addDoctor } from './doctor.ts';
import { addKey } from './key.ts';
import { addStatus } from './status.ts';
import { addVault } from './vault.ts';

/** Creates the command line. It neither ends the process nor writes errors: the caller does. */
export const createProgram = (): Command => {
  const program = new Command('ase')
    .description('manage the key vault of an Azure Stack Edge device and its activation key')
    .version(ownVersion(), '--version', 'show the version of this program')
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  addKey(program);
  addDevice(program);
  addVault(program);
  addStatus(program);
  addBlocked(program);
  addConsent(program);
  addAudit(program);
  addDoctor(program);
  addCompletion(program);
  return program;
};

const addCompletion = (program: Command): void => {
  const leaf = program
    .command('completion')
    .description('print a script that completes commands, options and names in a shell')
    .addArgument(
      new Argument('<shell>', 'shell that reads the script').choices(['bash', 'zsh', 'fish'] satisfies Shell[]),
    )
    .action(async (shell: Shell) => {
      const { completionOf } = await import('./completion.ts');
      process.stdout.write(completionOf(program, shell));
    });
  addExample(leaf, 'source <(ase completion bash)');
};

/** Finds `package.json` upwards, because the build is one folder deeper. */
const ownVersion = (): string => {
  const { version } = JSON.parse(readFileSync(findPackageJSON(import.meta.url) ?? '', 'utf8')) as { version: string };
  return version;
};
