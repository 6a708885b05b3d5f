import type { Command } from 'commander';
import { addDecision } from './blocked-decide.ts';
import { addBlockedList } from './blocked-list.ts';

export const addBlocked = (program: Command): void => {
  const blocked = program.command('blocked').description('operations that wait for a person, and decisions about them');
  addBlockedList(blocked);
  addDecision(blocked, 'retry', 'try the blocked step again');
  addDecision(blocked, 'skip', 'go on without the blocked step, where it can be missed (the audit trail)');
  addDecision(blocked, 'abort', 'end the operation; nothing in Azure is taken back');
};
