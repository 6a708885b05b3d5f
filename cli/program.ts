/** The commands as they are typed. What a command does is loaded when it runs: the clients take most of a second to load. */
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { Command } from 'commander';
import { addAudit } from './commands/audit.ts';
import { addBlocked } from './commands/blocked.ts';
import { addCompletion } from './commands/completion.ts';
import { addConsent } from './commands/consent.ts';
import { addDevice } from './commands/device.ts';
import { addDoctor } from './commands/doctor.ts';
import { addKey } from './commands/key.ts';
import { addStatus } from './commands/status.ts';
import { addVault } from './commands/vault.ts';

/** The whole command line. Nothing ends the process or writes by itself: whoever runs it decides that. */
export const createProgram = (): Command => {
  const program = new Command('ase')
    .description('the key vault behind an Azure Stack Edge device, and its activation key')
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

/** Found upwards, since what is built lies a folder deeper. */
const ownVersion = (): string => {
  const { version } = JSON.parse(readFileSync(findPackageJSON(import.meta.url) ?? '', 'utf8')) as { version: string };
  return version;
};
