/**
 * A shell in virtual time. Command lines are read by the command line's own program; what it would have a client do is done
 * to the driver. A person types every five seconds.
 */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { AseError } from '../../client/errors.ts';
import { acceptInput } from '../../client/procedures.ts';
import { describeStatus } from '../../cli/status.ts';
import { readConfig } from '../../config.ts';
import { readRetryInput } from '../../domain/inputs.ts';
import { deviceIdOf, workflowIdOf, type DeviceId } from '../../domain/device.ts';
import { mainSubscription } from '../../local-azure/new-state.ts';
import { decideUpdate, type Decision } from '../../workflows/messages.ts';
import type { Run } from '../harness/temporal/index.ts';
import { status, type World } from '../harness/world.ts';
import { controlOf, deviceOf } from './control.ts';
import { variablesIn } from './document.ts';
import { createShell, type Program, type Said, type Shell } from './shell.ts';
import { readTyped, starting, type Asked, type Typed } from './typed.ts';
import { deviceStatusOf, endOf, failureIn, shown } from './virtual-status.ts';

const typing = 5_000;

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
      if (error instanceof AseError) return shown(error, config);
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
