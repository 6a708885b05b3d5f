/** A deleted vault comes back with all that it held, protected, and its device works with it again. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { stateTag } from '../../domain/ownership.ts';
import { blockOf, createWorld, failureOf, refusal, runToEnd, runToRest, status, type World } from '../harness/world.ts';
import { activatedWorld, linesOf, onlineWorld } from './looks.ts';
import {
  assertInService,
  day,
  deleteDevice,
  deleteVault,
  edgeOf,
  endOf,
  liveVault,
  lostBeforeActivation,
  lostVault,
  recover,
  recoveryAtRest,
  startRecovery,
} from './recovery.ts';

/** Without the secrets that the device writes by itself. */
const ownWrites = (world: World): string[] => world.writes().filter((action) => action !== 'secrets/set');

suite('a deleted vault of a device in use', () => {
  test('is recovered with its content and its protection, and the device writes its secrets into it', async () => {
    const { world, vault } = await lostVault();
    const before = structuredClone(vault.secrets);
    const { channelIntegrityKeyName: name, channelIntegrityKeyVersion: version } = edgeOf(world).link;
    const result = await recover(world);
    assertInService(world, result);
    assert.deepEqual(
      {
        ...result,
        keyVault: result.keyVault.id,
        deletedOn: typeof result.deletedOn,
        repaired: linesOf(result.repaired),
      },
      {
        deviceId: world.device().id,
        keyVault: vault.id,
        recovered: true,
        made: false,
        deletedOn: 'string',
        channelIntegrityKey: { state: 'as linked', key: { name, version } },
        sync: 'requested',
        deviceAccess: 'granted',
        audit: 'complete',
        skipped: [],
        repaired: ['audit trail: device repair'],
        left: [],
      },
    );
    const { secrets } = liveVault(world, vault);
    assert.deepEqual(secrets[name ?? ''], before[name ?? '']);
    assert.equal(edgeOf(world).syncStatus, 'KeyVaultSynced');
    assert.ok((secrets['bmcdefaultuserpassword']?.versions.length ?? 0) > 1, 'the device has written again');
  });

  test('is locked before any other change', async () => {
    const { world } = await lostVault();
    await recover(world);
    assert.deepEqual(ownWrites(world), [
      'Microsoft.KeyVault/vaults/write',
      'Microsoft.Authorization/locks/write',
      'Microsoft.Insights/diagnosticSettings/write',
      'Microsoft.DataBoxEdge/dataBoxEdgeDevices/updateExtendedInformation/action',
    ]);
  });

  test('can be recovered after 89 days', async () => {
    const { world } = await lostVault();
    world.clock.advanceTo(world.clock.now() + 89 * day);
    assert.equal((await recover(world)).recovered, true);
  });

  test('gets another audit account if the former one was deleted meanwhile', async () => {
    const { world } = await lostVault();
    world.azure.state.storageAccounts = {};
    world.azure.state.locks = {};
    const result = await recover(world);
    assertInService(world, result);
    assert.equal(Object.keys(world.azure.state.storageAccounts).length, 1);
  });

  test('opens to an identity that was replaced meanwhile', async () => {
    const { world } = await lostVault();
    const former = edgeOf(world).principalId;
    await world.asOwner('PATCH', world.device().id, '2021-06-01', { identity: { type: 'None' } });
    await world.asOwner('PATCH', world.device().id, '2021-06-01', { identity: { type: 'SystemAssigned' } });
    assert.notEqual(edgeOf(world).principalId, former);
    const result = await recover(world);
    assertInService(world, result);
    // Its access was not in effect yet when it was asked; the result says so, and what to do.
    assert.ok(linesOf(result.left).includes('secret sync: vault recover'));
    await recover(world);
    assert.equal(edgeOf(world).syncStatus, 'KeyVaultSynced');
  });

  test('keeps foreign entries of its policies, and loses excess rights of the device', async () => {
    const { world, vault } = await onlineWorld();
    const foreign = {
      tenantId: vault.tenantId,
      objectId: 'f0000000-0000-0000-0000-000000000001',
      permissions: { keys: ['get'] },
    };
    vault.accessPolicies = [
      ...vault.accessPolicies.map((entry) =>
        entry.objectId === edgeOf(world).principalId ? { ...entry, permissions: { secrets: ['all'] } } : entry,
      ),
      foreign,
    ];
    deleteVault(world, vault);
    const result = await recover(world);
    assertInService(world, result);
    assert.deepEqual(
      liveVault(world, vault).accessPolicies.find(({ objectId }) => objectId === foreign.objectId),
      foreign,
    );
    assert.ok(linesOf(result.repaired).includes('device access: device repair'));
  });

  test('gets our tags again, and is no longer marked as retained', async () => {
    const { world, vault } = await onlineWorld();
    vault.tags = { cost: '42', [stateTag]: 'retained' };
    deleteVault(world, vault);
    await recover(world);
    const { tags } = liveVault(world, vault);
    assert.equal(tags['cost'], '42');
    assert.equal(tags['ase-device-principal'], edgeOf(world).principalId);
    assert.equal(tags[stateTag], undefined);
  });
});

