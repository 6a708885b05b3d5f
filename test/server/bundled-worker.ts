/** The product's worker from its source, but for its workflows: they are bundled once for all tests, and not at each start. */
import { Worker } from '@temporalio/worker';
import { bundleForTests } from '../harness/temporal/index.ts';

const create = Worker.create.bind(Worker);
Worker.create = async ({ workflowsPath, ...options }) =>
  create({ ...options, workflowBundle: { code: await bundleForTests(workflowsPath) } });

await import('../../worker.ts');
