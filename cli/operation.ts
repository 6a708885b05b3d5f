/** Operations on the command line: connects, starts, shows each step, and prints the result. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ActivationKeyRef, Ase, DeviceStatus, Started } from '../client.ts';
import { blockedError, consentAwaited } from '../client/situation.ts';
import type { Config } from '../config.ts';
import type { DeviceId } from '../domain/device.ts';
import type { Drift } from '../domain/drift-line.ts';
import type { ConsentQuestion, StepRecord } from '../workflows/messages.ts';
import { print, type CommonOptions } from './command.ts';
import { commandOf } from './hints.ts';
import { fields } from './output.ts';
import { during, leaveBehind, say } from './terminal.ts';

/** Connects, runs `work`, and always closes the connection. */
export const withAse = async <T>(
  config: Config,
  { verbose = false }: CommonOptions,
  work: (ase: Ase) => Promise<T>,
): Promise<T> => {
  if (verbose) say(`Temporal at ${config.address}, namespace ${config.namespace}, task queue ${config.taskQueue}`);
  // The client of Temporal loads slowly, so only commands that use it load it.
  const { connect } = await import('../client.ts');
  const ase = await during(`Connecting to Temporal at ${config.address}`, () => connect({ config }));
  try {
    return await work(ase);
  } finally {
    await ase.close();
  }
};

/** An operation that a command has started. */
export type Operation = {
  config: Config;
  device: DeviceId;
  started: Started;
  /** One line that names the operation that was started or joined. */
  announcement: string;
  options: CommonOptions & { wait: boolean };
  /** Answers the consent question. @throws AseError ConsentAwaited without a terminal */
  answer?: (question: ConsentQuestion) => Promise<void>;
  /** Reports what a person should know about the result. */
  remark?: (result: object) => void;
};

/**
 * Sends the request that starts an operation.
 * @param what is started, such as `Activation of edge-1`
 */
export const start = async <T extends Started>(
  { device, config, what }: Pick<Operation, 'device' | 'config'> & { what: string },
  request: () => Promise<T>,
): Promise<T> => {
  leaveBehind(
    `Interrupted. ${what} may have started. To check: ${commandOf({ action: 'status', deviceId: device.id }, config)}`,
  );
  return during(`Starting: ${what}`, request);
};

/** Follows an operation and prints its result, or with `--no-wait` what was started. @throws AseError of the operation; Blocked or ConsentAwaited */
export const seeThrough = async (ase: Ase, operation: Operation): Promise<void> => {
  const { device, started, announcement, options, config } = operation;
  leaveBehind(detached(device, config));
  say(announcement);
  if (!options.wait) return print(started, options);
  await follow(ase, operation);
  const result = await during('Reading the result', () => ase.result({ deviceId: device.id, runId: started.runId }));
  print(result, options, () => describeResult(result));
  operation.remark?.(result);
};

/** Returns the message of Ctrl-C while the operation works. */
export const detached = ({ id: deviceId }: DeviceId, config: Config): string =>
  `Detached. The operation continues. To follow it: ${commandOf({ action: 'result', deviceId }, config)}`;

/** Returns a result as text: of a repair what it changed, of what is left who acts. */
export const describeResult = (result: object): string => {
  const { repaired, left, ...facts } = result as { repaired?: Drift[]; left?: Drift[] };
  return fields({
    ...facts,
    ...(repaired ? { repaired: repaired.map(({ what, found }) => ({ what, was: found })) } : {}),
    ...(left ? { left: left.map(({ what, found, repair }) => ({ what, found, repair })) } : {}),
  });
};

/** Waits until the run has ended. @throws AseError Blocked; ConsentAwaited without a terminal */
const follow = async (ase: Ase, { config, device, started, answer }: Operation): Promise<void> => {
  const waitsForPerson = ({ blocked, consent }: DeviceStatus): boolean => (blocked ?? consent) !== undefined;
  const watched = { deviceId: device.id, runId: started.runId, show: createNarrator(say, device, config) };
  for (;;) {
    const { execution, blocked, consent } = await watch(ase, { ...watched, enough: waitsForPerson });
    if (execution !== 'running') return;
    if (blocked) throw blockedError(device, blocked);
    if (!consent) continue;
    if (!answer) throw consentAwaited(device, consent);
    await answer(consent);
  }
};

const pollInterval = 1_000;

type WatchOptions = {
  deviceId: string;
  runId?: string;
  /** Receives each status, changed or not. */
  show: (status: DeviceStatus) => void;
  /** Ends the wait before the operation has ended. */
  enough?: (status: DeviceStatus) => boolean;
};

