/** A vault that a procedure takes back, and that turns out not to be provably the device's: it keeps what it holds, locked. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { deviceInLockNotes } from '../../domain/locks.ts';
import { keyVaultLockName } from '../../domain/names.ts';
import type { Vault } from '../../local-azure/vault/vault.ts';
import { withRareProbes } from '../harness/rare-probes.ts';
import type { Run } from '../harness/temporal/index.ts';
import { blockOf, createWorld, decide, runToEnd, runToRest, type Meddler, type World } from '../harness/world.ts';
import { failedWith } from './deletion.ts';
import { deleteVault, purge, startRecovery } from './recovery.ts';

const isVaultPut = ({ method, url }: Request): boolean => method === 'PUT' && /\/vaults\/[^/?]+\?/.test(url);
const unavailable = (): Response =>
  Response.json({ error: { code: 'ServiceUnavailable', message: 'no' } }, { status: 503 });
const writingLocks = { principal: 'worker', action: 'Microsoft.Authorization/locks/write' };
const readingVaults = { principal: 'worker', action: 'Microsoft.KeyVault/vaults/read' };

const passing: Meddler = (request, pass) => pass(request);

/**
 * A deleted vault that holds secrets, and to which nothing but the record of edge-1 leads.
 * @param takenBack what happens to the first request that takes it back
 */
const deletedLinkOnly = async (takenBack = passing) => {
  let isAwaited = false;
  const meddle: Meddler = (request, pass, world) => {
    if (!isAwaited || !isVaultPut(request)) return pass(request);
    isAwaited = false;
    return takenBack(request, pass, world);
  };
  const world = await createWorld({ around: withRareProbes, meddle });
  const { keyVault } = await runToEnd(world, await world.generate({ keyVaultName: 'portal-made' }));
  const vault = world.azure.state.vaults[keyVault.name]!;
  vault.tags = {};
  vault.accessPolicies = [];
  vault.policyVersions = [{ from: 0, policies: [] }];
  world.clock.advanceTo(world.clock.now() + 60_000);
  deleteVault(world, vault);
  isAwaited = true;
  return { world, vault };
};

/** Its lock cannot be written when it is back. */
const withoutRightToLock: Meddler = (request, pass, { azure }) => {
  azure.control.takeRight(writingLocks);
  return pass(request);
};

/** The record of edge-2 leads to the deleted vault of edge-1, whose entry shows when it is back. */
const deletedOfAnother = async () => {
  const world = await createWorld({ around: withRareProbes });
  const { keyVault } = await runToEnd(world, await world.generate({ keyVaultName: 'vault-of-one' }));
  const vault = world.azure.state.vaults[keyVault.name]!;
  vault.tags = {};
  world.azure.state.dataBoxEdge.devices[world.device().id.toLowerCase()]!.link = {};
  await world.linkDevice(keyVault.id, keyVault.uri, 'edge-2');
  world.clock.advanceTo(world.clock.now() + 60_000);
  deleteVault(world, vault);
  return { world, vault };
};

const starts: [how: string, start: (world: World, device?: string) => Promise<Run>][] = [
  ['a recovery', (world, device) => startRecovery(world, {}, device)],
  ['an activation', (world, device) => world.generate({ softDeletedVault: 'recover' }, device)],
];

/** Alive, with one lock of ours, which names no device as its owner. */
const assertLockedWithoutClaim = ({ azure }: World, { id, name }: Vault): void => {
  assert.ok(azure.state.vaults[name], 'the vault is alive');
  const locks = Object.values(azure.state.locks).filter(({ scope }) => scope.toLowerCase() === id.toLowerCase());
  assert.deepEqual(
    locks.map((lock) => [lock.name, lock.level, deviceInLockNotes(lock.notes ?? '')]),
    [[keyVaultLockName, 'CanNotDelete', undefined]],
  );
};

const isLocked = ({ azure }: World, { id }: Vault): boolean =>
  Object.values(azure.state.locks).some(({ scope }) => scope.toLowerCase() === id.toLowerCase());

const endedBy: [how: string, end: (world: World, run: Run) => Promise<void>][] = [
  [
    'an abort',
    async (world, run) => {
      await decide(run, { decision: 'abort' });
      await failedWith(world, run);
    },
  ],
  [
    'a cancellation',
    async (world, run) => {
      await run.cancel();
      await world.temporal.runUntil(() => run.outcome !== undefined);
    },
  ],
];

