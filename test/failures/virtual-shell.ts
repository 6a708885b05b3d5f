/**
 * A shell in virtual time. Command lines are read by the command line's own program; what it would have a client do is done
 * to the driver. A person types every five seconds.
 */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import type { DeviceStatus } from '../../client.ts';
import { acceptInput, type ProcedureInput, type ProcedureName } from '../../client/procedures.ts';
import { AseError, operationFailed } from '../../client/errors.ts';
import { blockedError, consentAwaited } from '../../client/situation.ts';
import { readConsentOption, type DeletionOptions } from '../../cli/deletion.ts';
import { failureOf, formatFailure } from '../../cli/failure.ts';
import { createProgram } from '../../cli/program.ts';
import { describeStatus } from '../../cli/status.ts';
import { readConfig, type Config } from '../../config.ts';
import { readRetryInput } from '../../domain/activation-input.ts';
import { deviceIdOf, deviceKey, workflowIdOf, type DeviceId } from '../../domain/device.ts';
import { mainSubscription } from '../../local-azure/new-state.ts';
import { decideUpdate, type Decision, type Status } from '../../workflows/messages.ts';
import type { Run } from '../harness/temporal/index.ts';
import { status, type World } from '../harness/world.ts';
import { controlOf, deviceOf } from './control.ts';
import { variablesIn } from './document.ts';
import { createShell, type Program, type Said, type Shell } from './shell.ts';

const typing = 5_000;

/** All options of the commands that are played here, as their program reads them. */
type Options = DeletionOptions & {
  resourceGroup?: string;
  name?: string;
  audit?: 'first' | 'after';
  softDeletedVault?: 'ask' | 'recover';
  supersede?: boolean;
  confirm?: string;
  allowOnline?: boolean;
  watch?: boolean;
  reason?: string;
  input?: string;
};

type Typed = { command: string; options: Options };

/** @throws CommanderError for what the command line would refuse */
const readTyped = (words: readonly string[]): Typed => {
  const program = createProgram();
  let leaf = program;
  const names: string[] = [];
  for (const word of words) {
    const below = leaf.commands.find((one) => one.name() === word);
    if (!below) break;
    leaf = below;
    names.push(word);
  }
  leaf.action(() => undefined);
  program.parse(words, { from: 'user' });
  return { command: names.join(' '), options: leaf.opts<Options>() };
};

type Asked = { [N in ProcedureName]: { procedure: N; input: ProcedureInput<N> } }[ProcedureName];

/** What each command that starts something asks for. */
const starting: Readonly<Record<string, (deviceId: string, options: Options) => Asked>> = {
  'key generate': (deviceId, { vaultName, audit, softDeletedVault }) => ({
    procedure: 'generateActivationKey',
    input: {
      deviceId,
      ...(vaultName ? { keyVaultName: vaultName } : {}),
      ...(audit ? { audit } : {}),
      ...(softDeletedVault ? { softDeletedVault } : {}),
    },
  }),
  'key regenerate': (deviceId, { supersede = false }) => ({
    procedure: 'regenerateActivationKey',
    input: { deviceId, supersede },
  }),
  'vault recover': (deviceId, { vaultName }) => ({
    procedure: 'recoverKeyVault',
    input: { deviceId, ...(vaultName ? { keyVaultName: vaultName } : {}) },
  }),
  'vault delete': (deviceId, options) => ({
    procedure: 'deleteKeyVault',
    input: {
      deviceId,
      ...(options.vaultName ? { keyVaultName: options.vaultName } : {}),
      ...readConsentOption(options),
    },
  }),
  'device delete': (deviceId, options) => ({
    procedure: 'deleteDevice',
    input: {
      deviceId,
      confirmDevice: options.confirm ?? '',
      allowOnline: options.allowOnline ?? false,
      ...readConsentOption(options),
    },
  }),
  'device repair': (deviceId) => ({ procedure: 'repairDevice', input: { deviceId } }),
};

