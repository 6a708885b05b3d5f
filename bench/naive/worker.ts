/** Runs the naive workflow with the SDK's default options. */
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createAzure } from '../../azure/clients.ts';
import { discoverCloud } from '../../azure/cloud.ts';
import { createCredential } from '../../azure/credential.ts';
import { readConfig } from '../../config.ts';
import { callTimeout } from '../../domain/pace.ts';
import { createNaiveActivities } from './activities.ts';

const { temporal, namespace, taskQueue, armEndpoint } = readConfig();
const cloud = await discoverCloud(armEndpoint);
const azure = createAzure({
  cloud,
  credential: createCredential(cloud),
  signal: () => AbortSignal.timeout(callTimeout),
});
const connection = await NativeConnection.connect(temporal.connectionOptions);
try {
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('workflow.ts', import.meta.url)),
    activities: createNaiveActivities(azure),
  });
  await worker.run();
} finally {
  await connection.close();
}
