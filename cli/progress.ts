/** The steps of an operation as lines on standard error, each when it happens. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Ase, DeviceStatus } from '../client.ts';
import type { Config } from '../config.ts';
import type { StepRecord } from '../workflows/messages.ts';

const pollInterval = 1_000;

export type WatchOptions = {
  deviceId: string;
  runId?: string;
  /** Shown each status, changed or not. */
  show: (status: DeviceStatus) => void;
  /** Ends it before the operation has ended. */
  enough?: (status: DeviceStatus) => boolean;
  signal: AbortSignal;
};

/** Until the operation has ended. @throws AseError of `status` */
export const watch = async (
  ase: Ase,
  { deviceId, runId, show, enough = () => false, signal }: WatchOptions,
): Promise<DeviceStatus> => {
  for (;;) {
    const status = await ase.status({ deviceId, ...(runId === undefined ? {} : { runId }) });
    signal.throwIfAborted();
    show(status);
    if (status.execution !== 'running' || enough(status)) return status;
    await delay(pollInterval, undefined, { signal });
  }
};

/** Milliseconds without an answer until that is news: a run that was just started may not have been taken up yet. */
const patience = 3_000;

/** Turns each status into the lines that are new in it. */
export const createNarrator = (say: (line: string) => void, { address }: Config) => {
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
      tellOnce(taskFailure.message, `It stands still, since its workflow task fails: ${taskFailure.message}`);
      tellOnce(taskFailure.remedy, taskFailure.remedy.replace(/^/gm, '  '));
    } else if (worker && away) say('A worker answers; it goes on.');
    if (worker || taskFailure) {
      answeredAt = Date.now();
      away = false;
    }
    if (away || Date.now() - answeredAt < patience) return;
    away = true;
    if (polled) return say(`The worker on the task queue "${taskQueue}" has not answered yet; still waiting for it.`);
    say(`No worker answers on the task queue "${taskQueue}" of ${address}; still waiting for one.`);
    say(`  Start one with ASE_TASK_QUEUE=${taskQueue}: npm run dev, or ase-worker. To diagnose the set-up: ase doctor`);
  };

  return (status: DeviceStatus): void => {
    const { startedAt, steps, attempt, execution, activationKey } = status;
    if (execution === 'running') tellWorker(status);
    steps.forEach((step, index) => tellOnce(`${index} ${step.state}`, stepLine(startedAt, step)));
    // With the audit trail last it is out minutes before the end.
    if (activationKey)
      tellOnce('key', detailLine(`the key is out: fingerprint ${activationKey.fingerprint}; ase key show`));
    if (attempt && attempt.number > 1) {
      tellOnce(`${attempt.step} ${attempt.message}`, detailLine(attempt.message));
    }
  };
};

const timeWidth = 8;

/** Something about a step, under its line. */
const detailLine = (text: string): string => `${' '.repeat(timeWidth)}  ${' '.repeat(8)}  ${text}`;

const words: Record<StepRecord['state'], string> = {
  running: 'now',
  done: 'done',
  blocked: 'blocked',
  skipped: 'skipped',
  postponed: 'later',
  failed: 'failed',
};

/** `   2.3 s  done      Lock the key vault …`: how long after the start of the run, what, which step. */
export const stepLine = (startedAt: string, { says, state, ...step }: StepRecord): string => {
  const at = Date.parse(step.endedAt ?? step.startedAt) - Date.parse(startedAt);
  return `${elapsed(at).padStart(timeWidth)}  ${words[state].padEnd(8)}  ${says}`;
};

/** Milliseconds as `2.3 s` or `4m 05s`. */
export const elapsed = (milliseconds: number): string => {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, '0')}s`;
};
