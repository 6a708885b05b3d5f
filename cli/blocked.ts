/** Blocked operations, and decisions about them: `ase blocked list`, `retry`, `skip` and `abort`. */
import type { Command } from 'commander';
import type { BlockedSurvey, DecisionRequest, ManyDecision } from '../client.ts';
import { reading } from '../client/errors.ts';
import { linksInto } from '../client/searches.ts';
import { readConfig } from '../config.ts';
import { deviceIdOf } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import { shortText } from '../domain/inputs.ts';
import {
  decideAboutMany,
  readFilter,
  sayNothingFound,
  type FilterOptions,
  type ManyDecisionOptions,
} from './blocked-many.ts';
import {
  addDeviceOptions,
  addLeaf,
  callerName,
  formatOf,
  print,
  readDevice,
  type CommonOptions,
  type DeviceOptions,
  type LeafSettings,
} from './command.ts';
import { UsageError } from './failure.ts';
import { asTyped, commandOf, describeLinks, describeSent, type Usual } from './hints.ts';
import { withAse } from './operation.ts';
import { table } from './output.ts';
import { during, leaveBehind, say } from './terminal.ts';

/** Adds `ase blocked` and its commands. */
export const addBlocked = (program: Command): void => {
  const blocked = program.command('blocked').description('blocked operations, and decisions about them');
  addBlockedList(blocked);
  addDecision(blocked, 'retry', 'retry the blocked step');
  addDecision(blocked, 'skip', 'skip the blocked step, if the step is optional (the audit trail)');
  addDecision(blocked, 'abort', 'abort the operation; resources in Azure stay as they are');
};

const addBlockedList = (blocked: Command): void => {
  const leaf = addLeaf(blocked, 'list', {
    description: 'list blocked operations: the count of each step and failure, then each, longest running first',
    example: 'ase blocked list -g edge-rg',
  })
    .option('-g, --resource-group <group>', 'only operations of this resource group')
    .option('--subscription <id>', 'only operations of this subscription; with -g: default AZURE_SUBSCRIPTION_ID');
  addFilterOptions(leaf).action(() => listBlocked(leaf.opts()));
};

const addDecision = (blocked: Command, kind: DecisionRequest['decision'], description: string): void => {
  const { reason, all } = examples[kind];
  const example: LeafSettings['example'] = `ase blocked ${kind} -g edge-rg -n edge-1 --reason "${reason}"`;
  const leaf = addLeaf(blocked, kind, { description, example });
  addDeviceOptions(leaf).requiredOption('--reason <text>', 'reason; recorded with the operation');
  addFilterOptions(leaf).option('--by <name>', 'who decides', callerName());
  if (kind === 'retry') leaf.option('--input <json>', 'changed input, such as {"keyVaultName":"another-name"}');
  leaf
    .option('--all', 'all matching operations instead of one device; -g and --subscription narrow the selection')
    .option('--yes', 'with --all: do not ask for confirmation')
    .option('--report <file>', 'with --all: append each outcome to a file, one JSON object per line')
    .addHelpText('after', asTyped(`  ase blocked ${kind} --all ${all}`))
    .action(() => decide(kind, leaf.opts()));
};

const examples: Record<Kind, { reason: string; all: string }> = {
  retry: { reason: 'role was assigned', all: '--failure PolicyDenied --reason "exempted"' },
  skip: {
    reason: 'audit log is agreed for tomorrow',
    all: '--step ensureDiagnosticSetting --reason "audit log is agreed for tomorrow"',
  },
  abort: { reason: 'device was returned', all: '--failure VaultNameTaken --reason "devices were returned"' },
};

/** The group and the subscription are options of the device, and are not repeated here. */
const addFilterOptions = (leaf: Command): Command =>
  leaf
    .option('--step <step>', 'only operations blocked at this step')
    .option('--failure <type>', 'only operations blocked by this failure')
    .option('--procedure <type>', 'only this procedure, such as generateActivationKey');

type ListOptions = CommonOptions & FilterOptions;

