import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseDeviceId, resourceGroupId, workflowIdOf } from '../../domain/device.ts';
import { awaitActivationKeyUpdate } from '../../workflows/messages.ts';
import { assertActivatable } from '../harness/invariants.ts';
import { createWorld, failureOf, keyFrom, resultOf, runToRest, status, type World } from '../harness/world.ts';
import type { Run } from '../harness/temporal/index.ts';

const finished = async (world: World, run: Run) => {
  await runToRest(world, run);
  return resultOf(run);
};

suite('generateActivationKey', () => {
  test('creates, protects and links the vault of a device, and returns the reference of its key', async () => {
    const world = await createWorld();
    const result = await finished(world, await world.generate());
    assertActivatable(world.azure, world.device(), result);
    assert.equal(result.audit, 'complete');
    assert.deepEqual(result.skipped, []);
  });

  test('sends one request without a token: the first to the vault, which answers with its kind of token', async () => {
    const world = await createWorld();
    await finished(world, await world.generate());
    await finished(world, await world.generate());
    const { requests } = world.azure;
    const first = requests.find(({ path }) => path.startsWith('/secrets'));
    assert.deepEqual(
      requests.filter(({ status: answered }) => answered === 401),
      [first],
    );
  });

  for (const group of ['rg-zürich', '東京', 'edge(1).x_y']) {
    test(`works in the resource group "${group}"`, async () => {
      const world = await createWorld();
      const { azure } = world;
      azure.control.putGroup({ name: group, location: 'westeurope' });
      const scope = resourceGroupId({ ...world.device(), resourceGroup: group });
      azure.control.assignRole({ principal: 'worker', role: 'Edge Key Vault Activator', scope });
      const id = `${scope}/providers/Microsoft.DataBoxEdge/dataBoxEdgeDevices/edge-1`;
      await world.asOwner('PUT', id, '2021-06-01', { location: 'westeurope', identity: { type: 'SystemAssigned' } });
      const device = parseDeviceId(id);
      const options = { workflowId: workflowIdOf(device) };
      const run = await world.temporal.start('generateActivationKey', [{ deviceId: id }], options);
      assertActivatable(azure, device, await finished(world, run));
    });
  }

  test('creates a key that the device accepts', async () => {
    const world = await createWorld();
    const { keyVault } = await finished(world, await world.generate());
    const outcome = await world.pasteKey(keyVault.name);
    assert.equal(outcome.activated, true, JSON.stringify(outcome));
  });

  test('writes each resource once, the slow storage account first and the key last', async () => {
    const world = await createWorld();
    await finished(world, await world.generate());
    assert.deepEqual(world.writes(), [
      'Microsoft.KeyVault/register/action',
      'Microsoft.Storage/register/action',
      'Microsoft.Insights/register/action',
      'Microsoft.Storage/storageAccounts/write',
      'Microsoft.KeyVault/vaults/write',
      'Microsoft.Authorization/locks/write',
      'Microsoft.Insights/diagnosticSettings/write',
      'Microsoft.Authorization/locks/write',
      'Microsoft.KeyVault/vaults/accessPolicies/write',
      'secrets/set',
      'Microsoft.DataBoxEdge/dataBoxEdgeDevices/updateExtendedInformation/action',
      'Microsoft.DataBoxEdge/dataBoxEdgeDevices/generateCertificate/action',
      'Microsoft.DataBoxEdge/dataBoxEdgeDevices/uploadCertificate/action',
      'secrets/set',
    ]);
  });

  test('has the audit trail in place before the first secret is written', async () => {
    const world = await createWorld();
    await finished(world, await world.generate());
    const writes = world.writes();
    assert.ok(writes.indexOf('Microsoft.Insights/diagnosticSettings/write') < writes.indexOf('secrets/set'));
  });

  test('with audit "after" returns the key while the storage account is still being created', async () => {
    const world = await createWorld({ settings: { storageAccount: 180_000 } });
    const run = await world.generate({ audit: 'after' });
    const { result } = await run.update(awaitActivationKeyUpdate);
    let handedOverAt: number | undefined;
    void result.then(() => (handedOverAt = world.clock.now()));
    const startedAt = world.clock.now();
    const end = await finished(world, run);
    assert.ok(handedOverAt !== undefined && handedOverAt - startedAt < 30_000, `after ${handedOverAt} ms`);
    assert.ok(world.clock.now() - startedAt >= 180_000);
    assert.equal(keyFrom(await result).version, end.activationKey.version);
    assertActivatable(world.azure, world.device(), end);
  });

  test('writes 75 events into its history', async () => {
    const world = await createWorld();
    const run = await world.generate();
    await finished(world, run);
    assert.equal(run.historyEvents, 75);
  });

  test('writes no more events for an account that takes half an hour', async () => {
    const world = await createWorld({ settings: { storageAccount: 30 * 60_000 } });
    const run = await world.generate();
    await finished(world, run);
    assert.equal(run.historyEvents, 75);
  });

  test('on a converged device writes nothing and returns the same key', async () => {
    const world = await createWorld();
    const first = await finished(world, await world.generate());
    world.azure.control.clearRequests();
    const second = await finished(world, await world.generate());
    assert.deepEqual(world.writes(), []);
    assert.deepEqual(second, first);
  });

  test('creates a new key if the present one has expired, and disables the old one', async () => {
    const world = await createWorld();
    const first = await finished(world, await world.generate());
    world.clock.advanceTo(world.clock.now() + 3 * 86_400_000);
    const second = await finished(world, await world.generate());
    assert.notEqual(second.activationKey.version, first.activationKey.version);
    assert.deepEqual(second.channelIntegrityKey, first.channelIntegrityKey);
    assertActivatable(world.azure, world.device(), second);
  });

  test('never creates a key for an activated device', async () => {
    const world = await createWorld();
    const { keyVault } = await finished(world, await world.generate());
    await world.pasteKey(keyVault.name);
    world.azure.control.clearRequests();
    const run = await world.generate();
    await runToRest(world, run);
    assert.match(failureOf(run), /^DeviceAlreadyActivated: the device "edge-1" is already activated/);
    assert.deepEqual(world.writes(), []);
  });

  test('treats the device id in any letter case as the same device', async () => {
    const world = await createWorld();
    const { id } = world.device();
    const result = await finished(world, await world.generate({ deviceId: id.toUpperCase() }));
    const again = await finished(world, await world.generate({ deviceId: id.toLowerCase() }));
    assert.deepEqual(again.keyVault, result.keyVault);
  });

  test('continues with the resources of an interrupted run', async () => {
    const world = await createWorld();
    const first = await world.generate();
    await world.temporal.runUntil(() => first.pendingActivities.some(({ name }) => name === 'awaitAuditStorage'));
    await first.terminate('lost');
    const result = await finished(world, await world.generate());
    assertActivatable(world.azure, world.device(), result);
  });

  test('uses the requested vault name', async () => {
    const world = await createWorld();
    const { keyVault } = await finished(world, await world.generate({ keyVaultName: 'my-own-vault' }));
    assert.equal(keyVault.name, 'my-own-vault');
  });

  test('shows in its status the completed steps and the present one', async () => {
    const world = await createWorld();
    const run = await world.generate();
    await world.temporal.runUntil(() => run.pendingActivities.some(({ name }) => name === 'awaitAuditStorage'));
    const { steps, phase } = await status(run);
    assert.equal(phase, 'waiting');
    assert.deepEqual(
      steps.map(({ step, state }) => `${step} ${state}`),
      [
        'planActivation done',
        'registerProviders done',
        'beginAuditStorage done',
        'ensureKeyVault done',
        'lockKeyVault done',
        'awaitAuditStorage running',
      ],
    );
  });
});

/** Tokens of Resource Manager's budget for a subscription: a POST is a write there, also where it only reads. */
const spent = ({ azure }: World): { reads: number; writes: number } => {
  const sent = azure.requests.filter(({ principal, host }) => principal === 'worker' && host.startsWith('management.'));
  const reads = sent.filter(({ method }) => method === 'GET').length;
  return { reads, writes: sent.length - reads };
};

for (const [seconds, expected] of [
  [20, { reads: 42, writes: 14 }],
  [180, { reads: 53, writes: 14 }],
] as const) {
  test(`an activation uses this much of the budget if the account takes ${seconds} seconds`, async () => {
    const world = await createWorld({ settings: { storageAccount: seconds * 1000 } });
    for (const namespace of [
      'Microsoft.KeyVault',
      'Microsoft.Storage',
      'Microsoft.Insights',
      'Microsoft.DataBoxEdge',
    ]) {
      world.azure.control.register({ namespace });
    }
    await finished(world, await world.generate());
    assert.deepEqual(spent(world), expected);
  });
}
