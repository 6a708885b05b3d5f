/** The whole product on one machine: the local Azure, Temporal, and a worker between them. */
import { mkdir } from 'node:fs/promises';
import { type Environment, formatEnv } from './env-file.ts';
import { ownTemporal, surroundings, taskQueue, temporalToml, usersTemporal, variablesFor } from './environment.ts';
import { type LocalAzureReady, startLocalAzure } from './local-azure.ts';
import { type LocalFiles, localFiles, writeWhileRunning } from './local-files.ts';
import { takeLock } from './lock.ts';
import { type Child, describeExit, stopChild, withLastLines } from './processes.ts';
import { type Temporal, findTemporal } from './temporal-cli.ts';
import { connectTemporal } from './temporal-connection.ts';
import { grantAuditReading } from './rights.ts';
import { startTemporalServer } from './temporal-server.ts';
import { startWorker } from './worker.ts';

export type StackOptions = {
  /** With Temporal's web UI. */
  ui: boolean;
  /** With the demo world: group `edge-rg`, devices `edge-1` to `edge-5`. */
  seed: boolean;
  /** Divides all of Azure's delays. */
  timeScale?: number;
  /** Keeps workflows over a restart. */
  dbFilename?: string;
  /** Instead of `.local` of the checkout; each folder can hold one stack at a time. */
  folder?: string;
  /** The worker's program in the checkout; by default its source. */
  workerProgram?: string;
  /** Told what has been reached, a line at a time. */
  announce?: (line: string) => void;
};

export type Stack = {
  azure: LocalAzureReady;
  temporal: { address: string; namespace: string; uiUrl?: string };
  files: LocalFiles;
  workerEnv: NodeJS.ProcessEnv;
  operatorEnv: NodeJS.ProcessEnv;
  /** Resolves with the reason when one of the processes ends that should not. */
  broken: Promise<string>;
  /** Ends everything in the order that suits it and removes what was written. */
  down: () => Promise<void>;
};

/** Another stack holds the folder; the message is for the user. */
export class StackIsUp extends Error {
  constructor(pid: number) {
    super(`A stack is already running in this checkout (process ${pid}). Use it, or stop it with Ctrl-C first.`);
  }
}

/** Returns when everything is ready; leaves nothing behind when it throws. */
export async function bringUp(options: StackOptions): Promise<Stack> {
  const announce = options.announce ?? (() => undefined);
  const files = localFiles(options.folder);
  await using cleanup = new AsyncDisposableStack();
  await holdFolder(files, cleanup);

  const base = surroundings(process.env);
  const found = await findTemporal(process.env, announce);
  const [azure, temporal] = await bothOrNone(
    startAzure(options, files, base, cleanup),
    startTemporal(options, files, found, cleanup),
  );
  await grantAuditReading(azure.ready);
  announce(`Local Azure at ${azure.ready.armEndpoint}`);
  announce(`Temporal at ${temporal.variables.TEMPORAL_ADDRESS}`);

  const { worker: workerPrincipal, operator } = azure.ready.principals;
  const operatorVariables = variablesFor(operator, azure.ready, temporal.variables);
  const workerVariables = {
    ...variablesFor(workerPrincipal, azure.ready, temporal.variables),
    ASE_KEY_READERS: operator.objectId,
  };
  const workerEnv = { ...base, ...workerVariables };
  const worker = await startPollingWorker(options, workerEnv, temporal.variables, files, cleanup);
  announce(`Worker on task queue ${taskQueue}`);

  cleanup.defer(await writeWhileRunning(files.localAzure, `${JSON.stringify(azure.ready)}\n`));
  cleanup.defer(await writeWhileRunning(files.workerEnv, formatEnv(workerVariables)));
  // Last of all: who finds this file may use everything.
  cleanup.defer(await writeWhileRunning(files.env, formatEnv(operatorVariables)));

  const owned = cleanup.move();
  return {
    azure: azure.ready,
    temporal: {
      address: temporal.variables.TEMPORAL_ADDRESS,
      namespace: temporal.variables.TEMPORAL_NAMESPACE,
      ...(temporal.uiUrl === undefined ? {} : { uiUrl: temporal.uiUrl }),
    },
    files,
    workerEnv,
    operatorEnv: { ...base, ...operatorVariables },
    broken: firstToEnd([azure.child, worker, ...temporal.children]),
    down: () => owned.disposeAsync(),
  };
}

async function holdFolder(files: LocalFiles, cleanup: AsyncDisposableStack): Promise<void> {
  await mkdir(files.folder, { recursive: true });
  const lock = await takeLock(files.lock);
  if (lock.kind === 'busy') throw new StackIsUp(lock.pid);
  cleanup.defer(lock.release);
}

async function startAzure(
  { seed, timeScale }: StackOptions,
  files: LocalFiles,
  env: NodeJS.ProcessEnv,
  cleanup: AsyncDisposableStack,
) {
  const azure = await startLocalAzure({
    caFile: files.localAzureCa,
    seed,
    ...(timeScale === undefined ? {} : { timeScale }),
    env,
    log: files.log('local-azure'),
  });
  cleanup.defer(async () => void (await stopChild(azure.child)));
  return azure;
}

async function startTemporal(
  { ui, dbFilename }: StackOptions,
  files: LocalFiles,
  found: Temporal,
  cleanup: AsyncDisposableStack,
) {
  if (found.kind === 'address') return { variables: usersTemporal(found.address, process.env), children: [] };
  const server = await startTemporalServer({
    binary: found,
    ui,
    ...(dbFilename === undefined ? {} : { dbFilename }),
    log: files.log('temporal'),
  });
  cleanup.defer(server.stop);
  cleanup.defer(await writeWhileRunning(files.temporalConfig, temporalToml(server.address)));
  const variables = ownTemporal(server.address, files.temporalConfig, server.uiUrl);
  return { variables, uiUrl: server.uiUrl, children: [server.child] };
}

async function startPollingWorker(
  { workerProgram }: StackOptions,
  env: NodeJS.ProcessEnv,
  temporal: Environment & { TEMPORAL_NAMESPACE: string },
  files: LocalFiles,
  cleanup: AsyncDisposableStack,
): Promise<Child> {
  const connection = await connectTemporal(temporal);
  try {
    const namespace = temporal.TEMPORAL_NAMESPACE;
    const program = workerProgram === undefined ? {} : { program: workerProgram };
    const worker = await startWorker({ env, connection, namespace, taskQueue, log: files.log('worker'), ...program });
    cleanup.defer(async () => void (await stopChild(worker)));
    return worker;
  } finally {
    await connection.close();
  }
}

/** When one fails the other is waited for: only what has started can be ended. */
async function bothOrNone<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}

async function firstToEnd(children: readonly Child[]): Promise<string> {
  return Promise.race(
    children.map(async (child) => {
      const exit = await child.exited;
      return withLastLines(child, `ended (${describeExit(exit)})`);
    }),
  );
}
