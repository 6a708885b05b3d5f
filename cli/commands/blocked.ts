/** Operations that wait for a person, and decisions about them. */
import type { Command } from 'commander';
import type { DecisionRequest } from '../../client.ts';
import { addDeviceOptions, addLeaf, callerName, type LeafSettings } from '../command.ts';
import { asTyped } from '../typed.ts';

export const addBlocked = (program: Command): void => {
  const blocked = program.command('blocked').description('operations that wait for a person, and decisions about them');
  addBlockedList(blocked);
  addDecision(blocked, 'retry', 'try the blocked step again');
  addDecision(blocked, 'skip', 'go on without the blocked step, where it can be missed (the audit trail)');
  addDecision(blocked, 'abort', 'end the operation; nothing in Azure is taken back');
};

const addBlockedList = (blocked: Command): void => {
  const leaf = addLeaf(blocked, 'list', {
    description: 'how many operations are blocked at which step and why, and which, the longest running first',
    example: 'ase blocked list -g edge-rg',
  })
    .option('-g, --resource-group <group>', 'of this resource group only')
    .option('--subscription <id>', 'of this subscription only; with -g: default AZURE_SUBSCRIPTION_ID');
  addFilterOptions(leaf).action(async () => (await import('../blocked-list.ts')).listBlocked(leaf.opts()));
};

const addDecision = (blocked: Command, kind: DecisionRequest['decision'], description: string): void => {
  const example: LeafSettings['example'] = `ase blocked ${kind} -g edge-rg -n edge-1 --reason "role was assigned"`;
  const leaf = addLeaf(blocked, kind, { description, example });
  addDeviceOptions(leaf).requiredOption('--reason <text>', 'why; kept with the operation');
  addFilterOptions(leaf).option('--by <name>', 'who decides', callerName());
  if (kind === 'retry') leaf.option('--input <json>', 'what to change, such as {"keyVaultName":"another-name"}');
  leaf
    .option('--all', 'all operations that are blocked so, instead of one device; -g and --subscription narrow it')
    .option('--yes', 'with --all: do not ask')
    .option('--report <file>', 'with --all: append what became of each to a file, one JSON object a line')
    .addHelpText('after', asTyped(`  ase blocked ${kind} --failure PolicyDenied --all --reason "exempted"`))
    .action(async () => (await import('../blocked-decide.ts')).decide(kind, leaf.opts()));
};

/** Beside those that name a group and a subscription, which have a meaning of their own for one device. */
const addFilterOptions = (leaf: Command): Command =>
  leaf
    .option('--step <step>', 'blocked at this step only')
    .option('--failure <type>', 'blocked for this reason only')
    .option('--procedure <type>', 'of this kind only, such as generateActivationKey');
