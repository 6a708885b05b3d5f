import type { Temporal } from './temporal.ts';

export type Poller = {
  identity: string;
  /** What the worker says of its code: `@temporalio/worker@1.24.0+<hash of its workflows>` (SDK 1.24.0). */
  build?: string;
};

/**
 * Returns the pollers of a task queue for workflow tasks; ours by default. Temporal remembers them for some minutes.
 */
export const readPollers = async (
  { connection, config, within }: Temporal,
  taskQueue = config.taskQueue,
): Promise<Poller[]> => {
  const { namespace } = config;
  const workflowTasks = 1;
  const { pollers } = await within(() =>
    connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: workflowTasks,
    }),
  );
  return pollers.map(({ identity, workerVersionCapabilities }) => {
    const build = workerVersionCapabilities?.buildId;
    return { identity: identity ?? '', ...(build ? { build } : {}) };
  });
};

/** `true` is a hope, since the worker may have died a moment ago; `false` is a fact. */
export const isPolled = async (temporal: Temporal, taskQueue?: string): Promise<boolean> =>
  (await readPollers(temporal, taskQueue)).length > 0;

/** Asks once for each task queue. */
export const createPolledQueues = (temporal: Temporal): ((taskQueue: string) => Promise<boolean>) => {
  const asked = new Map<string, Promise<boolean>>();
  return (taskQueue) => {
    const answer = asked.get(taskQueue) ?? isPolled(temporal, taskQueue);
    asked.set(taskQueue, answer);
    return answer;
  };
};
