/** Workers that are killed, frozen and asked to go, one after another; each has a successor at once. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from './random.ts';
import type { WorkerProcess } from './worker-process.ts';

export type End = 'SIGKILL' | 'SIGSTOP' | 'SIGTERM';

/** The end of a worker, and the time when its successor worked. */
export type Blow = { end: End; at: number; readyAt: number };

export type Crew = {
  blows: readonly Blow[];
  /** Starts that failed: whoever supervises a worker starts it again. */
  failedStarts: () => number;
  start: () => Promise<void>;
  /** Ends the worker that has been there longest, somehow, and starts another one. */
  strike: () => Promise<void>;
  /** The last worker is left at peace; those that are frozen come back, and go. */
  settle: () => Promise<void>;
  stop: () => Promise<void>;
};

const size = 3;
/** Longer than a heartbeat may be silent: the server has given its work to another one when it comes back. */
const longFreeze = 27_000;
const startsInARow = 10;

export const createCrew = (startOne: () => Promise<WorkerProcess>, random: Random): Crew => {
  const blows: Blow[] = [];
  const everyone: WorkerProcess[] = [];
  const leaving: Promise<unknown>[] = [];
  let failed = 0;
  /** Those that work, the one that has been there longest first. */
  const present: WorkerProcess[] = [];

  const start = async (): Promise<WorkerProcess> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const worker = await startOne();
        everyone.push(worker);
        present.push(worker);
        return worker;
      } catch (error) {
        failed += 1;
        if (attempt === startsInARow) throw error;
      }
    }
  };

  const end = (worker: WorkerProcess, how: End): void => {
    if (how === 'SIGKILL') worker.signal('SIGKILL');
    else if (how === 'SIGTERM') leaving.push(worker.stop());
    else {
      worker.signal('SIGSTOP');
      leaving.push(comeBack(worker, random.oneOf([2_000, 6_000, longFreeze])));
    }
  };

  return {
    blows,
    failedStarts: () => failed,
    start: async () => {
      while (present.length < size) await start();
    },
    strike: async () => {
      const struck = present.shift();
      if (!struck) throw new Error('there is no worker');
      const how = random.oneOf<End>(['SIGKILL', 'SIGSTOP', 'SIGTERM']);
      const at = Date.now();
      end(struck, how);
      const { readyAt } = await start();
      blows.push({ end: how, at, readyAt });
    },
    settle: async () => void (await Promise.all(leaving)),
    stop: async () => {
      for (const worker of everyone) worker.signal('SIGCONT');
      await Promise.all(everyone.map((worker) => worker.stop()));
    },
  };
};

/** It does not know that it was away, and goes on with what it had in hand. */
const comeBack = async (worker: WorkerProcess, away: number): Promise<void> => {
  await delay(away);
  worker.signal('SIGCONT');
  await delay(3_000);
  worker.signal('SIGKILL');
};
