/** What was said counts for what was read, and a result says what is so: after blocks of days, and whatever comes between. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Run } from '../harness/temporal/index.ts';
import { blockOf, decide, runToRest, type World } from '../harness/world.ts';
import {
  answer,
  assertProtected,
  assertSoftDeleted,
  endOfDevice,
  endOfVault,
  failedWith,
  isDeviceThere,
  putSecret,
  questionOf,
  startDeviceDeletion,
  startVaultDeletion,
  vaultId,
  vaultName,
  worldToDeleteIn,
} from './deletion.ts';

suite('a consent that a foreign lock delayed', () => {
  const theirs = (world: World) => ({ scope: vaultId(world), name: 'theirs', level: 'CanNotDelete' as const });

  const heldUp = async (): Promise<{ world: World; run: Run }> => {
    const world = await worldToDeleteIn();
    world.azure.control.putLock(theirs(world));
    const run = await startVaultDeletion(world);
    await answer(world, run);
    await runToRest(world, run);
    assert.equal((await blockOf(run)).step, 'checkKeyVaultDeletable');
    return { world, run };
  };

  for (const decision of [undefined, 'retry'] as const) {
    const how = decision ? 'on retry' : 'by itself';
    test(`does not cover later contents of the vault if it resumes ${how}`, async () => {
      const { world, run } = await heldUp();
      putSecret(world, 'payroll');
      world.azure.control.removeLock(theirs(world));
      if (decision) await decide(run, { decision });
      const { inventory, secrets } = await questionOf(world, run);
      assert.equal(inventory, 2);
      assert.ok(secrets.some(({ name }) => name === 'payroll'));
      assertProtected(world);
    });
  }

  test('counts if nothing has changed', async () => {
    const { world, run } = await heldUp();
    world.azure.control.removeLock(theirs(world));
    assert.equal((await endOfVault(world, run)).keyVault.outcome, 'deleted');
    assertSoftDeleted(world);
  });
});

suite('a deleted vault that is not listed among the deleted ones for hours', () => {
  const hidden = () =>
    worldToDeleteIn({
      meddle: (request, pass) =>
        request.url.includes('/deletedVaults') ? Promise.resolve(Response.json({ value: [] })) : pass(request),
    });

  test('is reported as deleted, and nobody is asked whether to keep it', async () => {
    const world = await hidden();
    const run = await startVaultDeletion(world);
    await answer(world, run);
    const { keyVault } = await endOfVault(world, run);
    assert.ok(keyVault.outcome === 'deleted');
    assert.equal(keyVault.deletedOn, undefined);
    assert.doesNotMatch(JSON.stringify(run.record), /Unexpected/);
    assertSoftDeleted(world);
  });

  test('is reported as deleted with its device, too', async () => {
    const world = await hidden();
    const run = await startDeviceDeletion(world);
    await answer(world, run);
    const { device, keyVault } = await endOfDevice(world, run);
    assert.deepEqual([device, keyVault.outcome], ['deleted', 'deleted']);
  });
});

suite('a device whose identity has changed while its deletion waited for consent', () => {
  for (const decision of ['keep-vault', 'delete-vault'] as const) {
    test(`is not reported as deleted, and its vault is not touched with ${decision}`, async () => {
      const world = await worldToDeleteIn();
      const run = await startDeviceDeletion(world);
      await questionOf(world, run);
      await world.createDeviceAgain();
      world.azure.control.clearRequests();
      await answer(world, run, { decision });
      await runToRest(world, run);
      const { step, failure } = await blockOf(run);
      assert.equal(`${step} ${failure}`, 'deleteDeviceResource IdentityMismatch');
      await decide(run, { decision: 'abort' });
      assert.match(await failedWith(world, run), /^IdentityMismatch: aborted by ada/);
      assert.ok(isDeviceThere(world));
      assert.deepEqual(world.writes(), []);
      assertProtected(world);
    });
  }
});

test('a link with a slash at its end leads to the same vault', async () => {
  const world = await worldToDeleteIn();
  await world.linkDevice(`${vaultId(world)}/`, `https://${vaultName(world)}.vault.localhost/`);
  const run = await startVaultDeletion(world);
  assert.equal((await questionOf(world, run)).keyVaultName, vaultName(world));
});

suite('of several vaults with the marks of a device', () => {
  const withTwo = async (): Promise<World> => {
    const world = await worldToDeleteIn();
    const { vaults } = world.azure.state;
    const own = vaults[vaultName(world)]!;
    vaults['a-former'] = structuredClone({
      ...own,
      name: 'a-former',
      id: own.id.replace(own.name, 'a-former'),
      tags: { ...own.tags, 'ase-device-principal': 'former' },
    });
    await world.linkDevice('', '');
    return world;
  };

  test('that of its present identity is asked about', async () => {
    const world = await withTwo();
    const run = await startVaultDeletion(world);
    assert.equal((await questionOf(world, run)).keyVaultName, vaultName(world));
  });

  test('none is chosen if the device is gone', async () => {
    const world = await withTwo();
    delete world.azure.state.dataBoxEdge.devices[world.device().id.toLowerCase()];
    assert.match(
      await failedWith(world, await startVaultDeletion(world)),
      /^InvalidInput: the device "edge-1" had "\S+" and "\S+": name one in keyVaultName$/,
    );
  });
});
