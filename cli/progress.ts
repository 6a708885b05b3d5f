/** The steps of an operation as lines on standard error, each when it happens. */
import type { Ase, DeviceStatus } from '../client.ts';
import type { Config } from '../config.ts';
import type { StepRecord } from '../workflows/messages.ts';

const pollInterval = 1_000;

export type Watched = { deviceId: string; runId?: string };

/** Says every change until the operation has ended, or `enough` says so. @throws AseError of `status` */
export const watch = async (
  ase: Ase,
  { deviceId, runId }: Watched,
  show: (status: DeviceStatus) => void,
  enough: (status: DeviceStatus) => boolean = () => false,
): Promise<DeviceStatus> => {
  for (;;) {
    const status = await ase.status(deviceId, runId === undefined ? {} : { runId });
    show(status);
    if (status.execution !== 'running' || enough(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, pollInterval));
  }
};

/** Lets few polls pass before the absence of a worker is news: a run that was just started has not been taken up yet. */
const silentPolls = 3;

/** Turns each status into the lines that are new in it. */
export const createNarrator = (say: (line: string) => void, { taskQueue, address }: Config) => {
  const told = new Set<string>();
  let unanswered = 0;

  const tellOnce = (key: string, line: string): void => {
    if (told.has(key)) return;
    told.add(key);
    say(line);
  };

  const tellWorker = (worker: boolean): void => {
    const wasAway = unanswered >= silentPolls;
    unanswered = worker ? 0 : unanswered + 1;
    if (worker && wasAway) say('A worker answers; it goes on.');
    if (unanswered !== silentPolls) return;
    say(`No worker answers on the task queue "${taskQueue}" of ${address}; still waiting for one.`);
    say('  Start one: npm run dev, or node worker.ts. What is wrong else: ase doctor');
  };

  return (status: DeviceStatus): void => {
    const { startedAt, steps, attempt } = status;
    steps.forEach((step, index) => tellOnce(`${index} ${step.state}`, stepLine(startedAt, step)));
    if (attempt && attempt.number > 1) {
      tellOnce(`${attempt.step} ${attempt.message}`, `${' '.repeat(timeWidth)}  ${' '.repeat(8)}  ${attempt.message}`);
    }
    if (status.execution === 'running') tellWorker(status.worker);
  };
};

const timeWidth = 8;

const words: Record<StepRecord['state'], string> = {
  running: 'now',
  done: 'done',
  blocked: 'blocked',
  skipped: 'skipped',
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
