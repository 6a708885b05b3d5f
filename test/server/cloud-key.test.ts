/** Worker and doctor with the key of a Temporal Cloud namespace, which may not call the OperatorService. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Check } from '../../cli/diagnosis.ts';
import { checkout } from '../../scripts/stack/local-files.ts';
import { findTemporalBinary } from '../../scripts/stack/temporal-cli.ts';
import { startTemporalServer } from '../../scripts/stack/temporal-server.ts';
import { startWorker } from '../../scripts/stack/worker.ts';
import { stopChild } from '../../scripts/stack/processes.ts';
import { taskQueue } from '../../scripts/stack/environment.ts';
import { runAse } from '../cli/ase.ts';
import { openCloudNamespace } from './cloud-namespace.ts';
import { assertOneOfEach } from './one-of-each.ts';
import { runNode } from './programs.ts';
import { openStack, type Stack } from './stack.ts';

suite('with the key of a Temporal Cloud namespace', () => {
  let stack: Stack;
  before(async () => {
    stack = await openStack({ withoutWorker: true });
  });
  after(() => stack.close());

  const attributesSeenBy = async (env: NodeJS.ProcessEnv): Promise<Check | undefined> => {
    const { stdout } = await runAse('doctor -o json', env);
    return (JSON.parse(stdout) as Check[]).find(({ check }) => check === 'search attributes');
  };

  test('a worker starts and works, and the doctor finds the search attributes', async () => {
    const cloud = await openCloudNamespace(stack.temporal.address);
    const through = { TEMPORAL_ADDRESS: cloud.address };
    const { connection, workerEnv, operatorEnv } = stack;
    const env = { ...workerEnv, ...through };
    const worker = await startWorker({ env, connection, namespace: 'default', taskQueue });
    try {
      assert.ok(cloud.refused.length > 0, 'the OperatorService was refused');
      const { code, stderr } = await runAse('key generate -g edge-rg -n edge-1', { ...operatorEnv, ...through });
      assert.equal(code, 0, stderr);
      assertOneOfEach(
        stack.azure,
        stack.device(),
        await stack.ase.result({ deviceId: stack.device().id, procedure: 'generateActivationKey' }),
      );
      const seen = await attributesSeenBy({ ...operatorEnv, ...through });
      assert.deepEqual([seen?.state, seen?.detail], ['ok', 'all registered']);
    } finally {
      await stopChild(worker, 60_000);
      await cloud.close();
    }
  });

  test('both explain how Temporal Cloud adds the missing search attributes', async () => {
    const binary = await findTemporalBinary(process.env, console.error);
    const server = await startTemporalServer({ binary, ui: false, searchAttributes: { AsePhase: 'Keyword' } });
    const cloud = await openCloudNamespace(server.address);
    const through = { TEMPORAL_ADDRESS: cloud.address };
    const command =
      'tcld namespace search-attributes add --namespace default --search-attribute "AseDevice=Keyword" ' +
      '--search-attribute "AseBlockedStep=Keyword" --search-attribute "AseFailure=Keyword" ' +
      '--search-attribute "AseKeyExpiry=DateTime"';
    try {
      const { code, stderr } = await runNode(path.join(checkout, 'worker.ts'), [], { ...stack.workerEnv, ...through });
      assert.equal(code, 2);
      assert.ok(stderr.includes(command), stderr);
      const seen = await attributesSeenBy({ ...stack.operatorEnv, ...through });
      assert.equal(seen?.state, 'failed');
      assert.match(seen?.detail ?? '', /^not registered: AseDevice, AseBlockedStep, AseFailure, AseKeyExpiry/);
      assert.ok(seen?.remedy?.includes(command), seen?.remedy);
    } finally {
      await cloud.close();
      await server.stop();
    }
  });
});
