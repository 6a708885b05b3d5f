/** Starts the product's worker and waits until it takes work. */
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { checkout } from './local-files.ts';
import { type Child, spawnChild, untilReady } from './processes.ts';

export type WorkerOptions = {
  env: NodeJS.ProcessEnv;
  connection: Connection;
  namespace: string;
  taskQueue: string;
  log?: string;
  /** The worker's program in the checkout; by default its source. */
  program?: string;
};

export async function startWorker(options: WorkerOptions): Promise<Child> {
  const { env, log, program = 'worker.ts' } = options;
  const startedAt = Date.now();
  const child = await spawnChild('worker', process.execPath, [path.join(checkout, program)], {
    env,
    ...(log === undefined ? {} : { log }),
  });
  await untilReady(child, 60_000, () => hasPolledSince(startedAt, options));
  return child;
}

/** The server remembers pollers for minutes: one that was seen before our worker's start is another's. */
async function hasPolledSince(time: number, { connection, namespace, taskQueue }: WorkerOptions) {
  const workflowTasks = 1;
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: workflowTasks,
  });
  const seen = (pollers ?? []).map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000);
  return seen.some((at) => at >= time - 1_000) || undefined;
}
