/** A device has one vault, whatever names were asked for, whoever else wants them, and whatever its record says. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { resourceGroupId } from '../../domain/device.ts';
import { assertActivatable } from '../harness/invariants.ts';
import type { Run } from '../harness/temporal/index.ts';
import { blockOf, createWorld, decide, refusal, resultOf, runToEnd, runToRest, type World } from '../harness/world.ts';

const isVaultPath = ({ url }: Request): boolean => /Microsoft.KeyVault\/vaults\/[^/]+\?/.test(url);
const isVaultWrite = ({ method, url }: Request): boolean => method === 'PUT' && /\/vaults\/[^/]+\?/.test(url);

const activated = async (world: World, name = 'edge-1') => runToEnd(world, await world.generate({}, name));

const blockAfter = async (world: World, run: Run) => {
  await runToRest(world, run);
  return blockOf(run);
};

suite('a device keeps its vault when', () => {
  test('a run with a given name was aborted, and the next run names none', async () => {
    const world = await createWorld();
    world.azure.control.neverRegister({ namespace: 'Microsoft.Storage' });
    const run = await world.generate({ keyVaultName: 'my-own-vault' });
    await runToRest(world, run);
    await decide(run, { decision: 'abort' });
    await runToRest(world, run);
    world.azure.control.letRegister({ namespace: 'Microsoft.Storage' });
    const { keyVault } = await activated(world);
    assert.equal(keyVault.name, 'my-own-vault');
    assert.deepEqual(world.vaultsOf(), ['my-own-vault']);
  });

  test('a retry of the blocked step names another one', async () => {
    const world = await createWorld();
    const { keyVault } = await activated(world);
    world.azure.control.closeFirewall({ vaultName: keyVault.name });
    const run = await world.generate();
    assert.equal((await blockAfter(world, run)).failure, 'VaultNetworkClosed');
    await decide(run, { input: { keyVaultName: 'second-vault' } });
    assert.equal((await blockAfter(world, run)).failure, 'DeviceHasOtherVault');
    assert.deepEqual(world.vaultsOf(), [keyVault.name]);
  });

  test('a retry of the blocked step names one that carries its tags as well', async () => {
    const world = await createWorld();
    const { keyVault } = await activated(world);
    world.azure.control.closeFirewall({ vaultName: keyVault.name });
    const run = await world.generate();
    await runToRest(world, run);
    const { vaults } = world.azure.state;
    const id = keyVault.id.replace(keyVault.name, 'second-vault');
    vaults['second-vault'] = { ...structuredClone(vaults[keyVault.name]!), name: 'second-vault', id };
    world.azure.control.openFirewall({ vaultName: 'second-vault' });
    world.azure.control.clearRequests();
    await decide(run, { input: { keyVaultName: 'second-vault' } });
    assert.equal((await blockAfter(world, run)).failure, 'DeviceHasOtherVault');
    assert.deepEqual(world.writes(), []);
  });

  test('the device is not linked yet and a retry of the blocked step names another one', async () => {
    const world = await createWorld();
    world.azure.control.neverRegister({ namespace: 'Microsoft.Storage' });
    const first = await world.generate();
    await runToRest(world, first);
    await decide(first, { decision: 'abort' });
    await runToRest(world, first);
    const [name = ''] = world.vaultsOf();
    world.azure.control.closeFirewall({ vaultName: name });
    const run = await world.generate();
    assert.equal((await blockAfter(world, run)).step, 'ensureKeyVault');
    await decide(run, { input: { keyVaultName: 'second-vault' } });
    const { failure, retryWith } = await blockAfter(world, run);
    assert.equal(failure, 'DeviceHasOtherVault');
    assert.deepEqual(retryWith, { keyVaultName: name });
    assert.deepEqual(world.vaultsOf(), [name]);
  });
});

test("a link to another device's vault is refused, and both devices keep everything", async () => {
  const world = await createWorld();
  const first = await activated(world);
  await world.linkDevice(first.keyVault.id, first.keyVault.uri, 'edge-2');
  world.azure.control.clearRequests();
  const run = await world.generate({}, 'edge-2');
  assert.equal((await blockAfter(world, run)).failure, 'VaultNameTaken');
  assert.deepEqual(world.writes(), []);
  assert.deepEqual(await activated(world), first);
  assert.deepEqual(world.vaultsOf('edge-2'), []);
});

test('a device that is linked to another vault while the new one is being created blocks, and its record is unchanged', async () => {
  let linked = false;
  const world = await createWorld({
    meddle: async (request, pass, { device, linkDevice }) => {
      const answer = await pass(request);
      if (isVaultWrite(request) && !linked) {
        linked = true;
        const other = `${resourceGroupId(device())}/providers/Microsoft.KeyVault/vaults/other-vault`;
        await linkDevice(other, 'https://other-vault.vault.localhost/', 'edge-1');
      }
      return answer;
    },
  });
  const run = await world.generate();
  assert.equal((await blockAfter(world, run)).failure, 'DeviceHasOtherVault');
  const { link } = world.azure.state.dataBoxEdge.devices[world.device().id.toLowerCase()]!;
  assert.match(link.clientSecretStoreId ?? '', /other-vault$/);
});

test('an own vault that an outdated answer omits after its tags were written is read again, without a question', async () => {
  let stale = false;
  const world = await createWorld({
    meddle: (request, pass) => {
      if (request.url.includes('Microsoft.Resources/tags')) stale = true;
      else if (stale && request.method === 'GET' && /\/vaults\/[^/]+\?/.test(request.url)) {
        stale = false;
        return Promise.resolve(refusal(404, 'ResourceNotFound'));
      }
      return pass(request);
    },
  });
  const { keyVault } = await activated(world);
  delete world.azure.state.vaults[keyVault.name]!.tags['ase-device'];
  assert.deepEqual((await activated(world)).keyVault, keyVault);
  assert.equal(world.azure.state.vaults[keyVault.name]!.tags['ase-device'], 'edge-1');
});

test('of two devices with one vault name, whose creations are both executed before either reads the vault, the first has it', async () => {
  let landTheOther: (() => Promise<unknown>) | undefined;
  const world = await createWorld({
    settings: { vaultDns: 0 },
    meddle: async (request, pass, { temporal }) => {
      if (!isVaultWrite(request)) return pass(request);
      if ((await request.clone().text()).includes('"edge-2"')) {
        landTheOther = () => pass(request);
        return temporal.interrupt('timeout');
      }
      const answer = await pass(request);
      await landTheOther?.();
      return answer;
    },
  });
  const two = await world.generate({ keyVaultName: 'shared-name' }, 'edge-2');
  await world.temporal.runUntil(() => landTheOther !== undefined);
  const one = await world.generate({ keyVaultName: 'shared-name' });
  await world.temporal.runUntil(
    () => one.outcome !== undefined && two.searchAttributes['AseBlockedStep'] !== undefined,
  );
  assert.equal((await blockOf(two)).failure, 'VaultNameTaken');
  assertActivatable(world.azure, world.device(), resultOf(one));
  assert.deepEqual(world.vaultsOf('edge-2'), []);
});

suite('a soft-deleted vault', () => {
  test('with a name that Azure refuses, in a list that requires only a right on the group, blocks with that right', async () => {
    const world = await createWorld();
    const { keyVault } = await activated(world);
    world.azure.control.softDeleteVault({ vaultName: keyVault.name });
    const action = 'Microsoft.KeyVault/locations/deletedVaults/read';
    world.azure.control.takeRight({ principal: 'worker', action });
    const scope = resourceGroupId(world.device());
    world.azure.control.assignRole({ principal: 'worker', role: 'Edge Key Vault Activator', scope });
    const run = await world.generate();
    const { step, failure, message } = await blockAfter(world, run);
    assert.equal(`${step} ${failure}`, 'ensureKeyVault MissingPermission');
    assert.match(message, new RegExp(`the worker needs ${action} on the subscription`));
    assert.deepEqual(world.vaultsOf(), []);
    world.azure.control.giveBackRight({ principal: 'worker', action });
    await world.temporal.runUntil(() => run.searchAttributes['AseFailure'] === 'VaultSoftDeleted');
  });

  test('that is not visible right after its recovery is not created again over its contents', async () => {
    let reads = -1;
    const world = await createWorld({
      meddle: async (request, pass) => {
        if (isVaultWrite(request)) reads = 0;
        const hidden = request.method === 'GET' && isVaultPath(request) && reads >= 0 && reads++ < 2;
        return hidden ? refusal(404, 'ResourceNotFound') : pass(request);
      },
    });
    const { keyVault } = await activated(world);
    const vault = world.azure.state.vaults[keyVault.name];
    assert.ok(vault);
    vault.tags['cost-center'] = '4711';
    world.azure.control.softDeleteVault({ vaultName: keyVault.name });
    const result = await runToEnd(world, await world.generate({ softDeletedVault: 'recover' }));
    assert.equal(world.azure.state.vaults[keyVault.name]?.tags['cost-center'], '4711');
    assertActivatable(world.azure, world.device(), result);
  });

  test('that is purged in the moment of its recovery is created again', async () => {
    let writes = 0;
    const world = await createWorld({
      meddle: (request, pass, { azure }) => {
        if (isVaultWrite(request) && writes++ === 1) azure.state.deletedVaults = {};
        return pass(request);
      },
    });
    const { keyVault } = await activated(world);
    world.azure.control.softDeleteVault({ vaultName: keyVault.name });
    const result = await runToEnd(world, await world.generate({ softDeletedVault: 'recover' }));
    assert.ok(writes > 2);
    assertActivatable(world.azure, world.device(), result);
  });
});
