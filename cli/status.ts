/** `ase status`: shows the running or last operation on a device. */
import type { Command } from 'commander';
import type { AseError, DeviceStatus } from '../client.ts';
import { remedyOnceEnded } from '../client/errors.ts';
import { blockedError, capitalised, consentAwaited, silenceOf } from '../client/situation.ts';
import type { Config } from '../config.ts';
import { describeLeft } from '../domain/deletion.ts';
import type { DeviceId } from '../domain/device.ts';
import { failureEntry, isFailureType } from '../domain/failures.ts';
import { addDeviceOptions, addLeaf, print, readDevice, type DeviceOptions } from './command.ts';
import { describeQuestion } from './consent.ts';
import { hintOf, type Usual } from './hints.ts';
import { createNarrator, stepLine, watch, withAse } from './operation.ts';
import { fields } from './output.ts';
import { during, say } from './terminal.ts';

/** Adds `ase status`. */
export const addStatus = (program: Command): void => {
  const leaf = addLeaf(program, 'status', {
    description: 'show the running or last operation on a device; works without a worker',
    example: 'ase status -g edge-rg -n edge-1 --watch',
  });
  addDeviceOptions(leaf)
    .option('--watch', 'show each step as it happens until the operation ends')
    .addHelpText('after', '\nExits with 0 whatever the state of the operation. A script reads `execution` and `phase`.')
    .action(() => showStatus(leaf.opts()));
};

type Options = DeviceOptions & { watch?: boolean };

const showStatus = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  await withAse(config, options, async (ase) => {
    const deviceId = device.id;
    const status = options.watch
      ? await watch(ase, { deviceId, show: createWatcher(device, config) })
      : await during(`Reading the status of ${device.name}`, () => ase.status({ deviceId }));
    // Whoever watched has read the steps.
    print(status, options, () => describeStatus(options.watch ? { ...status, steps: [] } : status, device, config));
  });
};

/** Returns a function that prints each step, and once what to type in another terminal if the operation waits for a person. */
const createWatcher = (device: DeviceId, config: Config): ((status: DeviceStatus) => void) => {
  const narrate = createNarrator(say, device, config);
  let told: string | undefined;
  return (status) => {
    narrate(status);
    const waiting = status.execution === 'running' ? waitingText(status, device, config) : undefined;
    if (waiting !== undefined && waiting !== told) say(waiting);
    told = waiting;
  };
};

const waitingText = (status: DeviceStatus, device: DeviceId, config: Config): string | undefined => {
  const { workflowId, paused, blocked, consent } = status;
  const waits = blocked ? blockedError(device, blocked) : consent && consentAwaited(device, consent);
  const text = `${paused ? pauseText(workflowId, paused) : ''}${waits ? errorText(waits, config) : ''}`;
  return text === '' ? undefined : text;
};

/** Returns the status as text: facts, steps, and what to type if the operation waits for a person. */
export const describeStatus = (status: DeviceStatus, device: DeviceId, config: Config): string => {
  const { steps, blocked, decisions, consent, consents = [], attempt, paused, failure, auditLog, ...others } = status;
  const { worker, polled, taskFailure, taskQueue, activationKey, workflowId, runId, ...facts } = others;
  const silent = silenceOf(device, { worker, polled, taskQueue, ...(taskFailure ? { taskFailure } : {}) }, config);
  const running = facts.execution === 'running';
  const phase = running && silent?.type === 'NoWorker' && !polled ? { phase: 'waiting for a worker' } : {};
  return [
    fields({ ...facts, ...phase, ...(activationKey ? { activationKey } : {}), workflowId, runId }),
    running && silent
      ? `${capitalised(errorText(silent, config))}Until then the steps are unknown and the operation waits.\n`
      : '',
    steps.map((step) => `${stepLine(facts.startedAt, step)}\n`).join(''),
    attempt && !blocked
      ? `Attempt ${attempt.number} of ${attempt.step}: ${withRemedy(attempt.failure, attempt.message)}`
      : '',
    paused ? pauseText(workflowId, paused) : '',
    failure ? `Failed with ${endText(failure.type, failure.message)}` : '',
    auditLog ? `${[describeLeft(auditLog), ...auditLog.remove.map((line) => `  ${line}`)].join('\n')}\n` : '',
    decisions.map(decisionLine).join(''),
    consents.map(consentLine).join(''),
    blocked && running ? errorText(blockedError(device, blocked), config) : '',
    consent && running ? `${describeQuestion(consent)}\n${errorText(consentAwaited(device, consent), config)}` : '',
  ]
    .filter((part) => part !== '')
    .join('\n');
};

const pauseText = (workflowId: string, { step, by, reason, since }: NonNullable<DeviceStatus['paused']>): string =>
  [
    `${step} was paused in Temporal by ${by}${reason ? ` (${reason})` : ''} at ${since} and is not retried.`,
    `  Resume it: temporal activity unpause --workflow-id '${workflowId}' --activity-id ${step}\n`,
  ].join('\n');

/** Returns `Throttled (transient): …`, with the actor and the remedy below. */
const withRemedy = (type: string, message: string): string => {
  if (!isFailureType(type)) return `${type}: ${message}\n`;
  const { class: kind, who, remedy } = failureEntry(type);
  return `${type} (${kind}): ${message}\n  ${capitalised(who)}: ${remedy}\n`;
};

/** Returns the same for an operation that ended: nobody can help its blocked step any longer. */
const endText = (type: string, message: string): string => {
  if (!isFailureType(type) || failureEntry(type).class === 'fatal') return withRemedy(type, message);
  return `${type} (${failureEntry(type).class}): ${message}\n  ${remedyOnceEnded(type)}\n`;
};

const decisionLine = ({ decision, step, by, reason, at, applied, ignoredBecause }: DeviceStatus['decisions'][number]) =>
  `${at}  ${decision} of ${step} by ${by}${reason ? ` (${reason})` : ''}: ${applied ? 'applied' : `ignored, ${ignoredBecause}`}\n`;

const consentLine = (record: NonNullable<DeviceStatus['consents']>[number]): string => {
  if (!('decision' in record)) return `${record.at}  a signal was ignored, ${record.ignoredBecause}\n`;
  const { at, decision, keyVaultName, by, reason, counted, ignoredBecause } = record;
  const said = `${by} chose ${decision} for ${keyVaultName}${reason ? ` (${reason})` : ''}`;
  return `${at}  ${said}: ${counted ? 'accepted' : `ignored, ${ignoredBecause}`}\n`;
};

const errorText = (error: AseError, usual: Usual): string => `${error.message}\n${hintOf(error, usual)}\n`;
