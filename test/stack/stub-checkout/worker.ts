/** Stands in for the worker: polls its task queue as one and does nothing. A file `worker-fails` makes it end at once. */
import { appendFileSync, existsSync } from 'node:fs';
import { Connection } from '@temporalio/client';

appendFileSync('pids', `${process.pid}\n`);
appendFileSync('runs', `worker ${process.env['AZURE_CLIENT_ID']} readers ${process.env['ASE_KEY_READERS']}\n`);
if (existsSync('worker-fails')) {
  console.error('AZURE_TENANT_ID is not a tenant');
  process.exit(2);
}

process.on('SIGTERM', () => process.exit(0));
const connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' });
const request = {
  namespace: process.env['TEMPORAL_NAMESPACE'] ?? '',
  taskQueue: { name: process.env['ASE_TASK_QUEUE'] ?? '' },
  identity: 'stub',
};
const poll = () => connection.workflowService.pollWorkflowTaskQueue(request);
for (;;) await connection.withDeadline(Date.now() + 60_000, poll);
