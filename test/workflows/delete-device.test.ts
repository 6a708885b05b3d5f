/** Deleting a device, with its key vault or without, never without a word about the vault. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { keyVaultIdOf } from '../../domain/key-vault.ts';
import { decide, refusal, runToEnd, runToRest, status, type World } from '../harness/world.ts';
import {
  answer,
  assertProtected,
  assertRetained,
  assertSoftDeleted,
  day,
  endOfDevice,
  failedWith,
  hour,
  isDeviceThere,
  putSecret,
  questionOf,
  startDeviceDeletion,
  vaultName,
  worldToDeleteIn,
} from './deletion.ts';

/** Somebody pastes the key that is in the vault: the device is in use. */
const takeIntoUse = async (world: World): Promise<void> => {
  const outcome = await world.pasteKey(vaultName(world));
  assert.equal(outcome.activated, true, JSON.stringify(outcome));
  world.azure.control.clearRequests();
};

suite('a device is deleted', () => {
  test('with its vault after consent, and the vault can be recovered for 90 days', async () => {
    const world = await worldToDeleteIn();
    const run = await startDeviceDeletion(world);
    await answer(world, run);
    const { device, keyVault } = await endOfDevice(world, run);
    assert.equal(device, 'deleted');
    assert.ok(keyVault.outcome === 'deleted');
    assert.equal(keyVault.keyVault.name, vaultName(world));
    assert.equal(Date.parse(keyVault.recoverableUntil!) - Date.parse(keyVault.deletedOn!), 90 * day);
    assert.equal(keyVault.decided.by, 'ada');
    assert.ok(!isDeviceThere(world));
    assertSoftDeleted(world);
  });

  test('without its vault if the answer is to keep it', async () => {
    const world = await worldToDeleteIn();
    const run = await startDeviceDeletion(world);
    await answer(world, run, { decision: 'keep-vault' });
    const { device, keyVault } = await endOfDevice(world, run);
    assert.deepEqual([device, keyVault.outcome], ['deleted', 'kept']);
    assert.ok(!isDeviceThere(world));
    assertRetained(world);
  });

  const silences: [what: string, hours: number, input: object][] = [
    ['72 hours', 72, {}],
    ['the hours in the input', 5, { consentWithin: 5 }],
  ];
  for (const [what, hours, input] of silences) {
    test(`without its vault if nobody answers for ${what}`, async () => {
      const world = await worldToDeleteIn();
      const run = await startDeviceDeletion(world, input);
      const { answerBy } = await questionOf(world, run);
      assert.equal(Date.parse(answerBy) - world.clock.now(), hours * hour);
      await world.temporal.runUntil(() => world.clock.now() > Date.parse(answerBy) - 1000);
      assert.ok(isDeviceThere(world));
      const { keyVault } = await endOfDevice(world, run);
      assert.ok(keyVault.outcome === 'kept');
      assert.equal(keyVault.decided.by, 'nobody');
      assert.ok(!isDeviceThere(world));
      assertRetained(world);
    });
  }

  test('not at all if the answer is to cancel, and the result reports that nothing was touched', async () => {
    const world = await worldToDeleteIn();
    const run = await startDeviceDeletion(world);
    await answer(world, run, { decision: 'cancel' });
    const { device, keyVault } = await endOfDevice(world, run);
    assert.deepEqual([device, keyVault.outcome], ['kept', 'kept']);
    assert.deepEqual(world.writes(), []);
    assertProtected(world);
  });
});

