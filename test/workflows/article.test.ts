/** What the article states and no other test shows; docs/article.md lists every statement with the test that shows it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseAuditLine } from '../../domain/audit-log.ts';
import { visibleBlobs } from '../../local-azure/audit/log.ts';
import type { Principal } from '../../local-azure/entra/principals.ts';
import type { Vault } from '../../local-azure/vault/vault.ts';
import { blockOf, createWorld, runToEnd, runToRest, type World } from '../harness/world.ts';
import { answer, endOfVault, putSecret, startVaultDeletion, vaultName, worldToDeleteIn } from './deletion.ts';
import { activatedWorld, inspect, onlineWorld } from './looks.ts';
import { assertInService, day, liveVault, recover } from './recovery.ts';
import { superseding } from './regeneration.ts';

const later = ({ clock }: World, milliseconds: number): void => clock.advanceTo(clock.now() + milliseconds);

const identityOf = ({ azure, device }: World): Principal => {
  const edge = azure.state.dataBoxEdge.devices[device().id.toLowerCase()];
  const identity = azure.state.principals[edge?.principalId ?? ''];
  assert.ok(identity, 'the device has an identity');
  return identity;
};

suite('the key vault', () => {
  test('is created with the first activation key, and is the one of every later key', async () => {
    const world = await createWorld();
    assert.deepEqual(world.vaultsOf(), []);
    const { keyVault } = await runToEnd(world, await world.generate());
    later(world, 4 * day);
    await runToEnd(world, await world.generate());
    await superseding(world);
    assert.equal(world.versionsOf('ase-activation-key').length, 3);
    assert.deepEqual(world.vaultsOf(), [keyVault.name]);
  });

  test('and the storage account of its log are in the subscription, the group and the region of the device', async () => {
    const { world, vault } = await activatedWorld();
    const [account, ...more] = Object.values(world.azure.state.storageAccounts);
    assert.deepEqual(more, []);
    const edge = world.azure.state.dataBoxEdge.devices[world.device().id.toLowerCase()];
    for (const made of [vault, account]) {
      const { subscriptionId, resourceGroup } = world.device();
      assert.partialDeepStrictEqual(made, { subscriptionId, group: resourceGroup, location: edge?.location });
    }
  });

  test('is of the standard tier, with access policies, and is kept for 90 days after its deletion', async () => {
    const { vault } = await activatedWorld();
    const { sku, enableRbacAuthorization, enableSoftDelete, softDeleteRetentionInDays } = vault;
    assert.deepEqual(
      { tier: sku.name, enableRbacAuthorization, enableSoftDelete, softDeleteRetentionInDays },
      { tier: 'standard', enableRbacAuthorization: false, enableSoftDelete: true, softDeleteRetentionInDays: 90 },
    );
  });

  test('is not deleted by accident, not even by an owner of the subscription', async () => {
    const { world, vault } = await activatedWorld();
    await assert.rejects(world.asOwner('DELETE', vault.id, '2026-02-01'), /409 .*ScopeLocked/);
    assert.ok(liveVault(world, vault));
  });
});

/** What the vault answers to the identity of the device. */
const asDevice = async (world: World, vault: Vault, method: string, path: string, body?: object): Promise<number> => {
  const token = world.azure.issueToken(identityOf(world), 'https://vault.localhost');
  const { status } = await world.azure.fetch(
    new Request(`https://${vault.name}.vault.localhost${path}?api-version=7.4`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    }),
  );
  return status;
};

suite('the managed identity of the device', () => {
  test('reads and writes secrets of the vault, and has no other rights on them', async () => {
    const { world, vault } = await onlineWorld();
    const allowed = [
      await asDevice(world, vault, 'GET', '/secrets/bmcdefaultuserpassword'),
      await asDevice(world, vault, 'PUT', '/secrets/bmcdefaultuserpassword', { value: 'another' }),
    ];
    assert.deepEqual(allowed, [200, 200]);
    const refused = [
      await asDevice(world, vault, 'GET', '/secrets'),
      await asDevice(world, vault, 'DELETE', '/secrets/bmcdefaultuserpassword'),
      await asDevice(world, vault, 'POST', '/secrets/bmcdefaultuserpassword/backup'),
    ];
    assert.deepEqual(refused, [403, 403, 403]);
  });

  test('is shown as enabled, and as disabled after somebody has removed it', async () => {
    const { world } = await activatedWorld();
    assert.equal((await inspect(world)).device.identity, 'enabled');
    await world.asOwner('PATCH', world.device().id, '2021-06-01', { identity: { type: 'None' } });
    assert.equal((await inspect(world)).device.identity, 'disabled');
  });
});

/** Who did what by the log in the storage account, as far as it has been written. */
const loggedCalls = ({ azure, clock }: World): string[] => {
  const [account] = Object.keys(azure.state.storageAccounts);
  const names = new Map(Object.values(azure.state.principals).map(({ objectId, name }) => [objectId, name]));
  return visibleBlobs(azure.state, account ?? '', clock.now())
    .flatMap(({ content }) => content.toString().split('\n'))
    .flatMap(parseAuditLine)
    .map((record) => `${record?.operation} by ${names.get(record?.caller ?? '') ?? 'nobody'}`);
};

suite('the audit log', () => {
  test('arrives in the storage account some time after the vault was used', async () => {
    const minute = 60_000;
    const world = await createWorld({ settings: { auditRecord: 5 * minute } });
    await runToEnd(world, await world.generate());
    assert.ok(!loggedCalls(world).includes('SecretSet by worker'));
    later(world, 5 * minute);
    assert.ok(loggedCalls(world).includes('SecretSet by worker'), loggedCalls(world).join());
  });

  test('names the worker for events before the activation, and the device for its own', async () => {
    const { world } = await activatedWorld();
    later(world, day / 24);
    const before = loggedCalls(world);
    assert.ok(before.includes('SecretSet by worker') && !before.some((call) => call.endsWith('by edge-1')));
    const [name = ''] = world.vaultsOf();
    await world.pasteKey(name);
    later(world, day / 24);
    const calls = new Set(loggedCalls(world));
    assert.ok(calls.has('SecretGet by edge-1') && calls.has('SecretSet by edge-1'), [...calls].join());
  });
});

suite('a key vault that was deleted', () => {
  const deleted = async (prepare: (world: World) => void = () => undefined): Promise<World> => {
    const world = await worldToDeleteIn();
    prepare(world);
    const run = await startVaultDeletion(world);
    await answer(world, run);
    assert.equal((await endOfVault(world, run)).keyVault.outcome, 'deleted');
    return world;
  };

  test('is recovered with everything that others stored in it', async () => {
    const world = await deleted((before) => putSecret(before, 'payroll'));
    later(world, 89 * day);
    const result = await recover(world);
    assertInService(world, result);
    assert.equal(liveVault(world, result.keyVault).secrets['payroll']?.versions.at(-1)?.value, 'theirs');
  });

  test('reserves its name for 90 days, and no longer', async () => {
    const world = await deleted();
    const keyVaultName = vaultName(world);
    later(world, 89 * day);
    const run = await world.generate({ keyVaultName }, 'edge-2');
    await runToRest(world, run);
    assert.equal((await blockOf(run)).failure, 'VaultNameTaken');
    await run.terminate('seen');
    later(world, 2 * day);
    assert.equal((await runToEnd(world, await world.generate({ keyVaultName }, 'edge-2'))).keyVault.name, keyVaultName);
  });
});