const listBlocked = async (options: ListOptions): Promise<void> => {
  const config = readConfig();
  const filter = readFilter(options, config);
  await withAse(config, options, async (ase) => {
    const survey = await during('Looking for blocked operations', () => ase.surveyBlocked(filter));
    if (survey.total === 0) await sayNothingFound(ase, filter);
    for (const line of describeAwaiting(survey, config)) say(line);
    for (const queue of survey.silentQueues) say(`No worker answers on the task queue "${queue}": ${unknown}`);
    for (const text of describeTaskFailures(survey)) say(text);
    print(survey, options, () => describeSurvey(survey));
    if (formatOf(options) === 'table') say(describeLinks(linksInto(config)));
  });
};

/** Returns the operations that wait for consent, which no decision about a block reaches. */
export const describeAwaiting = (
  { awaitingConsent }: Pick<BlockedSurvey, 'awaitingConsent'>,
  usual: Usual,
): string[] => {
  const { length } = awaitingConsent;
  if (length === 0) return [];
  const commands = awaitingConsent.map((key) => `  ${statusOf(key, usual)}`);
  return [`${length} ${length === 1 ? 'operation waits' : 'operations wait'} for consent:`, ...commands];
};

/** Anybody may start a workflow whose attribute names no device. */
const statusOf = (key: string, usual: Usual): string => {
  const [subscriptionId = '', resourceGroup = '', name = ''] = key.split('/');
  try {
    return commandOf({ action: 'status', deviceId: deviceIdOf(subscriptionId, resourceGroup, name).id }, usual);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return key;
  }
};

/** Returns each failure once: the workflow tasks of many operations usually fail for the same reason. */
const describeTaskFailures = ({ operations }: BlockedSurvey): Set<string> =>
  new Set(
    operations.flatMap(({ taskFailure }) =>
      taskFailure ? `A worker answers, but workflow tasks fail: ${taskFailure.message}\n  ${taskFailure.remedy}` : [],
    ),
  );

const unknown = 'the time and the message of its blocks are unknown, and the operations wait until a worker runs.';

/** Returns the survey as text: the counts, then the operations. */
export const describeSurvey = ({ total, counts, operations }: BlockedSurvey): string => {
  if (total === 0) return '';
  const rows = operations.map(({ device, step, failure, since, procedure }) => ({
    device,
    step,
    failure,
    since,
    procedure,
  }));
  const shown = operations.length < total ? `The first ${operations.length}:\n` : '';
  return `${total} blocked:\n${table(counts)}\n${shown}${table(rows)}`;
};

type Kind = DecisionRequest['decision'];
type DecisionOptions = DeviceOptions & ManyDecisionOptions & { all?: boolean; input?: string };

const decide = async (kind: Kind, options: DecisionOptions): Promise<void> => {
  const { by, reason, input } = options;
  const decision = { decision: kind, by, reason, ...(input === undefined ? {} : { input: readJson(input) }) };
  reading(() => [shortText('by', by), shortText('reason', reason)]);
  await (options.all ? decideAboutMany(decision, options) : decideAboutOne(decision, options));
};

const decideAboutOne = async (decision: ManyDecision, options: DecisionOptions): Promise<void> => {
  for (const option of ['failure', 'procedure', 'yes', 'report'] as const) {
    if (options[option] !== undefined)
      throw new UsageError(`--${option} requires --all`, `Add --all, or remove --${option}.`);
  }
  const { config, device } = readDevice(options);
  const { step } = options;
  await withAse(config, options, async (ase) => {
    leaveBehind(
      `Interrupted. The decision may have been recorded. To check: ${commandOf({ action: 'status', deviceId: device.id }, config)}`,
    );
    const request = { deviceId: device.id, ...decision, ...(step === undefined ? {} : { step }) };
    const sent = await during('Sending the decision', () => ase.decide(request));
    say(
      `${describeSent('Decision', `${sent.decision} of ${sent.step}`, sent)}. To follow the operation: ${commandOf({ action: 'result', deviceId: device.id }, config)}`,
    );
    print(sent, options);
  });
};

const readJson = (text: string): Record<string, unknown> => {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Refused below, together with JSON that is not an object.
  }
  throw new UsageError(
    `--input is not a JSON object: ${text}`,
    `For example: --input '{"keyVaultName":"another-name"}'`,
  );
};
