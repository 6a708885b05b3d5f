import type { Command } from 'commander';
import { addDeviceOptions, addLeaf } from '../command.ts';

export const addStatus = (program: Command): void => {
  const leaf = addLeaf(program, 'status', {
    description: 'where the running or last operation on a device stands; also without a worker',
    example: 'ase status -g edge-rg -n edge-1 --watch',
  });
  addDeviceOptions(leaf)
    .option('--watch', 'show each step as it happens until the operation has ended')
    .action(async () => (await import('../status.ts')).showStatus(leaf.opts()));
};