export type VirtualShell = Shell & {
  /** The last run that was started, or joined. */
  run: () => Run;
  /** What `ase status` says of it. */
  look: () => Promise<string>;
};

export const openVirtualShell = (world: World): VirtualShell => {
  const { azure, temporal, clock } = world;
  const subscriptionId = mainSubscription(azure.state);
  const config = readConfig({ AZURE_SUBSCRIPTION_ID: subscriptionId });
  let last: { run: Run; device: DeviceId } | undefined;

  const passTime = async (milliseconds: number): Promise<void> => {
    const until = clock.now() + milliseconds;
    temporal.later(milliseconds, () => undefined);
    await temporal.runUntil(() => clock.now() >= until);
  };

  const start = async (device: DeviceId, { procedure, input }: Asked, wait: boolean): Promise<Said> => {
    acceptInput(procedure, input);
    const conflictPolicy = procedure === 'generateActivationKey' ? 'USE_EXISTING' : 'FAIL';
    const run = await temporal.start(procedure, [input], { workflowId: workflowIdOf(device), conflictPolicy });
    last = { run, device };
    if (!wait) return { code: 0, text: '' };
    await temporal.runUntil(() => run.outcome !== undefined || waitsForPerson(run));
    return endOf(run, device, config);
  };

  const decide = async (run: Run, given: Pick<Decision, 'decision' | 'reason'>, input?: string): Promise<Said> => {
    const { blocked } = await status(run);
    if (!blocked) throw new AseError('NotBlocked', 'nothing is blocked', '');
    const { block, step, accepts } = blocked;
    const changes = input === undefined ? {} : { input: readRetryInput(JSON.parse(input), accepts) };
    const { result } = await run.update(decideUpdate, { block, step, by: 'ada', ...given, ...changes });
    await result;
    return { code: 0, text: '' };
  };

  const ase = async ({ command, options }: Typed): Promise<Said> => {
    const device = deviceIdOf(subscriptionId, options.resourceGroup ?? '', options.name ?? '');
    const asks = starting[command];
    if (asks) return start(device, asks(device.id, options), options.wait);
    if (command === 'key show') return { code: 0, text: keyIn(world, device) };
    const run = temporal.runs.get(workflowIdOf(device));
    if (!run) throw new AseError('NotFound', `no operation on ${device.name}`, '');
    if (command === 'status') {
      if (options.watch) await temporal.runUntil(() => run.outcome !== undefined);
      return { code: 0, text: describeStatus(await deviceStatusOf(run, device), device, config) };
    }
    const [, decision] = /^blocked (retry|skip|abort)$/.exec(command) ?? [];
    assert.ok(decision, `${command} is not played in virtual time`);
    const { reason = '', input } = options;
    return decide(run, { decision: decision as Decision['decision'], reason }, input);
  };

  const program: Program = async (words) => {
    await passTime(typing);
    const typed = readTyped(words);
    try {
      return await ase(typed);
    } catch (error) {
      if (error instanceof AseError) return shown(error);
      throw error;
    }
  };

  const aTemporal: Program = async (words) => {
    await passTime(typing);
    const { workflowId, type, input } = readTemporal(words);
    const run = await temporal.start(type, [input], { workflowId });
    last = { run, device: world.device() };
    await temporal.runUntil(() => run.outcome !== undefined);
    return { code: run.outcome?.status === 'completed' ? 0 : 1, text: JSON.stringify(failureIn(run)) };
  };

  const current = (): { run: Run; device: DeviceId } => last ?? assert.fail('nothing was started');
  const control = controlOf(azure);
  const programs = {
    ase: program,
    temporal: aTemporal,
    control: async (...typed: Parameters<Program>) => {
      await passTime(typing);
      return control(...typed);
    },
    device: deviceOf(azure),
    sleep: async ([seconds]: readonly string[]) => {
      await passTime(Number(seconds) * 1000);
      return { code: 0, text: '' };
    },
  };
  return {
    ...createShell(programs, variablesIn({ AZURE_SUBSCRIPTION_ID: subscriptionId })),
    run: () => current().run,
    look: async () => {
      const { run, device } = current();
      return describeStatus(await deviceStatusOf(run, device), device, config);
    },
  };
};

