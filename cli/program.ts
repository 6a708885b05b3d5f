import { Command } from 'commander';
import { addBlocked } from './blocked.ts';
import { addDoctor } from './doctor.ts';
import { addKeyGenerate } from './key-generate.ts';
import { addKeyRegenerate } from './key-regenerate.ts';
import { addKeyShow } from './key-show.ts';
import { addStatus } from './status.ts';

/** The whole command line. Nothing ends the process or writes by itself: whoever runs it decides that. */
export const createProgram = (): Command => {
  const program = new Command('ase')
    .description('the key vault behind an Azure Stack Edge device, and its activation key')
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  const key = program.command('key').description('activation keys');
  addKeyGenerate(key);
  addKeyRegenerate(key);
  addKeyShow(key);
  addStatus(program);
  addBlocked(program);
  addDoctor(program);
  return program;
};