for (const [how, start] of starts) {
  suite(`a vault that only a link refers to, recovered by ${how},`, () => {
    test('is locked while somebody is asked for its owner', async () => {
      const { world, vault } = await deletedLinkOnly();
      const run = await start(world);
      await runToRest(world, run);
      assert.equal((await blockOf(run)).failure, 'VaultUnproven');
      assertLockedWithoutClaim(world, vault);
    });

    for (const [by, end] of endedBy) {
      test(`stays locked after ${by}`, async () => {
        const { world, vault } = await deletedLinkOnly();
        const run = await start(world);
        await runToRest(world, run);
        await end(world, run);
        assertLockedWithoutClaim(world, vault);
      });

      test(`is locked after ${by} if its lock could not be written before`, async () => {
        const { world, vault } = await deletedLinkOnly(withoutRightToLock);
        const run = await start(world);
        await runToRest(world, run);
        const { failure, abortable } = await blockOf(run);
        assert.deepEqual([failure, abortable, isLocked(world, vault)], ['MissingPermission', true, false]);
        world.azure.control.giveBackRight(writingLocks);
        await end(world, run);
        assertLockedWithoutClaim(world, vault);
      });

      test(`is locked after ${by} if it may no longer be read`, async () => {
        const { world, vault } = await deletedLinkOnly(async (request, pass, { azure }) => {
          await pass(request);
          azure.control.takeRight(readingVaults);
          return unavailable();
        });
        const run = await start(world);
        await runToRest(world, run);
        const { failure } = await blockOf(run);
        assert.deepEqual([failure, isLocked(world, vault)], ['MissingPermission', false]);
        await end(world, run);
        assertLockedWithoutClaim(world, vault);
      });
    }

    test('is locked, and unproven, if the answer to its recovery was lost', async () => {
      const { world, vault } = await deletedLinkOnly(async (request, pass) => {
        await pass(request);
        return unavailable();
      });
      const run = await start(world);
      await runToRest(world, run);
      assert.equal((await blockOf(run)).failure, 'VaultUnproven');
      assertLockedWithoutClaim(world, vault);
    });

    test('is locked by the check after a block between its recovery and its lock', async () => {
      const { world, vault } = await deletedLinkOnly(withoutRightToLock);
      const run = await start(world);
      await runToRest(world, run);
      world.azure.control.giveBackRight(writingLocks);
      await world.temporal.runUntil(() => run.searchAttributes['AseFailure'] === 'VaultUnproven');
      assertLockedWithoutClaim(world, vault);
    });

    test('is locked, and unproven, if Azure does not return its creation time', async () => {
      const { world, vault } = await deletedLinkOnly();
      world.azure.state.deletedVaults[vault.name]!.vault.systemData = {};
      const run = await start(world);
      await runToRest(world, run);
      assert.equal((await blockOf(run)).failure, 'VaultUnproven');
      assertLockedWithoutClaim(world, vault);
    });
  });

  test(`a vault that turns out to be another device's, recovered by ${how}, stays locked and without an owner`, async () => {
    const { world, vault } = await deletedOfAnother();
    const run = await start(world, 'edge-2');
    await runToRest(world, run);
    if (!run.outcome) await decide(run, { decision: 'abort' });
    assert.match(await failedWith(world, run), /^Vault(NotOurs|NameTaken): /);
    assertLockedWithoutClaim(world, vault);
  });
}

test('a vault that is created under the name of a purged one, during its recovery, is left unchanged', async () => {
  const { world, vault } = await deletedLinkOnly();
  const run = await startRecovery(world);
  await world.temporal.runUntil(() => run.pendingActivities.some(({ name }) => name === 'recoverDeletedKeyVault'));
  await purge(world, vault);
  const { tenantId } = vault;
  const sku = { family: 'A', name: 'standard' };
  const properties = { tenantId, sku, enableRbacAuthorization: false, accessPolicies: [] };
  await world.asOwner('PUT', vault.id, '2026-02-01', { location: 'westeurope', properties });
  const before = JSON.stringify(world.azure.state.vaults[vault.name]);
  await runToRest(world, run);
  assert.equal((await blockOf(run)).failure, 'VaultReplaced');
  await decide(run, { decision: 'abort' });
  await failedWith(world, run);
  assert.equal(JSON.stringify(world.azure.state.vaults[vault.name]), before);
  assert.equal(isLocked(world, vault), false);
});

test("a device's own vault is locked as its own at the end of its recovery", async () => {
  const world = await createWorld();
  const { keyVault } = await runToEnd(world, await world.generate());
  deleteVault(world, world.azure.state.vaults[keyVault.name]!);
  await runToEnd(world, await world.generate({ softDeletedVault: 'recover' }));
  const lock = Object.values(world.azure.state.locks).find(({ scope }) => scope === keyVault.id);
  assert.equal(deviceInLockNotes(lock?.notes ?? ''), world.device().id);
});
