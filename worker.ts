#!/usr/bin/env node
/** The worker process: reads its configuration, connects Azure and Temporal, and works until it is told to stop. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { createActivities } from './activities/index.ts';
import { askForTurn, beginCall, keepSecret } from './activities/call.ts';
import { createAdmission, ownClock } from './azure/budgets/admission.ts';
import { createAzure } from './azure/clients.ts';
import { authorityMismatch, discoverCloud, type Cloud } from './azure/cloud.ts';
import { createCredential } from './azure/credential.ts';
import { ConfigError, publicArmEndpoint, readConfig, type Config } from './config.ts';
import { unsupportedNode } from './node-version.ts';
import { countCalls, measureTurns, prometheusAt, tellAttempts } from './worker/metrics.ts';
import { createLogger } from './worker/log.ts';
import { loadProfile } from './worker/profile.ts';
import { ensureSearchAttributes } from './worker/search-attributes.ts';
import { watchStanding } from './worker/standing.ts';

const main = async (): Promise<void> => {
  const unsupported = unsupportedNode('ase-worker');
  if (unsupported !== undefined) throw new ConfigError(unsupported);
  const config = readConfig();
  const profile = loadProfile(config);
  const runtime = installRuntime(config);
  const meter = runtime.metricMeter;
  const cloud = await openCloud(config);
  const connection = await openTemporal(config);
  try {
    await ensureSearchAttributes(connection, config.namespace).catch((error: Error) => {
      throw new ConfigError(error.message);
    });
    const onCall = countCalls(meter);
    const azure = createAzure({
      cloud,
      credential: createCredential(cloud, { onCall }),
      signal: beginCall,
      turns: { admission: createAdmission(ownClock, measureTurns(meter)), ask: askForTurn },
      onCall,
      onSecret: keepSecret,
    });
    const worker = await Worker.create({
      connection,
      namespace: config.namespace,
      taskQueue: config.taskQueue,
      activities: createActivities({ azure, keyReaders: config.keyReaders, profile }),
      interceptors: { activity: [tellAttempts(meter)] },
      ...workflowCode(),
      ...tuning,
    });
    const stopWatching = config.metricsAddress ? watchStanding(connection, config.namespace, runtime) : undefined;
    await worker.run().finally(stopWatching);
  } finally {
    await connection.close();
  }
};

/** The endpoint of the metrics opens here, where its port may be another worker's. */
const installRuntime = ({ logLevel, metricsAddress }: Config): Runtime => {
  const logger = createLogger(logLevel);
  if (!metricsAddress) return Runtime.install({ logger });
  try {
    return Runtime.install({ logger, telemetryOptions: { metrics: prometheusAt(metricsAddress) } });
  } catch (error) {
    throw new ConfigError(`ASE_METRICS_ADDRESS: cannot listen at ${metricsAddress}: ${(error as Error).message}`);
  }
};

const tuning: Partial<WorkerOptions> = {
  // After a crash the next worker waits this long for the dead one's cached workflows; the default of 10 s delays all of them.
  stickyQueueScheduleToStartTimeout: '1s',
  // Longer than one request to Azure, so that an orderly stop loses no answer.
  shutdownGraceTime: '25s',
  shutdownForceTime: '30s',
  // About a megabyte each at worst; a waiting workflow that is evicted costs one replay.
  maxCachedWorkflows: 500,
};

/** A built worker has its workflows bundled beside it; from source they are bundled at start. */
const workflowCode = (): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> => {
  const codePath = fileURLToPath(new URL('workflow-bundle.js', import.meta.url));
  if (existsSync(codePath)) return { workflowBundle: { codePath } };
  return { workflowsPath: fileURLToPath(new URL('workflows/index.ts', import.meta.url)) };
};

const openCloud = async (config: Config): Promise<Cloud> => {
  const cloud = await discoverCloud(config.armEndpoint).catch((error: Error) => {
    throw new ConfigError(
      `cannot reach Azure Resource Manager at ${config.armEndpoint} (${originOf(config)}): ${error.message}`,
    );
  });
  const mismatch = authorityMismatch(cloud, config.authorityHost);
  if (mismatch) throw new ConfigError(mismatch);
  return cloud;
};

const originOf = ({ armEndpoint }: Config): string =>
  armEndpoint === publicArmEndpoint ? 'the default of ASE_ARM_ENDPOINT' : 'from ASE_ARM_ENDPOINT';

const openTemporal = async ({ temporal, address }: Config): Promise<NativeConnection> => {
  try {
    return await NativeConnection.connect(temporal.connectionOptions);
  } catch (error) {
    throw new ConfigError(`TEMPORAL_ADDRESS: no Temporal server answers at ${address}: ${(error as Error).message}`);
  }
};

try {
  await main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message.replace(/\s+/g, ' ')}\n`);
  process.exitCode = 2;
}
