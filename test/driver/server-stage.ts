import { setTimeout as passRealTime } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { Client, Connection, WithStartWorkflowOperation, type WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { TemporalBinary } from '../../scripts/stack/temporal-cli.ts';
import { startTemporalServer } from '../../scripts/stack/temporal-server.ts';
import { createToyActivities } from './activities.ts';
import { asText, describe, messageOf, type Actor, type Report, type Scenario } from './stage.ts';
import { deviceKey, expiryKey } from './workflows.ts';

const { PendingActivityState } = proto.temporal.api.enums.v1;
const taskQueue = 'driver';

export type ServerStage = {
  play: (scenario: Scenario) => Promise<Report>;
  close: () => Promise<void>;
};

/** A real server with a worker, for scenarios that may be played side by side, and more than once. */
export async function openServerStage(binary: TemporalBinary, bundle: string): Promise<ServerStage> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const searchAttributes = { [deviceKey.name]: 'Keyword', [expiryKey.name]: 'Datetime' };
  const { address, stop } = await startTemporalServer({ binary, ui: false, searchAttributes });
  const connection = await Connection.connect({ address });
  const ofWorker = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection: ofWorker,
    taskQueue,
    workflowBundle: { code: bundle },
    activities: createToyActivities((ms) => Context.current().sleep(ms)),
    shutdownForceTime: '5s',
  });
  const running = worker.run();
  const client = new Client({ connection });
  let plays = 0;
  return {
    play: (scenario) => play(client, scenario, `${scenario.name} ${(plays += 1)}`),
    async close() {
      worker.shutdown();
      await running;
      await Promise.allSettled([connection.close(), ofWorker.close()]);
      await stop();
    },
  };
}

async function play(client: Client, { workflow, args = [], play: act }: Scenario, workflowId: string): Promise<Report> {
  const started = await client.workflow.start(workflow, { taskQueue, workflowId, args });
  const seen = await act?.(actor(client, started));
  const latest = client.workflow.getHandle(workflowId);
  const outcome = await endOf(latest);
  const { events } = await latest.fetchHistory();
  const { typedSearchAttributes } = await latest.describe();
  const ours = typedSearchAttributes.getAll().filter(({ key }) => key.name.startsWith('Toy'));
  const attributes = Object.fromEntries(ours.map(({ key, value }) => [key.name, value]));
  return { outcome, seen, attributes, historyEvents: events?.length ?? 0 };
}

async function endOf(handle: WorkflowHandle): Promise<string> {
  const text = await asText(handle.result());
  const { status } = await handle.describe();
  return status.name === 'CANCELLED' || status.name === 'TERMINATED' ? status.name.toLowerCase() : text;
}

function actor(client: Client, handle: WorkflowHandle & { firstExecutionRunId: string }): Actor {
  const { workflowId } = handle;
  async function until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await passRealTime(50);
  }
  return {
    signal: (name, ...args) => handle.signal(name, ...args),
    async update(name, args, updateId) {
      const options = { waitForStage: 'ACCEPTED' as const, ...(updateId === undefined ? {} : { updateId }) };
      const sent = handle.startUpdate(name, { ...options, args: args as [unknown] });
      const end = asText(sent.then((update) => update.result()));
      await Promise.allSettled([sent]);
      return { end: () => end };
    },
    query: (name) => handle.query<string>(name).catch(messageOf),
    cancel: async () => {
      await handle.cancel();
    },
    terminate: async () => {
      await handle.terminate('for a test');
    },
    start: (workflow, args, workflowIdConflictPolicy) =>
      client.workflow.start(workflow, { taskQueue, workflowId, args, workflowIdConflictPolicy }).then((started) => {
        return started.firstExecutionRunId === handle.firstExecutionRunId ? 'the same run' : 'a new run';
      }, describe),
    async startWithUpdate(workflow, args, workflowIdConflictPolicy, update) {
      const options = { taskQueue, workflowId, args, workflowIdConflictPolicy };
      const startWorkflowOperation = new WithStartWorkflowOperation(workflow, options);
      const { name, args: updateArgs, id: updateId } = update;
      const sent = { startWorkflowOperation, args: updateArgs, updateId };
      const end = asText(client.workflow.executeUpdateWithStart(name, sent));
      await Promise.allSettled([startWorkflowOperation.workflowHandle()]);
      return { end: () => end };
    },
    reaches: (phase) => until(async () => (await handle.query<string>('phase')) === phase),
    activityIs: (state) =>
      until(async () => {
        const { raw } = await handle.describe();
        const [activity] = raw.pendingActivities ?? [];
        return state === 'running'
          ? activity?.state === PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
          : activity?.state === PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED && (activity.attempt ?? 0) > 1;
      }),
    ends: () => endOf(client.workflow.getHandle(workflowId)),
  };
}
