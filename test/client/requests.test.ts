/** Calls that are made again under the id of their request, on a real server: one request, one run, one key. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { connect, type Ase, type AseError, type AseErrorType } from '../../client.ts';
import { readConfig } from '../../config.ts';
import { workflowIdOf } from '../../domain/device.ts';
import { runAse } from '../cli/ase.ts';
import { orderDevice } from '../server/order-device.ts';
import { borrowStack } from '../server/shared-stack.ts';
import type { Stack } from '../server/stack.ts';
import { until } from '../server/until.ts';

suite('calls with the same request id', { concurrency: true }, () => {
  let stack: Stack;
  before(async () => {
    stack = await borrowStack();
    const { control } = stack.azure;
    control.assignRole({ principal: 'worker', role: 'Edge Key Vault Deleter' });
  });
  after(() => stack.close());

  const idOf = (name: string): string => stack.device(name).id;
  const refused = (call: Promise<unknown>, type: AseErrorType, message: RegExp): Promise<void> =>
    assert.rejects(call, (error: AseError) => {
      assert.equal(error.type, type, error.message);
      assert.match(`${error.failure ?? ''} ${error.message}`, message);
      return true;
    });

  /** All runs that there have been for a device, by their types. */
  const runsOf = async (name: string): Promise<string[]> => {
    const query = `WorkflowId = '${workflowIdOf(stack.device(name))}'`;
    return (await Array.fromAsync(stack.client.workflow.list({ query }))).map(({ type }) => type).sort();
  };

  const keysOf = (name: string): number =>
    Object.values(stack.azure.state.vaults)
      .filter(({ tags }) => tags['ase-device'] === name)
      .flatMap(({ secrets }) => secrets['ase-activation-key']?.versions ?? []).length;

  test('get one new key: concurrently, after the end, after other procedures, and after Temporal forgot the run', async () => {
    const { ase, client, connection } = stack;
    const deviceId = idOf('edge-1');
    const regenerate = (requestId: string) => ase.regenerateActivationKey({ deviceId, supersede: true }, { requestId });
    await ase.generateActivationKey({ deviceId });
    await ase.result({ deviceId });

    const [one, other] = await Promise.all([regenerate('a'), regenerate('a')]);
    assert.deepEqual(one, other);
    const request = { procedure: 'regenerateActivationKey', input: { deviceId, supersede: true } } as const;
    const started = await ase.startProcedure(request, { requestId: 'a' });
    assert.deepEqual((await ase.result(started)).activationKey, one);
    assert.deepEqual(await regenerate('a'), one);
    assert.deepEqual(await runsOf('edge-1'), ['generateActivationKey', 'regenerateActivationKey']);

    await ase.generateActivationKey({ deviceId });
    await ase.result({ deviceId });
    assert.deepEqual(await regenerate('a'), one);
    await ase.result({ deviceId });

    const query = `WorkflowId = '${workflowIdOf(stack.device('edge-1'))}'`;
    for await (const workflowExecution of client.workflow.list({ query })) {
      await connection.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
    }
    await until('all is forgotten', async () =>
      ase.status({ deviceId }).then(
        () => false,
        ({ type }: AseError) => type === 'NotFound',
      ),
    );
    assert.deepEqual(await regenerate('a'), one);
    assert.equal(keysOf('edge-1'), 2);
    await ase.result({ deviceId });

    await regenerate('b');
    await ase.result({ deviceId });
    await refused(regenerate('a'), 'OperationFailed', /^KeySuperseded .*request "a"/);
    assert.equal(keysOf('edge-1'), 3);
  });

  test('join the run under way, and calls with another id do not', async () => {
    const { ase, azure } = stack;
    const deviceId = idOf('edge-2');
    const input = { deviceId, supersede: true };
    const { keyVault } = await ase
      .generateActivationKey({ deviceId })
      .then(() => ase.result({ deviceId, procedure: 'generateActivationKey' }));
    azure.control.closeFirewall({ vaultName: keyVault.name });
    const first = await ase.startProcedure({ procedure: 'regenerateActivationKey', input }, { requestId: 'a' });
    await until('it is blocked', async () => (await ase.status({ deviceId })).blocked);
    const second = await ase.startProcedure({ procedure: 'regenerateActivationKey', input }, { requestId: 'a' });
    assert.deepEqual(second, { ...first, started: false });
    await refused(
      ase.regenerateActivationKey(input, { requestId: 'b' }),
      'DeviceBusy',
      /regenerateActivationKey has been running/,
    );
    await refused(ase.regenerateActivationKey(input), 'DeviceBusy', /regenerateActivationKey has been running/);
    await refused(
      ase.deleteKeyVault({ deviceId }, { requestId: 'a' }),
      'InvalidInput',
      /used for regenerateActivationKey/,
    );
    const key = ase.regenerateActivationKey(input, { requestId: 'a' });
    azure.control.openFirewall({ vaultName: keyVault.name });
    assert.deepEqual(await key, (await ase.result({ deviceId, procedure: 'regenerateActivationKey' })).activationKey);
    const typed = await runAse(
      'key regenerate -g edge-rg -n edge-2 --supersede --request-id a -o json',
      stack.operatorEnv,
    );
    assert.equal(typed.code, 0, typed.stderr);
    assert.match(typed.stderr, /was already started/);
    assert.deepEqual((JSON.parse(typed.stdout) as { activationKey: unknown }).activationKey, await key);
  });

  test('delete once, repair once, and fail once, however many other calls came in between', async () => {
    const { ase } = stack;
    const deviceId = idOf('edge-3');
    const named = (requestId: string) => ({ requestId });
    await ase.generateActivationKey({ deviceId }, named('made'));
    const made = await ase.result({ deviceId, procedure: 'generateActivationKey' });

    const refusedKey = () =>
      refused(ase.regenerateActivationKey({ deviceId }, named('refused')), 'OperationFailed', /^KeyStillLive/);
    await refusedKey();
    await refusedKey();

    const repaired = await ase.repair({ deviceId }, named('repaired'));
    assert.deepEqual(await ase.repair({ deviceId }, named('repaired')), repaired);

    const consent = { decision: 'delete-vault', keyVaultName: made.keyVault.name } as const;
    const gone = await ase.deleteKeyVault({ deviceId, consent }, named('gone'));
    const { keyVault } = await ase.result(gone);
    assert.equal(keyVault.outcome, 'deleted');
    await ase.startProcedure({ procedure: 'recoverKeyVault', input: { deviceId } }, named('back'));
    await ase.result({ deviceId, procedure: 'recoverKeyVault' });

    const before = await runsOf('edge-3');
    assert.deepEqual(await ase.deleteKeyVault({ deviceId, consent }, named('gone')), { ...gone, started: false });
    await refusedKey();
    assert.deepEqual(await ase.repair({ deviceId }, named('repaired')), repaired);
    assert.deepEqual(await ase.generateActivationKey({ deviceId }, named('made')), made.activationKey);
    assert.equal((await ase.start({ deviceId }, named('made'))).started, false);
    assert.deepEqual(await runsOf('edge-3'), before);
  });

  test('do not get a key that a later one has disabled', async () => {
    const { ase } = stack;
    const deviceId = idOf('edge-4');
    const named = { requestId: 'first' };
    const first = await ase.generateActivationKey({ deviceId }, named);
    await ase.result({ deviceId });
    await ase.generateActivationKey({ deviceId }, { requestId: 'second' });
    await ase.result({ deviceId });
    assert.deepEqual(await ase.generateActivationKey({ deviceId }, named), first);
    await ase.regenerateActivationKey({ deviceId, supersede: true });
    await ase.result({ deviceId });
    const before = await runsOf('edge-4');
    const superseded = /^KeySuperseded the request "first" .* one that regenerateActivationKey made took its place/;
    await refused(ase.generateActivationKey({ deviceId }, named), 'OperationFailed', superseded);
    await refused(ase.start({ deviceId }, named), 'OperationFailed', superseded);
    assert.deepEqual(await runsOf('edge-4'), before);
  });

  test('that are the first and concurrent are one run', async () => {
    const { ase, azure, operatorEnv } = stack;
    await using cleanup = new AsyncDisposableStack();
    const other = await connect({ config: readConfig(operatorEnv) });
    cleanup.defer(() => other.close());
    const twice = async <T>(call: (client: Ase) => Promise<T>): Promise<T> => {
      const [one, same] = await Promise.all([call(ase), call(other)]);
      assert.deepEqual({ ...same, started: true }, { ...one, started: true });
      return one;
    };

    const { id: deviceId } = await orderDevice(azure, 'twice-asked');
    const { id: started } = await orderDevice(azure, 'twice-started');
    await twice((client) => client.start({ deviceId: started }, { requestId: 'started' }));
    await twice((client) => client.generateActivationKey({ deviceId }, { requestId: 'made' }));
    await ase.result({ deviceId });
    await twice((client) => client.repair({ deviceId }, { requestId: 'repaired' }));
    await twice((client) => client.deleteKeyVault({ deviceId }, { requestId: 'gone' }));
    assert.deepEqual(await runsOf('twice-started'), ['generateActivationKey']);
    assert.deepEqual(await runsOf('twice-asked'), ['deleteKeyVault', 'generateActivationKey', 'repairDevice']);
  });

  test('are refused if the id is invalid, and nothing is started', async () => {
    const { ase } = stack;
    const deviceId = idOf('never-asked');
    const input = { deviceId, confirmDevice: 'never-asked' };
    const none = { requestId: 'two words' };
    const calls = [
      ase.generateActivationKey({ deviceId }, none),
      ase.regenerateActivationKey({ deviceId }, none),
      ase.regenerateActivationKey({ deviceId, ...none }),
      ase.start({ deviceId }, none),
      ase.repair({ deviceId }, none),
      ase.deleteDevice(input, none),
      ase.deleteKeyVault({ deviceId }, none),
      ase.startProcedure({ procedure: 'recoverKeyVault', input: { deviceId } }, none),
    ];
    for (const call of calls) await refused(call, 'InvalidInput', /requestId must be 1 to 64 printable ASCII/);
    await refused(ase.status({ deviceId }), 'NotFound', /no operation/);
  });
});
