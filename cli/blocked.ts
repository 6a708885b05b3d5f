import type { Command } from 'commander';
import type { BlockedFilter, DecisionRequest, DecisionSent } from '../client.ts';
import { statusCommand } from '../client/commands.ts';
import { reading } from '../client/errors.ts';
import { readConfig } from '../config.ts';
import { shortText } from '../domain/activation-input.ts';
import {
  addDeviceOptions,
  addLeaf,
  callerName,
  formatOf,
  print,
  readDevice,
  say,
  type CommonOptions,
  type DeviceOptions,
} from './command.ts';
import { UsageError } from './failure.ts';
import { withAse } from './session.ts';

export const addBlocked = (program: Command): void => {
  const blocked = program.command('blocked').description('operations that wait for a person, and decisions about them');
  addList(blocked);
  addDecision(blocked, 'retry', 'try the blocked step again');
  addDecision(blocked, 'skip', 'go on without the blocked step, where it can be missed (the audit trail)');
  addDecision(blocked, 'abort', 'end the operation; nothing in Azure is taken back');
};

type ListOptions = CommonOptions & { subscription?: string; resourceGroup?: string; step?: string; failure?: string };

const addList = (blocked: Command): void => {
  const leaf = addLeaf(blocked, 'list', {
    description: 'blocked operations of all devices, the longest running first',
    example: 'ase blocked list -g edge-rg',
  })
    .option('-g, --resource-group <group>', 'of this resource group only')
    .option('--subscription <id>', 'of this subscription only; with -g: default AZURE_SUBSCRIPTION_ID')
    .option('--step <step>', 'blocked at this step only')
    .option('--failure <type>', 'blocked for this reason only');
  leaf.action(async () => list(leaf.opts<ListOptions>()));
};

const list = async (options: ListOptions): Promise<void> => {
  const config = readConfig();
  const { resourceGroup, step, failure, subscription } = options;
  const subscriptionId = subscription ?? (resourceGroup === undefined ? undefined : config.subscriptionId);
  if (resourceGroup !== undefined && subscriptionId === undefined) {
    throw new UsageError('-g needs a subscription', 'Set AZURE_SUBSCRIPTION_ID, or add --subscription <id>.');
  }
  const filter: BlockedFilter = {
    ...(subscriptionId === undefined ? {} : { subscriptionId }),
    ...(resourceGroup === undefined ? {} : { resourceGroup }),
    ...(step === undefined ? {} : { step }),
    ...(failure === undefined ? {} : { failure }),
  };
  await withAse(config, options, async (ase) => {
    const operations = await ase.blocked(filter);
    if (operations.length === 0) say('Nothing is blocked.');
    if (formatOf(options) !== 'table') return print(operations, options);
    const rows = operations.map(({ device, step, failure, since, procedure }) => ({
      device,
      step,
      failure,
      since,
      procedure,
    }));
    print(rows, options);
  });
};

type DecisionOptions = DeviceOptions & { reason: string; by: string; step?: string; input?: string };

const addDecision = (blocked: Command, decision: DecisionRequest['decision'], description: string): void => {
  const leaf = addLeaf(blocked, decision, {
    description,
    example: `ase blocked ${decision} -g edge-rg -n edge-1 --reason "role was assigned"`,
  });
  addDeviceOptions(leaf)
    .requiredOption('--reason <text>', 'why; kept with the operation')
    .option('--step <step>', 'refuse if another step is blocked; default: whichever is')
    .option('--by <name>', 'who decides', callerName());
  if (decision === 'retry') leaf.option('--input <json>', 'what to change, such as {"keyVaultName":"another-name"}');
  leaf.action(async () => decide(decision, leaf.opts<DecisionOptions>()));
};

const decide = async (decision: DecisionRequest['decision'], options: DecisionOptions): Promise<void> => {
  const { config, device } = readDevice(options);
  const { reason, by, step, input } = options;
  const request: DecisionRequest = {
    decision,
    by,
    reason,
    ...(step === undefined ? {} : { step }),
    ...(input === undefined ? {} : { input: readJson(input) }),
  };
  reading(() => [shortText('by', by), shortText('reason', reason)]);
  await withAse(config, options, async (ase) => {
    const sent = await ase.decide(device.id, request);
    say(`${describeSent(sent)}. Look: ${statusCommand(device, config)} --watch`);
    print(sent, options);
  });
};

const describeSent = ({ decision, step, sent }: DecisionSent): string =>
  sent === 'update'
    ? `Decided: ${decision} of ${step}`
    : `No worker answers: ${decision} of ${step} was left as a signal and is applied when one runs, if it still fits`;

const readJson = (text: string): Record<string, unknown> => {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below, together with JSON that is no object.
  }
  throw new UsageError(`--input is no JSON object: ${text}`, `For example: --input '{"keyVaultName":"another-name"}'`);
};