suite('a live vault', () => {
  test('without drift is left unchanged, except for the synchronisation', async () => {
    const { world } = await onlineWorld();
    const { recovered, made, repaired, deletedOn } = await recover(world);
    assert.deepEqual(
      { recovered, made, repaired, deletedOn },
      { recovered: false, made: false, repaired: [], deletedOn: undefined },
    );
    assert.deepEqual(ownWrites(world), ['Microsoft.DataBoxEdge/dataBoxEdgeDevices/updateExtendedInformation/action']);
  });

  test('that somebody else recovered is protected again', async () => {
    const { world, vault } = await onlineWorld();
    deleteVault(world, vault);
    await world.asOwner('PUT', vault.id, '2026-02-01', {
      location: vault.location,
      properties: { tenantId: vault.tenantId, sku: { family: 'A', name: 'standard' }, createMode: 'recover' },
    });
    const result = await recover(world);
    assert.equal(result.recovered, false);
    assertInService(world, result);
  });
});

suite('a vault of a device that waits for its activation', () => {
  test('is recovered, and its key activates the device', async () => {
    const { world, vault } = await lostBeforeActivation();
    const result = await recover(world);
    assert.equal(result.sync, 'not applicable');
    const outcome = await world.pasteKey(vault.name);
    assert.equal(outcome.activated, true, JSON.stringify(outcome));
  });

  test('is found by its tags if an activation ended before the link', async () => {
    const { world, vault } = await activatedWorld();
    edgeOf(world).link = {};
    deleteVault(world, vault);
    const { recovered, channelIntegrityKey } = await recover(world);
    assert.equal(recovered, true);
    assert.deepEqual(channelIntegrityKey, { state: 'not linked', toDo: 'Generate a key.' });
  });
});

suite('a vault of a device that is gone', () => {
  test('is recovered by its tags, locked and logged, and steps that need a device are not applicable', async () => {
    const { world, vault } = await activatedWorld();
    vault.tags = { ...vault.tags, [stateTag]: 'retained' };
    await deleteDevice(world);
    deleteVault(world, vault);
    const result = await recover(world);
    assert.equal(result.keyVault.id, vault.id);
    assert.deepEqual(result.channelIntegrityKey, { state: 'not applicable' });
    assert.deepEqual([result.recovered, result.sync, result.deviceAccess], [true, 'not applicable', 'not applicable']);
    assert.equal(result.audit, 'complete');
    assert.equal(liveVault(world, vault).tags[stateTag], 'retained');
    assert.ok(Object.values(world.azure.state.locks).some(({ scope }) => scope === vault.id));
  });

  test('is recovered by its name', async () => {
    const { world, vault } = await activatedWorld();
    await deleteDevice(world);
    deleteVault(world, vault);
    assert.equal((await recover(world, { keyVaultName: vault.name.toUpperCase() })).keyVault.id, vault.id);
  });
});

suite('the channel integrity key in a recovered vault', () => {
  const cikOf = (world: World, vault: { name: string }) => {
    const name = edgeOf(world).link.channelIntegrityKeyName ?? '';
    const secret = liveVault(world, vault).secrets[name.toLowerCase()];
    assert.ok(secret);
    return { name, secret };
  };

  test('is reported if it is disabled, and stays so', async () => {
    const { world, vault } = await onlineWorld();
    const { name, secret } = cikOf(world, vault);
    secret.versions.forEach(({ attributes }) => (attributes.enabled = false));
    deleteVault(world, vault);
    const { channelIntegrityKey } = await recover(world);
    assert.equal(channelIntegrityKey.state, 'disabled');
    assert.match(
      channelIntegrityKey.toDo ?? '',
      new RegExp(`^Enable the version [0-9a-f]{32} of the secret "${name}" in`),
    );
    assert.equal(cikOf(world, vault).secret.versions.length, 1);
  });

  test('is reported if it is deleted', async () => {
    const { world, vault } = await onlineWorld();
    const { name, secret } = cikOf(world, vault);
    const now = world.clock.now();
    secret.deletion = { at: now, visibleFrom: now, purgeAt: now + 90 * day };
    deleteVault(world, vault);
    const { channelIntegrityKey } = await recover(world);
    assert.equal(channelIntegrityKey.state, 'deleted');
    assert.match(channelIntegrityKey.toDo ?? '', new RegExp(`^Recover the secret "${name}" in the vault`));
  });

  test('is reported if it is missing, and no other one is created', async () => {
    const { world, vault } = await onlineWorld();
    const { name } = cikOf(world, vault);
    delete vault.secrets[name.toLowerCase()];
    deleteVault(world, vault);
    const { channelIntegrityKey, sync } = await recover(world);
    assert.equal(channelIntegrityKey.state, 'missing');
    assert.match(channelIntegrityKey.toDo ?? '', /^Restore a backup of the secret/);
    assert.equal(liveVault(world, vault).secrets[name.toLowerCase()], undefined);
    assert.equal(sync, 'requested');
  });
});

