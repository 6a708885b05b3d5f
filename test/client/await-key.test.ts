/** How long callers wait for a key on a real server, and what that costs the run. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { GenerateActivationKeyInput } from '../../client.ts';
import { openTemporal } from '../../client/temporal.ts';
import { pause, watchForKey } from '../../client/await-key.ts';
import { readConfig } from '../../config.ts';
import { historyOf } from '../server/history.ts';
import { openStack, type Stack } from '../server/stack.ts';
import { until } from '../server/until.ts';

suite('a caller that waits for a key', { concurrency: 1 }, () => {
  let stack: Stack;
  before(async () => {
    // The run goes on for long after its key is out.
    stack = await openStack({ durable: true, settings: { storageAccount: 600_000 } });
  });
  after(() => stack.close());

  /** How often the run of a device was asked for its key, and how often it has answered. */
  const questions = async (name: string) => {
    const { events } = await historyOf(stack.client, stack.device(name));
    return {
      asked: events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes).length,
      answered: events?.filter((event) => event.workflowExecutionUpdateCompletedEventAttributes).length,
    };
  };

  const block = async (input: GenerateActivationKeyInput): Promise<void> => {
    await stack.ase.start(input);
    await until('it is blocked', async () => (await stack.ase.status({ deviceId: input.deviceId })).blocked);
  };

  test('gets it as soon as it exists', async () => {
    const { ase } = stack;
    const deviceId = stack.device('edge-1').id;
    const key = await ase.generateActivationKey({ deviceId, audit: 'after' });
    const { execution, activationKey } = await ase.status({ deviceId });
    assert.equal(execution, 'running');
    assert.deepEqual(key, activationKey);
    assert.deepEqual(await questions('edge-1'), { asked: 1, answered: 1 });
  });

  test('for longer than a minute sends one request to the run, gets the key soon after, and survives a restart of the server', async () => {
    const { ase, temporal } = stack;
    const deviceId = stack.device('edge-2').id;
    await block({ deviceId, keyVaultName: 'strangers-vault', audit: 'after' });
    const key = ase.generateActivationKey({ deviceId });
    await until('it is told to wait', async () => (await questions('edge-2')).answered === 1);
    await temporal.kill();
    await temporal.startAgain();
    await until('the worker is back', async () => (await ase.status({ deviceId })).worker);
    await ase.decide({ deviceId, decision: 'retry', by: 'ada', input: { keyVaultName: 'free-after-all' } });
    const { secretId } = await key;
    assert.match(secretId, /free-after-all/);
    assert.equal((await ase.status({ deviceId })).execution, 'running');
    assert.equal((await questions('edge-2')).asked, 2, 'the decision is the other one');
  });

  test('and polls the run gets it even while the run is blocked at a later step', async () => {
    const { ase, azure, device, operatorEnv } = stack;
    const right = { principal: 'worker', action: 'Microsoft.Storage/storageAccounts/write' };
    azure.control.takeRight(right);
    const input = { deviceId: device('edge-3').id, audit: 'after' } as const;
    const { runId } = await ase.start(input);
    await until('it is blocked', async () => (await ase.status({ deviceId: input.deviceId })).blocked);
    const temporal = await openTemporal({ config: readConfig(operatorEnv) });
    const key = await watchForKey(temporal, device('edge-3'), runId, new Date(Date.now() + 5_000));
    await temporal.close();
    const { phase, activationKey } = await ase.status({ deviceId: input.deviceId });
    assert.deepEqual([phase, key], ['blocked', activationKey]);
    azure.control.giveBackRight(right);
  });

  test('gets the failure of a run that ends without a key', async () => {
    const { ase } = stack;
    const deviceId = stack.device('edge-5').id;
    await block({ deviceId });
    const key = ase.generateActivationKey({ deviceId });
    const failed = assert.rejects(key, { type: 'OperationFailed', failure: 'IdentityDisabled' });
    await until('it is asked', async () => (await questions('edge-5')).asked === 1);
    await ase.decide({ deviceId, decision: 'abort', by: 'ada' });
    await failed;
  });
});

test('the longer a caller has waited for a key, the more rarely it polls: from every two seconds to every half a minute', () => {
  assert.deepEqual([0, 60_000, 10 * 60_000, 14 * 24 * 3_600_000].map(pause), [2_000, 3_000, 30_000, 30_000]);
});
