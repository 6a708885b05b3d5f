/** What an activation would do is said without doing it, and comes true. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { auditLockName, keyVaultLockName } from '../../domain/names.ts';
import { blockOf, createWorld, runToEnd, runToRest, type World } from '../harness/world.ts';
import { activatedWorld, preview } from './looks.ts';

/** A stranger's vault in the device's group, which can be seen once the provider is registered. */
const putTaken = ({ azure }: World): void => {
  azure.control.register({ namespace: 'Microsoft.KeyVault' });
  azure.control.putStrangersVault({ name: 'taken', group: 'edge-rg' });
};

const actionsOf = ({ actions }: Awaited<ReturnType<typeof preview>>): string[] =>
  actions.map(({ action, what }) => `${action} ${what}`);

suite('the plan of an activation', () => {
  test('names all resources for a new device, and nothing is created', async () => {
    const world = await createWorld();
    const plan = await preview(world);
    assert.equal(plan.verdict, 'ready');
    assert.deepEqual(plan.refusals, []);
    const name = plan.names?.keyVault ?? '';
    assert.match(name, /^ase-edge1-[0-9a-f]{9}$/);
    assert.deepEqual(actionsOf(plan), [
      'register resource provider Microsoft.KeyVault',
      'register resource provider Microsoft.Storage',
      'register resource provider Microsoft.Insights',
      `create key vault ${name} (the name may be taken elsewhere in Azure)`,
      `create lock ase-key-vault-lock on ${name}`,
      'create storage account of the audit log, its lock and the diagnostic setting, if missing',
      `create access of edge-1, the worker and the key readers to ${name}`,
      'create channel integrity key',
      `create link of edge-1 to ${name}`,
      'issue activation key',
    ]);
    assert.ok(plan.rights.every(({ held }) => held));
    assert.deepEqual(world.writes(), []);
  });

  test('names the resources that the activation then uses', async () => {
    const world = await createWorld();
    const { names } = await preview(world);
    const { keyVault, channelIntegrityKey } = await runToEnd(world, await world.generate());
    assert.equal(keyVault.name, names?.keyVault);
    assert.equal(channelIntegrityKey.name, names?.channelIntegrityKey);
    assert.ok(names?.auditStorageAccounts.includes(Object.keys(world.azure.state.storageAccounts)[0] ?? ''));
  });

  test('ends at once like the activation if there is no such group', async () => {
    const world = await createWorld();
    const deviceId = world.device('edge-1').id.replace('/edge-rg/', '/egde-rg/');
    const begunAt = world.clock.now();
    await assert.rejects(
      preview(world, { deviceId }),
      /resource group .*egde-rg.* does not exist .*"type":"DeviceNotFound"/,
    );
    assert.ok(world.clock.now() - begunAt < 1_000);
  });

  test('changes nothing on a converged device', async () => {
    const { world, vault } = await activatedWorld();
    const plan = await preview(world);
    assert.deepEqual(new Set(plan.actions.map(({ action }) => action)), new Set(['adopt', 'leave']));
    assert.equal(actionsOf(plan)[0], `adopt key vault ${vault.name}`);
    assert.deepEqual(world.writes(), []);
  });

  test('names the repairs of an adopted vault, and the activation makes exactly these', async () => {
    const { world, vault } = await activatedWorld();
    world.azure.control.removeLock({ scope: vault.id, name: keyVaultLockName });
    world.clock.advanceTo(world.clock.now() + 4 * 86_400_000);
    const changes = actionsOf(await preview(world)).filter((line) => !/^(leave|adopt) /.test(line));
    assert.deepEqual(changes, [`create lock ase-key-vault-lock on ${vault.name}`, 'issue activation key']);
    await runToEnd(world, await world.generate());
    assert.equal(world.writes().filter((action) => action === 'Microsoft.Authorization/locks/write').length, 1);
  });

  test('names the audit trail if the log has lost its lock or its setting', async () => {
    const { world } = await activatedWorld();
    const [account] = Object.values(world.azure.state.storageAccounts);
    const changes = async () => actionsOf(await preview(world)).filter((line) => !/^(leave|adopt) /.test(line));
    world.azure.control.removeLock({ scope: account?.id ?? '', name: auditLockName });
    assert.deepEqual(await changes(), ['create audit trail of the vault']);
    world.azure.state.diagnosticSettings = {};
    assert.deepEqual(await changes(), ['create audit trail of the vault']);
  });

  test('recovers a deleted vault on request', async () => {
    const { world, vault } = await activatedWorld();
    world.azure.control.softDeleteVault({ vaultName: vault.name });
    assert.equal((await preview(world)).refusals[0]?.failure, 'VaultSoftDeleted');
    const plan = await preview(world, { softDeletedVault: 'recover' });
    assert.equal(plan.verdict, 'ready');
    assert.match(actionsOf(plan)[0] ?? '', /^recover key vault/);
  });

  test('runs beside an activation', async () => {
    const world = await createWorld();
    const run = await world.generate();
    await world.temporal.runUntil(() => run.pendingActivities.some(({ name }) => name === 'awaitAuditStorage'));
    assert.equal((await preview(world)).verdict, 'ready');
    assert.equal(run.outcome, undefined);
  });
});

