import type { Command } from 'commander';
import { addDeviceOptions, addLeaf } from '../command.ts';

export const addAudit = (program: Command): void => {
  const leaf = addLeaf(program, 'audit', {
    description: "who called the device's key vault, from its audit log, read with your own rights",
    example: 'ase audit -g edge-rg -n edge-1 --since 7d',
  });
  addDeviceOptions(leaf)
    .option('--since <when>', 'how far back, like 90m, 24h or 7d, or from which time, like 2026-01-31T08:00:00Z', '24h')
    .action(async () => (await import('../audit.ts')).showAudit(leaf.opts()));
};
