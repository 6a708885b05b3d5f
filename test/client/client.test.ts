/** The client against a real Temporal server, the real worker and a served local Azure. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { AseError, connect, type AseErrorType } from '../../client.ts';
import { readConfig } from '../../config.ts';
import { workflowIdOf } from '../../domain/device.ts';
import { borrowStack } from '../server/shared-stack.ts';
import type { Stack } from '../server/stack.ts';
import { until } from '../server/until.ts';

const soon = (seconds: number): Date => new Date(Date.now() + seconds * 1000);

/** That a call fails so; answers the error, to look at it closer. */
const failing = async (call: Promise<unknown>, type: AseErrorType): Promise<AseError> => {
  const error: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(error instanceof AseError, `fails with an AseError, not with ${String(error)}`);
  assert.equal(error.type, type, error.message);
  return error;
};

suite('the client', { concurrency: true }, () => {
  let stack: Stack;
  const idOf = (name: string): string => stack.device(name).id;
  before(async () => {
    stack = await borrowStack();
  });
  after(() => stack.close());

  const untilBlocked = (name: string) =>
    until(`${name} is blocked`, async () => (await stack.ase.status({ deviceId: idOf(name) })).blocked);

  test('gives callers of one device the same key, and a result that names every resource', async () => {
    const { ase } = stack;
    const input = { deviceId: idOf('edge-1') };
    const [one, other] = await Promise.all([ase.generateActivationKey(input), ase.generateActivationKey(input)]);
    assert.deepEqual(one, other);
    const result = await ase.result({ deviceId: input.deviceId, procedure: 'generateActivationKey' });
    assert.deepEqual(result.activationKey, one);
    assert.equal(result.audit, 'complete');
    const elsewhere = await failing(ase.result({ ...input, procedure: 'repairDevice' }), 'NotFound');
    assert.match(elsewhere.message, /the last operation on edge-1 is no repairDevice: it is generateActivationKey/);

    const status = await ase.status({ deviceId: input.deviceId.toUpperCase() });
    assert.equal(status.execution, 'completed');
    assert.equal(status.steps.at(-1)?.step, 'issueActivationKey');
    assert.equal(status.worker, true);
  });

  test('reports whether it started or joined a run, and retries a step with another input', async () => {
    const { ase } = stack;
    const ofEdge2 = { deviceId: idOf('edge-2') };
    const input = { ...ofEdge2, keyVaultName: 'strangers-vault' };
    const first = await ase.start(input);
    const second = await ase.start(input);
    assert.deepEqual([first.started, second.started], [true, false]);
    assert.equal(second.runId, first.runId);
    assert.equal(second.ignored, undefined);
    const elsewhere = await connect({ client: stack.client, taskQueue: 'of-nobody' });
    assert.equal((await elsewhere.start(input, { needsWorker: true })).runId, first.runId, 'what runs is joined');
    const third = await ase.start({
      ...ofEdge2,
      keyVaultName: 'my-vault',
      audit: 'first',
      softDeletedVault: 'recover',
    });
    assert.deepEqual(third.ignored, [
      { field: 'keyVaultName', asked: 'my-vault', startedWith: 'strangers-vault' },
      { field: 'softDeletedVault', asked: 'recover' },
    ]);

    const block = await untilBlocked('edge-2');
    assert.equal(block.failure, 'VaultNameTaken');
    const blocked = await failing(ase.result({ deviceId: input.deviceId }, { deadline: soon(1) }), 'Blocked');
    assert.equal(blocked.failure, 'VaultNameTaken');
    assert.partialDeepStrictEqual(blocked.actions, [
      { action: 'retry', ...ofEdge2 },
      { action: 'abort', ...ofEdge2 },
    ]);
    const [retry] = blocked.actions;
    assert.ok(retry?.action === 'retry' && retry.input?.['keyVaultName'], 'with a name that is free');

    const change = { decision: 'retry', by: 'somebody', input: { keyVaultName: 'quite-another' } } as const;
    assert.equal((await ase.decide({ deviceId: input.deviceId, ...change })).sent, 'update');
    assert.equal(
      (await ase.result({ deviceId: input.deviceId, procedure: 'generateActivationKey' })).keyVault.name,
      'quite-another',
    );
  });

  test('starts nothing on a task queue without a worker, if asked to check', async () => {
    const ase = await connect({ client: stack.client, taskQueue: 'of-nobody' });
    const idle = { deviceId: idOf('edge-8') };
    const refused = await failing(ase.start(idle, { needsWorker: true }), 'NoWorker');
    assert.match(refused.message, /no worker polls the task queue "of-nobody"/);
    assert.match(refused.hint, /Nothing was started.*ASE_TASK_QUEUE/);
    const repair = { procedure: 'repairDevice', input: idle } as const;
    await failing(ase.startProcedure(repair, { needsWorker: true }), 'NoWorker');
    await failing(ase.status(idle), 'NotFound');
  });

  test('lists a blocked run, refuses unsuitable decisions, and reports the end to waiting callers', async () => {
    const { ase } = stack;
    const deviceId = idOf('edge-5');
    await ase.start({ deviceId });
    await untilBlocked('edge-5');
    const callers = Array.from({ length: 6 }, () => ase.generateActivationKey({ deviceId }));
    const answers = Promise.allSettled(callers);
    const refused = await Promise.race(callers.map((caller) => failing(caller, 'TooManyWaiters')));
    assert.deepEqual(refused.actions, [{ action: 'result', deviceId }]);

    const inGroup = { subscriptionId: stack.device().subscriptionId, resourceGroup: 'EDGE-RG', step: 'planActivation' };
    const listed = await until('it is listed', async () => {
      const found = await ase.blocked({ ...inGroup, failure: 'IdentityDisabled' });
      return found.find(({ device }) => device.endsWith('/edge-5'));
    });
    assert.equal(listed.procedure, 'generateActivationKey');
    assert.match(listed.message ?? '', /no system-assigned managed identity/);
    assert.deepEqual(await ase.blocked({ ...inGroup, resourceGroup: 'edge' }), []);

    const decide = (decision: 'skip' | 'abort', more = {}) =>
      ase.decide({ deviceId, decision, by: 'somebody', ...more });
    assert.match((await failing(decide('skip'), 'DecisionRefused')).message, /cannot be skipped/);
    await failing(decide('abort', { step: 'linkDevice' }), 'DecisionRefused');
    await failing(decide('abort', { reason: 'two\nlines' }), 'InvalidInput');
    await decide('abort', { reason: 'no device' });

    const told = (await answers).map((answer) =>
      answer.status === 'rejected' ? (answer.reason as AseError) : undefined,
    );
    const ended = told.filter((error) => error?.failure === 'IdentityDisabled');
    assert.equal(ended.length, 5);
    assert.match(ended[0]?.message ?? '', /aborted by somebody \(no device\)/);
    await failing(decide('abort'), 'NotBlocked');
    assert.equal((await ase.status({ deviceId })).failure?.type, 'IdentityDisabled');
  });

  test('names the other procedure that runs on a device, and how to end it', async () => {
    const { ase, client, device } = stack;
    const workflowId = workflowIdOf(device('edge-4'));
    const other = await client.workflow.start('deleteDevice', { workflowId, taskQueue: 'of-nobody' });
    try {
      const { message, actions } = await failing(ase.start({ deviceId: idOf('edge-4') }), 'DeviceBusy');
      assert.match(message, /deleteDevice has been running on edge-4/);
      assert.deepEqual(actions.at(-1), { action: 'cancel', workflowId });
      await failing(ase.generateActivationKey({ deviceId: idOf('edge-4') }), 'DeviceBusy');
    } finally {
      await other.terminate();
    }
    await failing(ase.result({ deviceId: idOf('edge-4') }), 'OperationFailed');
  });

  test('starts a procedure only on a free device, even for the procedure that runs already', async () => {
    const { ase } = stack;
    const input = { deviceId: idOf('edge-3'), keyVaultName: 'strangers-vault' };
    assert.equal((await ase.startProcedure({ procedure: 'generateActivationKey', input })).started, true);
    await untilBlocked('edge-3');
    const { message, actions } = await failing(
      ase.startProcedure({ procedure: 'generateActivationKey', input }),
      'DeviceBusy',
    );
    assert.match(message, /generateActivationKey has been running on edge-3 since .*, blocked at ensureKeyVault/);
    assert.deepEqual(actions, [
      { action: 'result', deviceId: input.deviceId },
      { action: 'abort', deviceId: input.deviceId },
    ]);
  });

  test('refuses invalid input before anything is started', async () => {
    const { ase } = stack;
    const input = { deviceId: idOf('never-asked'), keyVaultName: '1' };
    await failing(ase.start(input), 'InvalidInput');
    await failing(ase.generateActivationKey(input), 'InvalidInput');
    await failing(ase.status({ deviceId: 'edge-1' }), 'InvalidInput');
    const { actions } = await failing(ase.status({ deviceId: input.deviceId }), 'NotFound');
    assert.deepEqual(actions, [{ action: 'generateActivationKey', deviceId: input.deviceId }]);
    await failing(ase.result({ deviceId: input.deviceId }), 'NotFound');
  });

  test('names a missing namespace', async () => {
    const config = readConfig({ ...stack.operatorEnv, TEMPORAL_NAMESPACE: 'nowhere' });
    const ase = await connect({ config });
    try {
      assert.match(
        (await failing(ase.status({ deviceId: idOf('edge-1') }), 'TemporalRefused')).message,
        /namespace "nowhere"/,
      );
    } finally {
      await ase.close();
    }
  });
});

