/** A worker as a process, which can be frozen and killed. */
import type { Connection } from '@temporalio/client';
import { spawnChild, stopChild, untilReady, type Child, type Exit } from '../stack/processes.ts';

export type WorkerProcess = {
  pid: number;
  startedAt: number;
  /** When the server first saw it poll. */
  readyAt: number;
  isGone: () => boolean;
  /** `SIGKILL`: dead at once. `SIGSTOP`, `SIGCONT`: frozen with all its connections open, and back. */
  signal: (signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT') => void;
  /** Asks it to end, and gives it the time that it gives its activities. */
  stop: () => Promise<Exit>;
};

export type WorkerSettings = {
  program: string;
  env: NodeJS.ProcessEnv;
  connection: Connection;
  taskQueue: string;
  log: string;
};

/** @throws Error if the worker ends before it polls, for example because Azure does not return its endpoints */
export const startWorkerProcess = async (settings: WorkerSettings): Promise<WorkerProcess> => {
  const { program, env, log } = settings;
  const startedAt = Date.now();
  const child = await spawnChild('worker', process.execPath, [program], { env, log });
  await untilReady(child, 60_000, () => isSeenPolling(child, settings));
  return {
    pid: child.pid,
    startedAt,
    readyAt: Date.now(),
    isGone: () => child.exit !== undefined,
    signal: (signal) => {
      if (child.exit === undefined) process.kill(child.pid, signal);
    },
    stop: () => stopChild(child, 60_000),
  };
};

/** Workers name themselves after their process. */
const isSeenPolling = async ({ pid }: Child, { connection, taskQueue }: WorkerSettings): Promise<true | undefined> => {
  const workflowTasks = 1;
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace: 'default',
    taskQueue: { name: taskQueue },
    taskQueueType: workflowTasks,
  });
  return (pollers ?? []).some(({ identity }) => identity?.startsWith(`${pid}@`)) || undefined;
};
