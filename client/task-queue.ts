import type { Temporal } from './temporal.ts';

/** Who has polled the task queue for workflow tasks, by identity. Temporal remembers for some minutes. */
export const readPollers = async ({ connection, config, within }: Temporal): Promise<string[]> => {
  const { namespace, taskQueue } = config;
  const workflowTasks = 1;
  const { pollers } = await within(() =>
    connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: workflowTasks,
    }),
  );
  return pollers.map(({ identity }) => identity ?? '');
};

/** `true` is a hope, since the worker may have died a moment ago; `false` is a fact. */
export const isPolled = async (temporal: Temporal): Promise<boolean> => (await readPollers(temporal)).length > 0;