suite('the client without a worker', () => {
  let stack: Stack;
  before(async () => {
    stack = await borrowStack();
  });
  after(() => stack.close());

  test('shows the data of Temporal, and sends a decision that the next worker applies', async () => {
    const { ase, worker } = stack;
    const { id } = stack.device('edge-5');
    await ase.start({ deviceId: id });
    await until('it is blocked', async () => (await ase.status({ deviceId: id })).blocked);
    await worker.kill();

    const status = await ase.status({ deviceId: id });
    assert.equal(status.worker, false);
    assert.equal(status.phase, 'blocked');
    assert.deepEqual(status.blocked, { step: 'planActivation', failure: 'IdentityDisabled' });
    await failing(ase.generateActivationKey({ deviceId: stack.device('edge-1').id }), 'NoWorker');
    assert.equal((await ase.decide({ deviceId: id, decision: 'abort', by: 'somebody' })).sent, 'signal');

    await worker.start();
    assert.match((await failing(ase.result({ deviceId: id }), 'OperationFailed')).message, /aborted by somebody/);
    assert.equal(
      (await ase.result({ deviceId: stack.device('edge-1').id, procedure: 'generateActivationKey' })).audit,
      'complete',
      'what was asked for was kept',
    );
  });
});

test('the client reports a missing server when it connects', async () => {
  const config = readConfig({ TEMPORAL_ADDRESS: '127.0.0.1:1', TEMPORAL_CONFIG_FILE: '/nonexistent' });
  assert.match((await failing(connect({ config }), 'TemporalUnreachable')).message, /127\.0\.0\.1:1/);
});