suite('nothing is touched', () => {
  for (const confirmDevice of ['edge-2', 'yes', '', undefined]) {
    test(`or even read if the confirmed name is ${JSON.stringify(confirmDevice)}`, async () => {
      const world = await worldToDeleteIn();
      const run = await startDeviceDeletion(world, { confirmDevice: confirmDevice as string });
      assert.match(
        await failedWith(world, run),
        /^NotConfirmed: confirmDevice must be the name of the device, "edge-1"/,
      );
      assert.deepEqual(world.azure.requests, []);
    });
  }

  test('if the device is in use and the input does not permit that', async () => {
    const world = await worldToDeleteIn();
    await takeIntoUse(world);
    const run = await startDeviceDeletion(world);
    assert.match(await failedWith(world, run), /^DeviceInUse: the device "edge-1" is in use; its status is Online$/);
    assert.deepEqual(world.writes(), []);
  });

  test('if the device was taken into use while its deletion waited for consent', async () => {
    const world = await worldToDeleteIn();
    const run = await startDeviceDeletion(world);
    await questionOf(world, run);
    await takeIntoUse(world);
    await answer(world, run, { decision: 'keep-vault' });
    assert.match(await failedWith(world, run), /^DeviceInUse: /);
    assert.deepEqual(world.writes(), []);
  });

  test('for a device from before the integration: in use, without a vault', async () => {
    const world = await worldToDeleteIn();
    const before = world.azure.state.dataBoxEdge.devices[world.device('edge-2').id.toLowerCase()]!;
    const edge = world.azure.state.dataBoxEdge.devices[world.device().id.toLowerCase()]!;
    await takeIntoUse(world);
    before.activation = structuredClone(edge.activation!);
    assert.match(await failedWith(world, await startDeviceDeletion(world, {}, 'edge-2')), /^DeviceInUse: /);
    assert.deepEqual(world.writes(), []);
    const { keyVault } = await endOfDevice(world, await startDeviceDeletion(world, { allowOnline: true }, 'edge-2'));
    assert.deepEqual(keyVault, { outcome: 'left alone', why: 'the device has no key vault' });
    assert.ok(!isDeviceThere(world, 'edge-2'));
  });

  test('if there is no such device', async () => {
    const world = await worldToDeleteIn();
    const run = await startDeviceDeletion(world, {}, 'edge-9');
    assert.match(await failedWith(world, run), /^DeviceNotFound: .* if its key vault still exists, delete the vault$/);
  });
});

test('a device in use is deleted if the input permits that, and its own secrets are not foreign', async () => {
  const world = await worldToDeleteIn();
  await takeIntoUse(world);
  const consent = { decision: 'delete-vault', keyVaultName: vaultName(world) } as const;
  const { keyVault } = await endOfDevice(world, await startDeviceDeletion(world, { allowOnline: true, consent }));
  assert.equal(keyVault.outcome, 'deleted');
  assertSoftDeleted(world);
});

suite('nothing is asked, and the result names the reason, for a device', () => {
  const linkTo = (world: World, id: string, name?: string) =>
    world.linkDevice(id, `https://${id.split('/').at(-1)}.vault.localhost/`, name);
  const cases: [what: string, device: string, arrange: (world: World) => unknown, why: RegExp][] = [
    ['without a vault', 'edge-2', () => undefined, /^the device has no key vault$/],
    ['without an identity', 'edge-5', () => undefined, /^the device has no key vault$/],
    [
      'that is linked to a vault elsewhere',
      'edge-2',
      (world) => linkTo(world, keyVaultIdOf(world.device(), vaultName(world)).replace('edge-rg', 'other-rg'), 'edge-2'),
      /^the device is linked to \S+other-rg\S+, which is outside its resource group$/,
    ],
    [
      "that is linked to another device's vault",
      'edge-2',
      (world) => linkTo(world, keyVaultIdOf(world.device(), vaultName(world)), 'edge-2'),
      /^the key vault "ase-edge1-\w+" belongs to another device, edge-1$/,
    ],
    [
      'whose vault is already deleted',
      'edge-1',
      ({ azure, vaultsOf }) => azure.control.softDeleteVault({ vaultName: vaultsOf()[0]! }),
      /^its key vault "ase-edge1-\w+" is already gone$/,
    ],
    [
      'that was recreated, and whose vault is that of its predecessor',
      'edge-1',
      (world) => world.createDeviceAgain(),
      /^the device has no key vault; "ase-edge1-\w+" belongs to a former device of the same name$/,
    ],
  ];
  for (const [what, name, arrange, why] of cases) {
    test(what, async () => {
      const world = await worldToDeleteIn();
      await arrange(world);
      const vaults = structuredClone(world.azure.state.vaults);
      const { device, keyVault } = await endOfDevice(world, await startDeviceDeletion(world, {}, name));
      assert.equal(device, 'deleted');
      assert.ok(keyVault.outcome === 'left alone');
      assert.match(keyVault.why, why);
      assert.ok(!isDeviceThere(world, name));
      assert.deepEqual(world.azure.state.vaults, vaults, 'no vault is touched');
    });
  }
});

test('a missing right to list vaults does not mean that there are none', async () => {
  let closed = true;
  const world = await worldToDeleteIn({
    meddle: (request, pass) =>
      closed && /\/vaults\?/.test(request.url) ? Promise.resolve(refusal(403, 'AuthorizationFailed')) : pass(request),
  });
  const run = await startDeviceDeletion(world, {}, 'edge-2');
  await runToRest(world, run);
  assert.equal(
    (await status(run)).blocked?.message,
    'the worker has no right to read the vaults of the group "edge-rg"',
  );
  assert.deepEqual(world.writes(), []);
  closed = false;
  assert.equal((await endOfDevice(world, run)).keyVault.outcome, 'left alone');
});

