/** The product's worker but for its options, which are the SDK's defaults: what the chosen ones are compared with. */
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { beginCall } from '../../activities/call.ts';
import { createActivities } from '../../activities/index.ts';
import { createAzure } from '../../azure/clients.ts';
import { discoverCloud } from '../../azure/cloud.ts';
import { createCredential } from '../../azure/credential.ts';
import { readConfig } from '../../config.ts';
import { loadProfile } from '../../worker/profile.ts';

const config = readConfig();
const cloud = await discoverCloud(config.armEndpoint);
const azure = createAzure({ cloud, credential: createCredential(cloud), signal: beginCall });
const connection = await NativeConnection.connect(config.temporal.connectionOptions);
try {
  const worker = await Worker.create({
    connection,
    namespace: config.namespace,
    taskQueue: config.taskQueue,
    activities: createActivities({ azure, keyReaders: config.keyReaders, profile: loadProfile(config) }),
    // Built, it lies two folders below the bundle.
    workflowBundle: { codePath: fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url)) },
  });
  await worker.run();
} finally {
  await connection.close();
}
