/** Why an operation stands still: no worker on its own task queue, or a workflow task that fails. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { deviceKey, workflowIdOf } from '../../domain/device.ts';
import { taskQueue } from '../../scripts/stack/environment.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import { interruptAse, runAse } from '../cli/ase.ts';
import { openStack, type Stack } from './stack.ts';
import { until } from './until.ts';

suite('an operation that makes no progress', () => {
  let stack: Stack;
  before(async () => {
    stack = await openStack();
  });
  after(() => stack.close());

  const ase = (commandLine: string, env = stack.operatorEnv) => runAse(commandLine, env);

  /** An operation, blocked as far as Temporal's list knows. */
  const startOn = (queue: string, name: string, type = 'generateActivationKey') => {
    const device = stack.device(name);
    return stack.client.workflow.start(type, {
      taskQueue: queue,
      workflowId: workflowIdOf(device),
      args: [{ deviceId: device.id }],
      typedSearchAttributes: [
        { key: searchAttributes.device, value: deviceKey(device) },
        { key: searchAttributes.blockedStep, value: 'lockKeyVault' },
        { key: searchAttributes.failure, value: 'MissingPermission' },
      ],
    });
  };

  test('names its own task queue, in every command', async () => {
    const handle = await startOn('berlin', 'edge-2');
    const options = '-g edge-rg -n edge-2';
    await until('it is listed', async () => (await stack.ase.findBlocked()).length === 1);
    const listed = await ase('blocked list -o table');
    assert.match(listed.stdout, /edge-2/);
    assert.match(listed.stderr, /^No worker answers on the task queue "berlin": /);
    assert.doesNotMatch(listed.stderr, /queue "ase"/);
    const { stdout } = await ase(`status ${options} -o table`);
    assert.match(stdout, /o worker answers on the task queue "berlin"/);
    assert.match(stdout, /ASE_TASK_QUEUE=berlin/);
    const { stderr } = await ase(`blocked abort ${options} --reason over`);
    assert.match(stderr, /No worker answers on the task queue "berlin": abort of lockKeyVault was sent as a signal/);
    const many = await ase('blocked retry --all --yes --reason over --failure MissingPermission');
    assert.match(many.stdout + many.stderr, /on the task queue \\?"berlin/);
    await handle.terminate();
  });

  test('is followed on its own queue, even if the queue of the environment has no worker', async () => {
    const env = { ...stack.operatorEnv, ASE_TASK_QUEUE: 'nobody' };
    await stack.ase.start({ deviceId: stack.device('edge-3').id });
    const { code, stderr } = await ase('status -g edge-rg -n edge-3 --watch', env);
    assert.equal(code, 0);
    assert.doesNotMatch(stderr, /No worker answers/);
  });

  test('names a procedure that the worker does not know', async () => {
    const handle = await startOn(taskQueue, 'edge-4', 'paintDevice');
    const options = '-g edge-rg -n edge-4';
    const { id: deviceId } = stack.device('edge-4');
    await until('its workflow task has failed', async () => (await stack.ase.status({ deviceId })).taskFailure);
    const { stdout } = await ase(`status ${options} -o table`);
    assert.match(stdout, /workflow task failed/);
    assert.match(stdout, /no such function is exported/);
    assert.match(stdout, /The worker does not know this procedure\. Run a worker of the release/);
    assert.doesNotMatch(stdout, /No worker answers/i);
    const { stderr } = await ase('blocked list -o table');
    assert.match(stderr, /A worker answers, but workflow tasks fail: .*no such function/);
    assert.doesNotMatch(stderr, /No worker answers/);
    await handle.terminate();
  });

  const remove = async (name: string): Promise<void> => {
    const { operatorService } = stack.connection;
    await operatorService.removeSearchAttributes({ namespace: 'default', searchAttributes: [name] });
    await until('the removal is in effect', async () => {
      const { customAttributes } = await operatorService.listSearchAttributes({ namespace: 'default' });
      return !Object.hasOwn(customAttributes ?? {}, name);
    });
  };

  test('names a search attribute that was removed, and how to add it', async () => {
    await remove('AseFailure');
    const options = '-g edge-rg -n edge-5';
    const create = /temporal operator search-attribute create --namespace default --name AseFailure --type Keyword/;
    const generated = await interruptAse(`key generate ${options} -o table`, /tcld .*AseFailure/, stack.operatorEnv);
    assert.match(generated.stderr, /its workflow task fails: BadSearchAttributes: .*AseFailure/);
    assert.match(generated.stderr, create);
    assert.doesNotMatch(generated.stderr, /No worker answers/);
    const { stdout } = await ase(`status ${options} -o table`);
    assert.match(
      stdout,
      /The operation on edge-5 makes no progress: its workflow task failed, \d+ times? so far: BadSearch/,
    );
    assert.match(stdout, create);
    assert.match(
      stdout,
      /On Temporal Cloud: tcld namespace search-attributes add --namespace default --search-attribute/,
    );
    assert.doesNotMatch(stdout, /No worker answers/i);
  });

  test('names a search attribute that was missing at its start', async () => {
    await remove('AsePhase');
    const { code, stderr } = await ase('key generate -g edge-rg -n edge-1 -o table');
    assert.match(stderr, /^TemporalRefused: .*search attribute AsePhase\n {2}Add it: temporal operator .*AsePhase/);
    assert.match(stderr, /On Temporal Cloud: tcld .*"AsePhase=Keyword"/);
    assert.equal(code, 4);
  });
});