suite('a vault that others delete meanwhile', () => {
  test('ends the deletion before the device is touched', async () => {
    const world = await worldToDeleteIn();
    const run = await startDeviceDeletion(world);
    await questionOf(world, run);
    world.azure.control.softDeleteVault({ vaultName: vaultName(world) });
    await answer(world, run);
    assert.match(
      await failedWith(world, run),
      /^KeyVaultNotFound: somebody else deleted the key vault "\S+" meanwhile$/,
    );
    assert.deepEqual(world.writes(), []);
  });

  test('is not reported as kept', async () => {
    const world = await worldToDeleteIn();
    const run = await startDeviceDeletion(world);
    await answer(world, run, { decision: 'keep-vault' });
    world.azure.control.softDeleteVault({ vaultName: vaultName(world) });
    const { keyVault } = await endOfDevice(world, run);
    assert.ok(keyVault.outcome === 'left alone');
    assert.match(keyVault.why, /^somebody else deleted .* meanwhile$/);
  });
});

suite('consent in the start input', () => {
  const inAdvance = (world: World, decision: 'delete-vault' | 'keep-vault', keyVaultName = vaultName(world)) => ({
    consent: { decision, keyVaultName },
    requestedBy: 'bob',
  });

  test('covers our own secrets: nothing is asked', async () => {
    const world = await worldToDeleteIn();
    const { keyVault } = await endOfDevice(world, await startDeviceDeletion(world, inAdvance(world, 'delete-vault')));
    assert.ok(keyVault.outcome === 'deleted');
    assert.equal(keyVault.decided.by, 'bob');
    assertSoftDeleted(world);
  });

  test('to keep the vault requires no read of it', async () => {
    const world = await worldToDeleteIn();
    world.azure.control.closeFirewall({ vaultName: vaultName(world) });
    await endOfDevice(world, await startDeviceDeletion(world, inAdvance(world, 'keep-vault')));
    assertRetained(world);
  });

  const asked: [what: string, name: string | undefined, why: RegExp][] = [
    ['a foreign secret', undefined, /^consent in advance does not cover foreign secrets: payroll$/],
    ['another vault', 'ase-edge2-000000000', /^the vault of the device is "ase-edge1-\w+", not "ase-edge2-000000000"$/],
  ];
  for (const [what, name, why] of asked) {
    test(`does not cover ${what}: the question is asked all the same, and the reason is recorded`, async () => {
      const world = await worldToDeleteIn();
      if (name === undefined) putSecret(world, 'payroll');
      const run = await startDeviceDeletion(world, inAdvance(world, 'delete-vault', name));
      await questionOf(world, run);
      const [record] = (await status(run)).consents ?? [];
      assert.equal(record?.counted, false);
      assert.match(record?.ignoredBecause ?? '', why);
      await answer(world, run);
      assert.equal((await endOfDevice(world, run)).keyVault.outcome, 'deleted');
    });
  }
});

test('a missing right is named before any question, and the deletion resumes by itself after the right is restored', async () => {
  const world = await worldToDeleteIn();
  const right = { principal: 'worker', action: 'Microsoft.DataBoxEdge/dataBoxEdgeDevices/delete' };
  world.azure.control.takeRight(right);
  const run = await startDeviceDeletion(world);
  await runToRest(world, run);
  const { blocked } = await status(run);
  const { objectId } = world.azure.principals.worker;
  const scope = /^(.+)\/providers\//.exec(world.device().id)?.[1];
  assert.equal(
    blocked?.message,
    `the worker lacks Microsoft.DataBoxEdge/dataBoxEdgeDevices/delete on ${scope}: ` +
      `az role assignment create --assignee ${objectId} --role 'Edge Key Vault Deleter' --scope '${scope}'`,
  );
  world.azure.control.giveBackRight(right);
  await answer(world, run);
  assert.equal((await endOfDevice(world, run)).device, 'deleted');
});

test('a device whose deletion is aborted can be used again, and its next activation finds its vault', async () => {
  const world = await worldToDeleteIn();
  world.azure.control.takeRight({ principal: 'worker', action: 'Microsoft.DataBoxEdge/dataBoxEdgeDevices/delete' });
  const run = await startDeviceDeletion(world);
  await runToRest(world, run);
  await decide(run, { decision: 'abort' });
  assert.match(await failedWith(world, run), /^MissingPermission: aborted by ada/);
  assert.equal((await runToEnd(world, await world.generate())).keyVault.name, vaultName(world));
});