suite('a recovery that has begun', () => {
  for (const listed of ['listed', 'not listed'])
    test(`ignores an outdated answer if the recovery of the vault was not confirmed, ${listed}`, async () => {
      let state: 'before' | 'begun' | 'unheard' | 'after' = 'before';
      const { world, vault } = await lostVault({
        meddle: async (request, pass) => {
          const isVault = /Microsoft.KeyVault\/vaults\/[^/]+\?/.test(request.url);
          if (isVault && state === 'unheard') return refusal(404, 'ResourceNotFound');
          if (/Microsoft.KeyVault\/vaults\?/.test(request.url) && state === 'unheard') {
            state = 'after';
            if (listed === 'not listed') return Response.json({ value: [] });
          }
          const answer = await pass(request);
          if (!isVault || request.method !== 'PUT' || state !== 'begun') return answer;
          state = 'unheard';
          throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
        },
      });
      state = 'begun';
      const { keyVault } = await recover(world);
      assert.equal(state, 'after');
      assert.equal(keyVault.id, vault.id);
    });

  test('waits for a closed firewall, with the vault locked, and resumes by itself', async () => {
    const { world, vault } = await onlineWorld();
    world.azure.control.closeFirewall({ vaultName: vault.name });
    deleteVault(world, vault);
    const run = await recoveryAtRest(world);
    assert.equal((await blockOf(run)).failure, 'VaultNetworkClosed');
    assert.ok(Object.values(world.azure.state.locks).some(({ scope }) => scope === vault.id));
    world.azure.control.openFirewall({ vaultName: vault.name });
    assertInService(world, await endOf(world, run));
  });

  test('never changes the permission model, and waits with the vault locked until somebody has', async () => {
    const { world, vault } = await onlineWorld();
    vault.enableRbacAuthorization = true;
    vault.showsRbac = true;
    deleteVault(world, vault);
    const run = await recoveryAtRest(world);
    const { failure, step } = await blockOf(run);
    assert.deepEqual([failure, step], ['VaultUsesRbac', 'ensureKeyVaultInService']);
    assert.ok(Object.values(world.azure.state.locks).some(({ scope }) => scope === vault.id));
    const live = liveVault(world, vault);
    assert.equal(live.enableRbacAuthorization, true);
    live.enableRbacAuthorization = false;
    assertInService(world, await endOf(world, run));
  });

  test('may continue without the audit trail after a decision', async () => {
    const { world } = await lostVault();
    const right = { principal: 'worker', action: 'Microsoft.Insights/diagnosticSettings/write' };
    world.azure.control.takeRight(right);
    const run = await recoveryAtRest(world);
    const { step, block, skippable } = await blockOf(run);
    assert.deepEqual([step, skippable], ['ensureDiagnosticSetting', true]);
    await run.signal('decide', { step, block, decision: 'skip', by: 'ada' });
    const { audit, skipped, left } = await endOf(world, run);
    assert.equal(audit, 'skipped');
    assert.equal(skipped[0]?.by, 'ada');
    assert.ok(linesOf(left).includes('audit trail: device repair'));
  });

  test('is one of the procedures of its device', async () => {
    const world = await createWorld();
    await runToEnd(world, await world.generate());
    const run = await startRecovery(world);
    await runToRest(world, run);
    assert.equal((await status(run)).device, `${world.device().subscriptionId}/edge-rg/edge-1`);
  });
});

test('a recovery with an invalid input sends no request to Azure', async () => {
  const world = await createWorld();
  const run = await recoveryAtRest(world, { keyVaultName: 'kv' });
  assert.match(failureOf(run), /^InvalidInput: keyVaultName must have 3 to 24/);
  assert.deepEqual(world.azure.requests, []);
});
