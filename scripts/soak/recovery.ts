/**
 * How long a killed worker is missed: `npm run prove:recovery`. In each round an activation waits for Azure and another one
 * has a request in hand, the worker gets `kill -9`, and the next one starts at once. The product's worker and one with the
 * SDK's default options go through it side by side.
 */
import { loadavg } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { workflowIdOf, type DeviceId } from '../../domain/device.ts';
import { defaultKeyVaultName } from '../../domain/names.ts';
import { openFolder } from '../../test/server/folder.ts';
import { orderDevice } from '../../test/server/order-device.ts';
import { openStack, type Stack } from '../../test/server/stack.ts';
import { until } from '../../test/server/until.ts';
import { countOf, optionsOf } from '../options.ts';
import { buildWorker, type BuiltWorker } from './built-worker.ts';
import { median, seconds } from './figures.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

const arms = { ours: 'worker.ts', 'default options': 'scripts/soak/default-worker.ts' } as const;
type Arm = keyof typeof arms;

/** What was lost by one kill, in milliseconds. */
type Loss = {
  /** From when the wait was over until the procedure went on. */
  parked: number;
  /** From the kill until the step whose request was in hand was over. */
  inFlight: number;
};

/** As in `policies.ts`: a worker that is silent for so long is taken for dead. */
const heartbeatTimeout = 25_000;
const allowed = 3_000;

const playRound = async (stack: Stack, arm: Arm, round: number, start: () => Promise<WorkerProcess>): Promise<Loss> => {
  const prefix = `${arm === 'ours' ? 'o' : 'd'}${round}`;
  const parked = await orderDevice(stack.azure, `${prefix}-parked`);
  const inFlight = await orderDevice(stack.azure, `${prefix}-flying`);
  const worker = await start();
  // The scope of a lock is one encoded segment of its path.
  const lock = `${defaultKeyVaultName(inFlight)}/providers/Microsoft.Authorization/locks/`;
  const held = stack.hold({ method: 'PUT', path: lock }, 'unanswered');
  for (const device of [parked, inFlight]) await activate(stack.client, device, queueOf(arm));
  await held;
  let due = await until(`${parked.name} waits`, () => dueOf(stack.client, parked));
  worker.signal('SIGKILL');
  const killedAt = Date.now();
  const next = await start();
  try {
    for (;;) {
      const later = await dueOf(stack.client, parked);
      if (later === undefined) break;
      due = later;
      await delay(100);
    }
    const wentOn = await scheduledAt(stack.client, parked, 'ensureDiagnosticSetting');
    const landed = await scheduledAt(stack.client, inFlight, 'awaitAuditStorage');
    return { parked: wentOn - due, inFlight: landed - killedAt };
  } finally {
    next.signal('SIGKILL');
  }
};

const queueOf = (arm: Arm): string => `recovery-${arm.replace(' ', '-')}`;

const activate = (client: Client, device: DeviceId, taskQueue: string): Promise<unknown> =>
  client.workflow.start('generateActivationKey', {
    workflowId: workflowIdOf(device),
    taskQueue,
    args: [{ deviceId: device.id }],
  });

type Timestamp = { seconds?: { toNumber: () => number } | null; nanos?: number | null };

const msOf = ({ seconds, nanos }: Timestamp): number => (seconds?.toNumber() ?? 0) * 1000 + (nanos ?? 0) / 1e6;

/** When the storage account is looked for next; undefined when it is not waited for. */
const dueOf = async ({ workflow }: Client, device: DeviceId): Promise<number | undefined> => {
  const { raw } = await workflow.getHandle(workflowIdOf(device)).describe();
  const waiting = raw.pendingActivities?.find(({ activityId }) => activityId === 'awaitAuditStorage');
  if (!waiting?.lastFailure) return undefined;
  const at = waiting.nextAttemptScheduleTime ?? waiting.scheduledTime ?? undefined;
  return at && msOf(at);
};

const scheduledAt = ({ workflow }: Client, device: DeviceId, step: string): Promise<number> =>
  until(`${device.name} reaches ${step}`, async () => {
    const { events } = await workflow.getHandle(workflowIdOf(device)).fetchHistory();
    const event = events?.find((each) => each.activityTaskScheduledEventAttributes?.activityId === step);
    return event?.eventTime ? msOf(event.eventTime) : undefined;
  });

const playArm = async (stack: Stack, built: BuiltWorker, folder: string, arm: Arm, rounds: number): Promise<Loss[]> => {
  const losses: Loss[] = [];
  let workers = 0;
  const start = (): Promise<WorkerProcess> =>
    startWorkerProcess({
      program: built.program(arms[arm]),
      env: { ...stack.workerEnv, ASE_TASK_QUEUE: queueOf(arm) },
      connection: stack.connection,
      taskQueue: queueOf(arm),
      log: path.join(folder, `${queueOf(arm)}-${(workers += 1)}.log`),
    });
  for (let round = 1; round <= rounds; round += 1) {
    const loss = await playRound(stack, arm, round, start);
    losses.push(loss);
    console.log(
      `  ${arm}, round ${round}: wait resumed ${seconds(loss.parked)} past due; open request over ${seconds(loss.inFlight)} after the kill`,
    );
  }
  return losses;
};

const rounds = countOf('rounds', optionsOf({ rounds: { type: 'string', default: '5' } }).rounds);
await using cleanup = new AsyncDisposableStack();
const built = await buildWorker([arms['default options']]);
cleanup.defer(built.remove);
const { folder, remove } = await openFolder();
cleanup.defer(remove);
// The first look finds the account. It comes when the next worker has started, and before the server has noticed that the
// killed one polls no more, which takes it ten seconds.
const stack = await openStack({ settings: { storageAccount: 6_000, retryAfter: 9_000 }, withoutWorker: true });
cleanup.defer(stack.close);
for (const namespace of ['Microsoft.KeyVault', 'Microsoft.Storage', 'Microsoft.Insights']) {
  stack.azure.control.register({ namespace });
}
const [ours = [], theirs = []] = await Promise.all(
  (Object.keys(arms) as Arm[]).map((arm) => playArm(stack, built, folder, arm, rounds)),
);
const medians = (losses: readonly Loss[]): Loss => ({
  parked: median(losses.map(({ parked }) => parked)),
  inFlight: median(losses.map(({ inFlight }) => inFlight)),
});
const we = medians(ours);
const they = medians(theirs);
console.log(`load ${loadavg()[0]?.toFixed(1)}`);
console.log(`median of ${rounds}                       ours      default options`);
console.log(`a wait resumed past due by        ${seconds(we.parked)}     ${seconds(they.parked)}`);
console.log(`an open request was over after    ${seconds(we.inFlight)}    ${seconds(they.inFlight)}`);
const holds = we.parked <= allowed && we.inFlight <= heartbeatTimeout + allowed;
console.log(holds ? 'within 3 s past due, and 3 s past the heartbeat timeout of 25 s' : 'TOO LATE');
process.exitCode = holds ? 0 : 1;
