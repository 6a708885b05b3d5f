import { Command } from 'commander';
import { addKeyGenerate } from './key-generate.ts';
import { addStatus } from './status.ts';

/** The whole command line. Nothing ends the process or writes by itself: whoever runs it decides that. */
export const createProgram = (): Command => {
  const program = new Command('ase')
    .description('the key vault behind an Azure Stack Edge device, and its activation key')
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  const key = program.command('key').description('activation keys');
  addKeyGenerate(key);
  addStatus(program);
  return program;
};