const waitsForPerson = ({ searchAttributes }: Run): boolean =>
  searchAttributes['AseBlockedStep'] !== undefined || searchAttributes['AsePhase'] === 'consent';

/** What a command prints that has waited for its operation. */
const endOf = async (run: Run, device: DeviceId, config: Config): Promise<Said> => {
  const { outcome } = run;
  if (outcome?.status === 'completed') return { code: 0, text: JSON.stringify(outcome.value) };
  if (outcome) {
    const { type, message } = failureIn(run);
    return shown(operationFailed(type, message));
  }
  const { blocked, consent } = await status(run);
  if (blocked) return shown(blockedError(device, blocked, config));
  return shown(consentAwaited(device, consent ?? assert.fail('neither blocked nor asked'), config));
};

const shown = (error: AseError): Said => {
  const failure = failureOf(error);
  return { code: failure.exitCode, text: formatFailure(failure, 'table') };
};

const failureIn = ({ outcome }: Run): { type: string; message: string } => {
  assert.ok(outcome?.status === 'failed', `no failure: ${JSON.stringify(outcome)}`);
  const { type = '', message } = outcome.error as Error & { type?: string };
  return { type, message };
};

/** What the client reads of a run, from what the driver holds. */
const deviceStatusOf = async (run: Run, device: DeviceId): Promise<DeviceStatus> => {
  const { procedure, phase, ...seen }: Status = await status(run);
  const retried = run.pendingActivities.find(({ lastFailure }) => lastFailure);
  const { type, message = '' } = (retried?.lastFailure ?? {}) as Partial<Error> & { type?: string };
  return {
    procedure,
    workflowId: run.workflowId,
    runId: run.runId,
    execution: run.outcome ? endedAs(run.outcome.status) : 'running',
    startedAt: seen.steps[0]?.startedAt ?? '',
    worker: true,
    ...(run.outcome ? {} : { phase }),
    ...seen,
    device: deviceKey(device),
    ...(retried
      ? { attempt: { step: retried.activityId, number: retried.attempt, failure: type ?? '', message } }
      : {}),
    ...(run.outcome?.status === 'failed' ? { failure: failureIn(run) } : {}),
  };
};

const endedAs = (outcome: string): DeviceStatus['execution'] => {
  assert.ok(outcome === 'completed' || outcome === 'failed', outcome);
  return outcome;
};

/** `temporal workflow execute`, with the options that the document uses. */
const readTemporal = (words: readonly string[]): { workflowId: string; type: string; input: unknown } => {
  const { values, positionals } = parseArgs({
    args: [...words],
    options: {
      'workflow-id': { type: 'string' },
      type: { type: 'string' },
      'task-queue': { type: 'string' },
      input: { type: 'string' },
      output: { type: 'string', short: 'o' },
    },
    allowPositionals: true,
  });
  const { 'workflow-id': workflowId, 'task-queue': taskQueue, type, input } = values;
  assert.deepEqual([positionals.join(' '), taskQueue], ['workflow execute', 'ase']);
  assert.ok(workflowId && type && input);
  return { workflowId, type, input: JSON.parse(input) };
};

/** What `ase key show` reads. */
const keyIn = ({ azure: { state } }: World, { id }: DeviceId): string => {
  const link = state.dataBoxEdge.devices[id.toLowerCase()]?.link;
  const vault = Object.values(state.vaults).find((one) => one.id === link?.clientSecretStoreId);
  const key = vault?.secrets['ase-activation-key']?.versions.find(({ attributes }) => attributes.enabled);
  assert.ok(key, 'a key is in force');
  return key.value;
};
