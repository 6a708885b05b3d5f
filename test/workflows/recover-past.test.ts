/** A vault past recovery: a person names another one, and an activated device never gets a new key with it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Vault } from '../../local-azure/vault/vault.ts';
import type { RecoverKeyVaultResult } from '../../workflows/recover-key-vault.ts';
import { blockOf, decide, runToEnd, type World } from '../harness/world.ts';
import {
  assertInService,
  day,
  edgeOf,
  endOf,
  liveVault,
  lostBeforeActivation,
  lostVault,
  purge,
  recover,
  recoveryAtRest,
} from './recovery.ts';

/** The recovery as the block proposes it. */
const recoverAnew = async (world: World): Promise<RecoverKeyVaultResult> => {
  const run = await recoveryAtRest(world);
  const { failure, retryWith } = await blockOf(run);
  assert.equal(failure, 'VaultPurged');
  await decide(run, { input: retryWith ?? {} });
  return endOf(world, run);
};

/** Somebody kept a backup of the secret and restores it into the vault: its versions keep their ids. */
const restore = (world: World, from: Vault, to: { name: string }, secret: string): void => {
  const backup = from.secrets[secret.toLowerCase()];
  assert.ok(backup);
  liveVault(world, to).secrets[secret.toLowerCase()] = structuredClone(backup);
};

suite('after 90 days', () => {
  test('the product reports the purge, and creates another vault under another name after a decision', async () => {
    const { world, vault } = await lostBeforeActivation();
    world.clock.advanceTo(world.clock.now() + 91 * day);
    const result = await recoverAnew(world);
    assert.equal(result.made, true);
    assert.equal(result.recovered, false);
    assert.notEqual(result.keyVault.name, vault.name);
    assertInService(world, result);
  });

  test('each step uses only the vault that was created, by its creation time', async () => {
    const { world } = await lostBeforeActivation();
    world.clock.advanceTo(world.clock.now() + 91 * day);
    const { keyVault } = await recoverAnew(world);
    assert.equal(keyVault.createdAt, liveVault(world, keyVault).systemData['createdAt']);
  });

  test('an activation continues with the vault of a recovery that was lost before the link', async () => {
    const { world } = await lostBeforeActivation();
    world.clock.advanceTo(world.clock.now() + 91 * day);
    const recovery = await recoveryAtRest(world);
    await decide(recovery, { input: (await blockOf(recovery)).retryWith ?? {} });
    await world.temporal.runUntil(() => recovery.pendingActivities.some(({ name }) => name === 'grantAccess'));
    await recovery.terminate('lost');
    await world.temporal.runUntil();
    const [made, ...others] = world.vaultsOf();
    assert.deepEqual(others, []);
    const { keyVault } = await runToEnd(world, await world.generate());
    assert.equal(keyVault.name, made);
    assert.deepEqual(world.vaultsOf(), [made]);
    const outcome = await world.pasteKey(keyVault.name);
    assert.equal(outcome.activated, true, JSON.stringify(outcome));
  });

  test('a device to be activated is linked to the new vault with a key of its own in it, and can be activated', async () => {
    const { world } = await lostBeforeActivation();
    world.clock.advanceTo(world.clock.now() + 91 * day);
    const { channelIntegrityKey, keyVault } = await recoverAnew(world);
    assert.equal(channelIntegrityKey.state, 'placed');
    const { link } = edgeOf(world);
    assert.deepEqual(
      [link.clientSecretStoreId, link.channelIntegrityKeyVersion],
      [keyVault.id, channelIntegrityKey.key?.version],
    );
    const generated = await runToEnd(world, await world.generate());
    assert.equal(generated.keyVault.id, keyVault.id);
    const outcome = await world.pasteKey(keyVault.name);
    assert.equal(outcome.activated, true, JSON.stringify(outcome));
  });
});

suite('an activated device whose vault was purged', () => {
  test('gets a new vault, no new key, and keeps its record; the result shows what to do', async () => {
    const { world, vault } = await lostVault();
    await purge(world, vault);
    const before = structuredClone(edgeOf(world).link);
    const { channelIntegrityKey, keyVault, sync, left } = await recoverAnew(world);
    assert.equal(channelIntegrityKey.state, 'lost');
    assert.match(
      channelIntegrityKey.toDo ?? '',
      /^Restore a backup of the secret "ase-cik-.*" into the vault "ase-edge1-/,
    );
    assert.equal(sync, 'not applicable');
    assert.deepEqual(edgeOf(world).link, before);
    assert.deepEqual(Object.keys(liveVault(world, keyVault).secrets), []);
    assert.ok(left.length > 0);
  });

  test('is linked to the new vault once the backup of its key is in it, and writes its secrets there', async () => {
    const { world, vault } = await lostVault();
    await purge(world, vault);
    const { keyVault } = await recoverAnew(world);
    const { channelIntegrityKeyName = '', channelIntegrityKeyVersion } = edgeOf(world).link;
    restore(world, vault, keyVault, channelIntegrityKeyName);
    const result = await recover(world);
    assert.deepEqual(result.keyVault, keyVault);
    assert.deepEqual(result.channelIntegrityKey, {
      state: 'as linked',
      key: { name: channelIntegrityKeyName, version: channelIntegrityKeyVersion },
    });
    assert.equal(result.sync, 'requested');
    assert.equal(edgeOf(world).link.clientSecretStoreId, keyVault.id);
    assert.equal(edgeOf(world).syncStatus, 'KeyVaultSynced');
    assertInService(world, result);
  });

  test('never gets a third vault', async () => {
    const { world, vault } = await lostVault();
    await purge(world, vault);
    const { keyVault } = await recoverAnew(world);
    assert.deepEqual((await recover(world)).keyVault, keyVault);
    const run = await recoveryAtRest(world, { keyVaultName: 'yet-another' });
    const { failure, retryWith } = await blockOf(run);
    assert.deepEqual([failure, retryWith], ['DeviceHasOtherVault', { keyVaultName: keyVault.name }]);
  });

  test('gets the vault with the name that was given at the start', async () => {
    const { world, vault } = await lostVault();
    await purge(world, vault);
    assert.equal((await recover(world, { keyVaultName: 'my-next-vault' })).keyVault.name, 'my-next-vault');
  });

  test('causes another question if the name is taken', async () => {
    const { world, vault } = await lostVault();
    await purge(world, vault);
    world.azure.control.putStrangersVault({ name: 'taken-name' });
    const run = await recoveryAtRest(world, { keyVaultName: 'taken-name' });
    const { failure, step, retryWith } = await blockOf(run);
    assert.deepEqual([failure, step], ['VaultNameTaken', 'ensureKeyVault']);
    await decide(run, { input: retryWith ?? {} });
    const { made } = await endOf(world, run);
    assert.equal(made, true);
  });
});

test('a vault that is purged right before its recovery is not replaced by one of its name', async () => {
  const { world, vault } = await lostVault({
    meddle: async (request, pass, { azure, clock }) => {
      if (request.method === 'PUT' && /storageAccounts/.test(request.url)) {
        for (const deleted of Object.values(azure.state.deletedVaults)) {
          deleted.purge = { startedAt: clock.now(), endsAt: clock.now() };
        }
      }
      return pass(request);
    },
  });
  world.azure.state.storageAccounts = {};
  world.azure.state.locks = {};
  const block = await blockOf(await recoveryAtRest(world));
  assert.deepEqual([block.step, block.failure], ['recoverDeletedKeyVault', 'VaultPurged']);
  assert.match(block.message, /It disappeared while the procedure ran: abort, then start again$/);
  assert.equal(world.azure.state.vaults[vault.name], undefined);
});