/** Reads the status repeatedly until the operation has ended. @throws AseError of `status` */
export const watch = (ase: Ase, { deviceId, runId, show, enough = () => false }: WatchOptions): Promise<DeviceStatus> =>
  during('Reading the status', async (tell) => {
    for (;;) {
      const status = await ase.status({ deviceId, ...(runId === undefined ? {} : { runId }) });
      show(status);
      if (status.execution !== 'running' || enough(status)) return status;
      tell(waitingFor(status));
      await delay(pollInterval);
    }
  });

/** Returns what the operation waits for, for the spinner. */
const waitingFor = ({ steps, blocked, consent }: DeviceStatus): string => {
  if (blocked ?? consent) return `Waiting for ${blocked ? 'a decision' : 'consent'}; Ctrl-C only stops watching`;
  const running = steps.filter(({ state }) => state === 'running').map(({ says }) => says);
  return running.length > 0 ? running.join(' · ') : 'Waiting';
};

/** Milliseconds without an answer until a line reports it: a worker may not have picked up a new run yet. */
const patience = 3_000;

/** Returns a function that prints what is new in each status. */
export const createNarrator = (say: (line: string) => void, { id: deviceId }: DeviceId, config: Config) => {
  const told = new Set<string>();
  let answeredAt = Date.now();
  let away = false;

  const tellOnce = (key: string, line: string): void => {
    if (told.has(key)) return;
    told.add(key);
    say(line);
  };

  const tellWorker = ({ worker, polled, taskQueue, taskFailure }: DeviceStatus): void => {
    if (taskFailure) {
      tellOnce(
        taskFailure.message,
        `The operation has stopped, because its workflow task fails: ${taskFailure.message}`,
      );
      tellOnce(taskFailure.remedy, taskFailure.remedy.replace(/^/gm, '  '));
    } else if (worker && away) say('A worker answers; the operation continues.');
    if (worker || taskFailure) {
      answeredAt = Date.now();
      away = false;
    }
    if (away || Date.now() - answeredAt < patience) return;
    away = true;
    if (polled) return say(`The worker on the task queue "${taskQueue}" has not answered yet; waiting for the worker.`);
    say(`No worker answers on the task queue "${taskQueue}" of ${config.address}; waiting for a worker.`);
    say(`  Start one with ASE_TASK_QUEUE=${taskQueue}: npm run dev, or ase-worker. To check the set-up: ase doctor`);
  };

  return (status: DeviceStatus): void => {
    const { startedAt, steps, attempt, execution, activationKey } = status;
    if (execution === 'running') tellWorker(status);
    steps.forEach((step, index) => tellOnce(`${index} ${step.state}`, stepLine(startedAt, step)));
    // If the audit trail comes last, the key is issued minutes before the end.
    if (activationKey) {
      const read = `Read it with: ${commandOf({ action: 'showActivationKey', deviceId }, config)}`;
      tellOnce('key', detailLine(`${describeKey(activationKey, startedAt)} ${read}`));
    }
    if (attempt && attempt.number > 1) {
      tellOnce(`${attempt.step} ${attempt.message}`, detailLine(attempt.message));
    }
  };
};

/** Milliseconds for which an activation key is valid (recorded). */
const validity = 3 * 24 * 60 * 60_000;
/** Milliseconds by which the clocks of Azure and Temporal may differ. */
const clockDifference = 30_000;

/** The operation issues no key where the current one is still valid: that one was made before the operation began. */
const describeKey = ({ fingerprint, expiresOn }: ActivationKeyRef, startedAt: string): string => {
  const isNew = Date.parse(expiresOn) - validity > Date.parse(startedAt) - clockDifference;
  if (isNew) return `Activation key issued (fingerprint ${fingerprint}).`;
  return `The current activation key is still valid (fingerprint ${fingerprint}, expires ${expiresOn}); no new key was issued.`;
};

const timeWidth = 8;

/** Returns a detail below the line of its step. */
const detailLine = (text: string): string => `${' '.repeat(timeWidth)}  ${' '.repeat(8)}  ${text}`;

const words: Record<StepRecord['state'], string> = {
  running: 'now',
  done: 'done',
  blocked: 'blocked',
  skipped: 'skipped',
  postponed: 'later',
  failed: 'failed',
};

/** `   2.3 s  done      Lock the key vault …`: time since the start of the run, state, step. */
export const stepLine = (startedAt: string, { says, state, ...step }: StepRecord): string => {
  const at = Date.parse(step.endedAt ?? step.startedAt) - Date.parse(startedAt);
  return `${elapsed(at).padStart(timeWidth)}  ${words[state].padEnd(8)}  ${says}`;
};

/** Returns milliseconds as `2.3 s` or `4m 05s`. */
export const elapsed = (milliseconds: number): string => {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, '0')}s`;
};
