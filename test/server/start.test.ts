/** An activation from its start to its end on a real server, and what a second one finds. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { AseError } from '../../client.ts';
import { workflowIdOf } from '../../domain/device.ts';
import { activate } from '../../local-azure/device/activate.ts';
import { taskQueue } from '../../scripts/stack/environment.ts';
import { eventsOf, historyOf } from './history.ts';
import { assertOneOfEach } from './one-of-each.ts';
import { run } from './programs.ts';
import { openStack, type Stack } from './stack.ts';
import { driverStage } from './stages.ts';

const procedure = 'generateActivationKey';

suite('an activation on a real server', () => {
  let stack: Stack;
  before(async () => {
    stack = await openStack();
  });
  after(() => stack.close());

  suite('for the first time', { concurrency: true }, () => {
    test('started by Temporal’s own command line completes, with no more events than in the driver', async () => {
      const { ase, azure, client } = stack;
      const device = stack.device('edge-1');
      const { code, stderr } = await temporalStart(stack, workflowIdOf(device), { deviceId: device.id });
      assert.equal(code, 0, stderr);
      assertOneOfEach(azure, device, await ase.result({ deviceId: device.id, procedure: 'generateActivationKey' }));
      const events = eventsOf(await historyOf(client, device)).length;
      // Two activities may end within one workflow task.
      assert.ok(events <= 75 && events <= (await eventsInDriver()), `${events} events`);
    });

    test('started together with the wait for its key returns the key, in at most 80 events', async () => {
      const { ase, azure, client } = stack;
      const device = stack.device('edge-2');
      const key = await ase.generateActivationKey({ deviceId: device.id });
      const result = await ase.result({ deviceId: device.id, procedure: 'generateActivationKey' });
      assert.deepEqual(key, result.activationKey);
      assertOneOfEach(azure, device, result);
      const events = eventsOf(await historyOf(client, device)).length;
      assert.ok(events <= 80, `${events} events`);
    });

    test('is joined by other requesters while it runs: one run, one key', async () => {
      const { ase, azure } = stack;
      const device = stack.device('edge-3');
      const first = await ase.start({ deviceId: device.id });
      const second = await ase.start({ deviceId: device.id.toUpperCase() });
      assert.deepEqual([first.started, second.started], [true, false]);
      assert.equal(second.runId, first.runId);
      const [one, other] = await Promise.all([
        ase.generateActivationKey({ deviceId: device.id }),
        ase.generateActivationKey({ deviceId: device.id }),
      ]);
      assert.deepEqual(one, other);
      assertOneOfEach(azure, device, await ase.result(first));
    });

    test('is joined by a bare start under the policy USE_EXISTING', async () => {
      const { ase, client } = stack;
      const device = stack.device('edge-4');
      const { runId } = await ase.start({ deviceId: device.id });
      const joined = await client.workflow.start(procedure, {
        workflowId: workflowIdOf(device),
        workflowIdConflictPolicy: 'USE_EXISTING',
        taskQueue,
        args: [{ deviceId: device.id }],
      });
      assert.equal(joined.firstExecutionRunId, runId);
      await ase.result({ deviceId: device.id });
    });

    test('fails under the workflow id of another device, and names the right one', async () => {
      const { client } = stack;
      const device = stack.device('edge-1');
      const { code, stderr } = await temporalStart(stack, 'my-activation', { deviceId: device.id });
      assert.equal(code, 0, stderr);
      await assert.rejects(client.workflow.getHandle('my-activation').result(), ({ cause }: Error) => {
        assert.ok(cause instanceof ApplicationFailure);
        assert.equal(cause.type, 'WrongWorkflowId');
        assert.ok(cause.message.includes(`"${workflowIdOf(device)}"`), cause.message);
        return true;
      });
    });
  });

  test('on a converged device writes nothing and returns the current key', async () => {
    const { ase, azure } = stack;
    const device = stack.device('edge-2');
    const before = await ase.result({ deviceId: device.id, procedure: 'generateActivationKey' });
    azure.control.clearRequests();
    assert.deepEqual(await ase.generateActivationKey({ deviceId: device.id }), before.activationKey);
    assert.deepEqual(await ase.result({ deviceId: device.id, procedure: 'generateActivationKey' }), before);
    assert.deepEqual(writes(stack), []);
  });

  test('on an activated device is refused and writes nothing', async () => {
    const { ase, azure } = stack;
    const device = stack.device('edge-2');
    const { keyVault, activationKey } = await ase.result({ deviceId: device.id, procedure: 'generateActivationKey' });
    const versions = azure.state.vaults[keyVault.name]?.secrets['ase-activation-key']?.versions ?? [];
    const key = versions.find(({ version }) => version === activationKey.version)?.value ?? '';
    assert.partialDeepStrictEqual(await activate(azure, device.name, key), { activated: true });
    azure.control.clearRequests();
    await assert.rejects(ase.generateActivationKey({ deviceId: device.id }), (error) => {
      assert.ok(error instanceof AseError);
      assert.equal(`${error.type} ${error.failure}`, 'OperationFailed DeviceAlreadyActivated');
      return true;
    });
    assert.deepEqual(writes(stack), []);
  });
});

/** As a person types it: nothing but the device. */
const temporalStart = ({ temporal }: Stack, workflowId: string, input: object) => {
  const server = ['--address', temporal.address, '--disable-config-file', '--disable-config-env'];
  const workflow = ['--type', procedure, '--task-queue', taskQueue, '--workflow-id', workflowId];
  const args = ['workflow', 'start', ...server, ...workflow, '--input', JSON.stringify(input)];
  return run(temporal.cli, args, process.env);
};

const eventsInDriver = async (): Promise<number> => {
  const stage = await driverStage('edge-1');
  await stage.start();
  await stage.result();
  return stage.historyEvents();
};

const writes = ({ azure }: Stack): (string | undefined)[] =>
  azure.requests.filter(({ write }) => write).map(({ action }) => action);
