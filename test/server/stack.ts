/**
 * The whole product on real ground: a Temporal server of its own, the local Azure behind HTTPS, and the worker as a
 * process, which can be killed and started again. Nothing of it outlives the test, however that ends.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { connect, type Ase } from '../../client.ts';
import { readConfig } from '../../config.ts';
import { deviceIdOf, type DeviceId } from '../../domain/device.ts';
import { demoWorld } from '../../local-azure/seed.ts';
import type { Settings } from '../../local-azure/settings.ts';
import { ownTemporal, surroundings, taskQueue, temporalToml, variablesFor } from '../../scripts/stack/environment.ts';
import { stopChild, type Child, type Exit } from '../../scripts/stack/processes.ts';
import { findTemporalBinary } from '../../scripts/stack/temporal-cli.ts';
import { startTemporalServer } from '../../scripts/stack/temporal-server.ts';
import { startWorker } from '../../scripts/stack/worker.ts';
import { assertNothingPurged } from '../harness/invariants.ts';
import { openFolder } from './folder.ts';
import { serveAzure, type ServedAzure } from './served-azure.ts';

export type StackOptions = {
  settings?: Partial<Settings>;
  /** The server keeps its workflows in a file, so that it can be killed and started again. */
  durable?: boolean;
  logLevel?: 'info' | 'trace';
  /** Whoever opens it starts the workers. */
  withoutWorker?: boolean;
  /** With Temporal's web UI; its address is in the operator's environment. */
  ui?: boolean;
};

export type Stack = Pick<ServedAzure, 'azure' | 'hold'> & {
  device: (name?: string) => DeviceId;
  connection: Connection;
  /** Temporal's own client. */
  client: Client;
  /** The product's client, as the operator. */
  ase: Ase;
  worker: WorkerProcess;
  temporal: TemporalProcess;
  operatorEnv: NodeJS.ProcessEnv;
  workerEnv: NodeJS.ProcessEnv;
  close: () => Promise<void>;
};

export type WorkerProcess = {
  /** Resolves when it takes work. */
  start: () => Promise<void>;
  kill: () => Promise<void>;
  /** Asks it to end. */
  stop: () => Promise<Exit>;
  /** All that its processes have written so far, to both streams. */
  log: () => Promise<string>;
};

export type TemporalProcess = {
  address: string;
  uiUrl: string | undefined;
  /** Path of Temporal's command line. */
  cli: string;
  /** Where a durable server keeps its workflows: this file, and those beside it that begin with its name. */
  database?: string;
  kill: () => Promise<void>;
  /** Under the same address, with the same file. */
  startAgain: () => Promise<void>;
};

export const openStack = async (options: StackOptions = {}): Promise<Stack> => {
  const { settings, durable, logLevel, withoutWorker, ui = false } = options;
  await using cleanup = new AsyncDisposableStack();
  const { folder, remove } = await openFolder();
  cleanup.defer(remove);
  const served = await serveAzure(path.join(folder, 'ca.pem'), settings);
  cleanup.defer(served.close);
  cleanup.defer(() => assertNothingPurged(served.azure));
  const temporal = await startTemporal(durable ? path.join(folder, 'temporal.db') : undefined, ui, cleanup);

  const configFile = path.join(folder, 'temporal.toml');
  await writeFile(configFile, temporalToml(temporal.address));
  const variables = ownTemporal(temporal.address, configFile, temporal.uiUrl);
  const base = surroundings(process.env);
  const { worker: worksAs, operator } = served.ready.principals;
  const operatorEnv = { ...base, ...variablesFor(operator, served.ready, variables) };
  const workerEnv = {
    ...base,
    ...variablesFor(worksAs, served.ready, variables),
    ASE_KEY_READERS: operator.objectId,
    ASE_LOG_LEVEL: logLevel ?? 'info',
  };

  const connection = await Connection.connect({ address: temporal.address });
  cleanup.defer(() => connection.close());
  const ase = await connect({ config: readConfig(operatorEnv) });
  cleanup.defer(() => ase.close());
  const worker = createWorker({ env: workerEnv, connection, folder }, cleanup);
  if (!withoutWorker) await worker.start();

  const owned = cleanup.move();
  return {
    azure: served.azure,
    hold: served.hold,
    device: (name = 'edge-1') => deviceIdOf(served.ready.subscriptionId, demoWorld.group, name),
    connection,
    client: new Client({ connection }),
    ase,
    worker,
    temporal,
    operatorEnv,
    workerEnv,
    close: () => owned.disposeAsync(),
  };
};

const startTemporal = async (
  dbFilename: string | undefined,
  ui: boolean,
  cleanup: AsyncDisposableStack,
): Promise<TemporalProcess> => {
  const binary = await findTemporalBinary(process.env, console.error);
  const options = { binary, ui, ...(dbFilename === undefined ? {} : { dbFilename }) };
  let server = await startTemporalServer(options);
  cleanup.defer(() => server.stop());
  const { address, uiUrl } = server;
  return {
    address,
    uiUrl,
    cli: binary.path,
    ...(dbFilename === undefined ? {} : { database: dbFilename }),
    kill: () => killChild(server.child),
    startAgain: async () => {
      server = await startTemporalServer({ ...options, port: Number(address.split(':')[1]) });
    },
  };
};

type WorkerSettings = { env: NodeJS.ProcessEnv; connection: Connection; folder: string };

const program = 'test/server/bundled-worker.ts';

const createWorker = ({ env, connection, folder }: WorkerSettings, cleanup: AsyncDisposableStack): WorkerProcess => {
  const children: Child[] = [];
  const logs: string[] = [];
  const current = (): Child => {
    const child = children.at(-1);
    if (!child) throw new Error('no worker was started');
    return child;
  };
  cleanup.defer(async () => {
    if (children.length > 0) await stopChild(current());
  });
  return {
    start: async () => {
      const log = path.join(folder, `worker-${logs.length + 1}.log`);
      logs.push(log);
      children.push(await startWorker({ env, connection, namespace: 'default', taskQueue, log, program }));
    },
    kill: () => killChild(current()),
    // Longer than the worker gives its own activities.
    stop: () => stopChild(current(), 60_000),
    log: async () => (await Promise.all(logs.map((log) => readFile(log, 'utf8')))).join('\n'),
  };
};

const killChild = async ({ pid, exited }: Child): Promise<void> => {
  process.kill(pid, 'SIGKILL');
  await exited;
};
