import type { Command } from 'commander';
import { addDeviceOptions, addLeaf } from '../command.ts';
import { asTyped } from '../typed.ts';

export const addDoctor = (program: Command): void => {
  const leaf = addLeaf(program, 'doctor', {
    description:
      'what is wrong with the set-up, and the remedy: Temporal, worker, clock, Azure; with --rights who may what',
    example: 'ase doctor',
  });
  addDeviceOptions(leaf)
    .option('--rights', "which rights you hold in a group (-g), and the worker's own where a device is named (-n)")
    .addHelpText('after', asTyped('  ase doctor --rights -g edge-rg -n edge-1'))
    .action(async () => (await import('../doctor.ts')).diagnoseAll(leaf.opts()));
};