suite('the plan explains why an activation would fail:', () => {
  const cases: [failure: string, spoil: (world: World) => unknown, device?: string, keyVaultName?: string][] = [
    ['DeviceNotFound', () => undefined, 'edge-9'],
    ['IdentityDisabled', () => undefined, 'edge-5'],
    ['VaultNameTaken', putTaken, 'edge-1', 'taken'],
    [
      'MissingPermission',
      ({ azure }) => azure.control.takeRight({ principal: 'worker', action: 'Microsoft.Authorization/locks/write' }),
    ],
    [
      'ForeignLock',
      (world) =>
        world.azure.control.putLock({
          scope: world.device().id.split('/providers/')[0]!,
          name: 'frozen',
          level: 'ReadOnly',
        }),
    ],
  ];
  for (const [failure, spoil, device = 'edge-1', keyVaultName] of cases) {
    test(`${failure}, as the activation itself reports it`, async () => {
      const world = await createWorld();
      spoil(world);
      const input = keyVaultName === undefined ? {} : { keyVaultName };
      const plan = await preview(world, input, device);
      assert.equal(plan.verdict, 'refused');
      assert.deepEqual(
        plan.refusals.map((refusal) => refusal.failure),
        [failure],
      );
      assert.ok(plan.refusals[0]?.remedy);
      const run = await world.generate(input, device);
      await runToRest(world, run);
      if (run.outcome) assert.match(JSON.stringify(run.outcome), new RegExp(failure));
      else assert.equal((await blockOf(run)).message, plan.refusals[0]?.message);
      assert.deepEqual(world.writes(), []);
    });
  }

  test('all failures at once', async () => {
    const world = await createWorld();
    putTaken(world);
    world.azure.control.takeRight({ principal: 'worker', action: 'Microsoft.DataBoxEdge/*/uploadCertificate/action' });
    const { refusals, rights, actions } = await preview(world, { keyVaultName: 'taken' });
    assert.deepEqual(
      refusals.map(({ failure }) => failure),
      ['MissingPermission', 'VaultNameTaken'],
    );
    assert.match(refusals[1]?.retryWith?.['keyVaultName'] ?? '', /^ase-edge1-/);
    assert.deepEqual(
      rights.filter(({ held }) => !held).map(({ action }) => action),
      ['Microsoft.DataBoxEdge/dataBoxEdgeDevices/uploadCertificate/action'],
    );
    assert.deepEqual(actions, []);
  });

  test('missing rights for only the audit trail or a registration are reported for these', async () => {
    const world = await createWorld();
    for (const action of ['Microsoft.Storage/storageAccounts/listKeys/action', 'Microsoft.KeyVault/register/action']) {
      world.azure.control.takeRight({ principal: 'worker', action });
    }
    const { rights } = await preview(world);
    assert.deepEqual(
      rights.filter(({ held }) => !held).map((right) => right.for),
      ['audit trail', 'registration'],
    );
  });

  test('an unreadable provider does not hide the rest', async () => {
    const world = await createWorld();
    world.azure.control.takeRight({ principal: 'worker', action: 'Microsoft.Resources/subscriptions/providers/read' });
    const { providers, actions } = await preview(world);
    assert.match(providers[0]?.state ?? '', /^unknown \(MissingPermission\)/);
    assert.ok(actions.length > 0);
  });
});
