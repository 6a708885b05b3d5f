/** What the arms run on, for one length of the account's creation: a local Azure and a worker for every workflow. */
import path from 'node:path';
import { readFile } from 'node:fs/promises';
import tls from 'node:tls';
import { ClientSecretCredential } from '@azure/identity';
import type { Connection } from '@temporalio/client';
import { createAzure, type Azure } from '../azure/clients.ts';
import { discoverCloud, type Cloud } from '../azure/cloud.ts';
import { localhostPolicy } from '../azure/pipeline.ts';
import { callTimeout } from '../domain/pace.ts';
import { connectControl, type ControlClient } from '../local-azure/control-client.ts';
import { surroundings, variablesFor, type TemporalVariables } from '../scripts/stack/environment.ts';
import { checkout } from '../scripts/stack/local-files.ts';
import { spawnChild, stopChild, untilReady, type Child } from '../scripts/stack/processes.ts';
import { armNames, arms, type ArmName } from './arms.ts';
import type { BenchAzureReady } from './azure.ts';

export type Stage = {
  subscriptionId: string;
  control: ControlClient;
  /** Azure as an arm of the process of the bench sees it. */
  azureAs: (arm: ArmName) => Azure;
  taskQueueOf: (arm: ArmName) => string;
  /** Milliseconds after which an activation is given up, so that a blocked one does not hold the bench for ever. */
  patience: number;
  /** Ends everything. */
  [Symbol.asyncDispose]: () => Promise<void>;
};

export type StageOptions = {
  /** Seconds. */
  account: number;
  rounds: number;
  temporal: { connection: Connection; variables: TemporalVariables };
  /** For files that go with the bench. */
  folder: string;
};

/** Returns when everything is ready; leaves nothing behind when it throws. */
export const openStage = async (options: StageOptions): Promise<Stage> => {
  const { account, temporal } = options;
  await using cleanup = new AsyncDisposableStack();
  const azure = await startAzure(options, cleanup);
  const control = await connectControl(azure);
  cleanup.defer(() => control.close());
  const taskQueueOf = (arm: ArmName): string => `bench-${account}-${arm}`;
  for (const arm of armNames) {
    const worker = arms[arm].workflow?.worker;
    if (worker === undefined) continue;
    const taskQueue = taskQueueOf(arm);
    const variables = { ...variablesFor(azure.arms[arm], azure, temporal.variables), ASE_TASK_QUEUE: taskQueue };
    await startWorker({ arm, worker, taskQueue, variables }, temporal.connection, cleanup);
  }
  const cloud = await discoverCloud(azure.armEndpoint);
  const clients = new Map(armNames.map((arm) => [arm, azureFor(arm, azure, cloud)]));
  const owned = cleanup.move();
  return {
    subscriptionId: azure.subscriptionId,
    control,
    azureAs: (arm) => clients.get(arm)!,
    taskQueueOf,
    patience: (account + 180) * 1000,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};

const startAzure = async (
  { account, rounds, folder }: StageOptions,
  cleanup: AsyncDisposableStack,
): Promise<BenchAzureReady> => {
  const caFile = path.join(folder, `ca-${account}.pem`);
  const program = path.join(import.meta.dirname, 'azure.ts');
  const args = [program, '--account', `${account}`, '--rounds', `${rounds}`, '--ca-file', caFile];
  const child = await startChild('local-azure', args, {}, cleanup);
  const line = await untilReady(child, 60_000, () => child.output.find((line) => line.startsWith('{')));
  // Node has read NODE_EXTRA_CA_CERTS long ago, and this authority is new.
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), await readFile(caFile, 'utf8')]);
  return JSON.parse(line) as BenchAzureReady;
};

type BenchWorker = { arm: ArmName; worker: string; taskQueue: string; variables: NodeJS.ProcessEnv };

const startWorker = async (
  { arm, worker, taskQueue, variables }: BenchWorker,
  connection: Connection,
  cleanup: AsyncDisposableStack,
): Promise<void> => {
  const child = await startChild(`worker of ${arm}`, [path.join(checkout, worker)], variables, cleanup);
  await untilReady(child, 60_000, () => isPolled(connection, taskQueue));
};

/** The task queue is new, so whoever polls it is our worker. */
const isPolled = async (connection: Connection, taskQueue: string): Promise<true | undefined> => {
  const workflowTasks = 1;
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace: 'default',
    taskQueue: { name: taskQueue },
    taskQueueType: workflowTasks,
  });
  return (pollers ?? []).length > 0 || undefined;
};

const startChild = async (
  name: string,
  args: string[],
  variables: NodeJS.ProcessEnv,
  cleanup: AsyncDisposableStack,
): Promise<Child> => {
  const child = await spawnChild(name, process.execPath, args, {
    env: { ...surroundings(process.env), ...variables },
  });
  cleanup.defer(async () => void (await stopChild(child)));
  return child;
};

const azureFor = (
  arm: ArmName,
  { arms: principals, tenantId, authorityHost }: BenchAzureReady,
  cloud: Cloud,
): Azure => {
  const { clientId, clientSecret } = principals[arm];
  const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, {
    authorityHost,
    disableInstanceDiscovery: true,
    additionalPolicies: [{ policy: localhostPolicy(), position: 'perRetry' }],
  });
  return createAzure({ cloud, credential, signal: () => AbortSignal.timeout(callTimeout) });
};
