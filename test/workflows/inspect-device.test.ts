/** What a look at a device shows: all of it, without a single write, whatever else goes on. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { inspectionIdOf } from '../../domain/device.ts';
import { keyVaultIdOf } from '../../domain/key-vault.ts';
import { diagnosticSettingName, keyVaultLockName } from '../../domain/names.ts';
import { createWorld, failureOf, refusal, runToRest, type World } from '../harness/world.ts';
import { activatedWorld, inspect, linesOf, onlineWorld, startInspection } from './looks.ts';

const groupOf = (world: World): string => world.device().id.split('/providers/')[0]!;

suite('inspectDevice', () => {
  test('shows all resources of an activation, without drift and without a write', async () => {
    const { world, vault } = await activatedWorld();
    const posture = await inspect(world);
    assert.deepEqual(posture.drift, []);
    assert.deepEqual(posture.unseen, []);
    assert.equal(posture.integration, 'integrated');
    assert.equal(posture.device.status, 'ReadyToSetup');
    assert.equal(posture.keyVault?.state, 'live');
    assert.equal(posture.keyVault.name, vault.name);
    assert.deepEqual(
      posture.locks?.map(({ name, whose }) => [name, whose]),
      [[keyVaultLockName, 'ours']],
    );
    assert.deepEqual(posture.accessPolicies?.map(({ whose }) => whose).sort(), ['device', 'key reader', 'worker']);
    assert.equal(posture.diagnosticSettings?.[0]?.storageAccount?.sku, 'Standard_ZRS');
    assert.deepEqual(posture.diagnosticSettings?.[0]?.storageAccount?.locks, ['CanNotDelete']);
    assert.deepEqual(posture.secrets?.map(({ kind }) => kind).sort(), ['activation key', 'channel integrity key']);
    assert.equal(posture.link?.channelIntegrityKey?.state, 'enabled');
    assert.equal(posture.activationKey?.state, 'live');
    assert.match(posture.activationKey?.fingerprint ?? '', /^[0-9a-f]{16}$/);
    assert.deepEqual(world.writes(), []);
  });

  test('does not report categories that Azure shows as disabled beside the requested ones as drift', async () => {
    const { world } = await activatedWorld();
    const [setting] = Object.values(world.azure.state.diagnosticSettings);
    world.clock.advanceTo(setting!.completeFrom);
    const { diagnosticSettings, drift } = await inspect(world);
    assert.deepEqual(
      diagnosticSettings?.map(({ name, auditEvents }) => [name, auditEvents]),
      [[diagnosticSettingName, true]],
    );
    assert.deepEqual(drift, []);
  });

  test('finds a vault that was moved, behind an empty page of the list of vaults', async () => {
    const { world, vault } = await activatedWorld({ settings: { pageSize: 1, emptyPages: true } });
    const { control } = world.azure;
    control.putGroup({ name: 'another-rg', location: 'westeurope' });
    control.moveVault({ vaultName: vault.name, group: 'another-rg' });
    const { keyVault } = await inspect(world);
    assert.deepEqual([keyVault?.state, keyVault?.name], ['moved', vault.name]);
    const pages = control
      .listRequests()
      .filter(({ path }) => /^\/subscriptions\/[^/]+\/providers\/.*\/vaults$/.test(path));
    assert.ok(pages.length > 2, `${pages.length} pages`);
  });

  test('shows the secrets that the device put into its vault, by name', async () => {
    const { world } = await onlineWorld();
    const posture = await inspect(world);
    assert.deepEqual(posture.drift, []);
    assert.equal(posture.device.activated, true);
    assert.equal(posture.link?.syncStatus, 'KeyVaultSynced');
    const kinds = new Set(posture.secrets?.map(({ kind }) => kind));
    assert.ok(kinds.has('BitLocker key') && kinds.has('BMC password'), [...kinds].join());
    assert.deepEqual(world.writes(), []);
  });

  test('returns no secret, whatever the vault contains', async () => {
    const { world, vault } = await onlineWorld();
    const text = JSON.stringify(await inspect(world));
    for (const { versions } of Object.values(vault.secrets)) {
      for (const { value } of versions) assert.ok(!text.includes(value));
    }
  });

  test('counts age by the clock of the service', async () => {
    const { world } = await activatedWorld();
    world.clock.advanceTo(world.clock.now() + 40 * 86_400_000);
    const { secrets, at, activationKey, drift } = await inspect(world);
    assert.deepEqual(new Set(secrets?.map(({ ageDays }) => ageDays)), new Set([40]));
    assert.ok(Math.abs(Date.parse(at) - world.clock.now()) < 60_000);
    assert.equal(activationKey?.state, 'expired');
    assert.deepEqual(linesOf(drift), ['activation key: key generate']);
  });

  test('reports that a device from before the integration is not affected by it', async () => {
    const { world, vault } = await onlineWorld();
    const edge = world.azure.state.dataBoxEdge.devices[world.device().id.toLowerCase()]!;
    edge.link = {};
    delete world.azure.state.vaults[vault.name];
    const posture = await inspect(world);
    assert.equal(posture.integration, 'before');
    assert.deepEqual(posture.drift, []);
  });

  test('reports that no key was requested yet', async () => {
    const world = await createWorld();
    const posture = await inspect(world);
    assert.equal(posture.integration, 'not yet');
    assert.deepEqual(posture.drift, []);
    assert.deepEqual(world.writes(), []);
  });

  test('accepts the resources of the portal as correct', async () => {
    const { world, vault } = await activatedWorld();
    const { control, state } = world.azure;
    control.removeLock({ scope: vault.id, name: keyVaultLockName });
    control.putLock({ scope: vault.id, name: 'DataBoxEdgeLock', level: 'CanNotDelete', notes: 'portal' });
    vault.tags = {};
    for (const account of Object.values(state.storageAccounts)) account.tags = {};
    const posture = await inspect(world);
    assert.deepEqual(posture.drift, []);
    assert.deepEqual(
      posture.locks?.map(({ name, whose, notes }) => [name, whose, notes]),
      [['DataBoxEdgeLock', 'foreign', 'portal']],
    );
    assert.equal(posture.keyVault?.state === 'live' && posture.keyVault.owner, 'this device');
  });

  test('fails for a device that does not exist', async () => {
    const world = await createWorld();
    const run = await startInspection(world, 'edge-9');
    await runToRest(world, run);
    assert.match(failureOf(run), /^DeviceNotFound: the resource group "edge-rg" has no device "edge-9"/);
  });

  test('fails for an unreadable input', async () => {
    const world = await createWorld();
    const run = await world.temporal.start('inspectDevice', [{ deviceId: 'edge-1' }], { workflowId: 'any' });
    await runToRest(world, run);
    assert.match(failureOf(run), /^InvalidInput: deviceId must be the ARM id/);
  });

  test('runs while another procedure is blocked', async () => {
    const world = await createWorld();
    const run = await world.generate({ keyVaultName: 'strangers-vault' });
    world.azure.control.putStrangersVault({ name: 'strangers-vault', group: 'edge-rg' });
    await runToRest(world, run);
    assert.equal(run.searchAttributes['AsePhase'], 'blocked');
    assert.equal((await inspect(world)).integration, 'not yet');
    assert.equal(run.outcome, undefined);
  });

  test('runs while an activation waits for its storage account', async () => {
    const world = await createWorld();
    const run = await world.generate();
    await world.temporal.runUntil(() => run.pendingActivities.some(({ name }) => name === 'awaitAuditStorage'));
    const inspection = await startInspection(world);
    assert.equal(inspection.workflowId, inspectionIdOf(world.device()));
    await world.temporal.runUntil(() => inspection.outcome !== undefined);
    assert.equal(inspection.outcome?.status, 'completed');
    assert.equal(run.outcome, undefined);
  });
});

suite('the vault of an inspected device is', () => {
  const cases: [what: string, lose: (world: World, name: string) => unknown, state: string, line: string][] = [
    [
      'deleted',
      ({ azure }, vaultName) => azure.control.softDeleteVault({ vaultName }),
      'deleted',
      'key vault: vault recover',
    ],
    [
      'moved',
      ({ azure }, name) => {
        const vault = azure.state.vaults[name]!;
        vault.id = vault.id.replace('/edge-rg/', '/other-rg/');
        vault.group = 'other-rg';
      },
      'moved',
      'key vault: ask its owner',
    ],
    ['gone', ({ azure }, name) => delete azure.state.vaults[name], 'gone', 'key vault: key generate'],
  ];
  for (const [what, lose, state, line] of cases) {
    test(what, async () => {
      const { world, vault } = await activatedWorld();
      lose(world, vault.name);
      const posture = await inspect(world);
      assert.equal(posture.keyVault?.state, state);
      assert.deepEqual(linesOf(posture.drift), [line]);
      assert.deepEqual(world.writes(), []);
    });
  }

  test('closed by a firewall, and everything except its secrets is shown', async () => {
    const { world, vault } = await activatedWorld();
    world.azure.control.closeFirewall({ vaultName: vault.name });
    const posture = await inspect(world);
    assert.equal(posture.keyVault?.state === 'live' && posture.keyVault.network, 'restricted');
    assert.equal(posture.secrets, undefined);
    assert.equal(posture.locks?.length, 1);
    assert.deepEqual(new Set(posture.unseen.map(({ failure }) => failure)), new Set(['VaultNetworkClosed']));
    assert.deepEqual(new Set(linesOf(posture.drift)), new Set(['sight: ask its owner']));
  });
});

suite('an inspection names the unreadable parts and shows the rest, without the right', () => {
  const cases: [action: string, parts: RegExp][] = [
    ['Microsoft.Authorization/locks/read', /^the locks of the (key vault|resource group|subscription|storage account)/],
    ['Microsoft.Insights/diagnosticSettings/read', /^the diagnostic settings$/],
    ['Microsoft.Storage/storageAccounts/read', /^the storage account/],
    ['Microsoft.KeyVault/vaults/read', /^the key vault$/],
    ['Microsoft.DataBoxEdge/dataBoxEdgeDevices/getExtendedInformation/action', /^the device's record$/],
  ];
  for (const [action, parts] of cases) {
    test(action, async () => {
      const { world } = await activatedWorld();
      world.azure.control.takeRight({ principal: 'worker', action });
      const posture = await inspect(world);
      assert.ok(posture.unseen.length > 0);
      for (const { part, failure } of posture.unseen) {
        assert.match(part, parts);
        assert.equal(failure, 'MissingPermission');
      }
      assert.equal(posture.drift.filter(({ what }) => what !== 'sight').length, 0, JSON.stringify(posture.drift));
      assert.equal(posture.device.status, 'ReadyToSetup');
    });
  }

  test('for its own entry in the vault', async () => {
    const { world, vault } = await activatedWorld();
    const { objectId } = world.azure.principals.worker;
    vault.accessPolicies = vault.accessPolicies.filter((entry) => entry.objectId !== objectId);
    vault.policyVersions = [{ from: 0, policies: vault.accessPolicies }];
    const posture = await inspect(world);
    assert.deepEqual(linesOf(posture.drift), ['worker access: device repair']);
    assert.deepEqual(new Set(posture.unseen.map(({ failure }) => failure)), new Set(['GrantPropagating']));
  });
});

suite('an inspection reads again', () => {
  test('if Azure is busy for a moment', async () => {
    let refused = 0;
    const { world } = await activatedWorld({
      meddle: async (request, pass) => {
        if (!new URL(request.url).pathname.endsWith('/secrets') || refused > 0) return pass(request);
        refused += 1;
        return refusal(503, 'ServiceUnavailable');
      },
    });
    assert.deepEqual((await inspect(world)).unseen, []);
    assert.equal(refused, 1);
  });

  test('and then names the parts that never answer', async () => {
    let down = false;
    const { world } = await activatedWorld({
      meddle: async (request, pass) =>
        new URL(request.url).pathname.endsWith('/diagnosticSettings') && request.method === 'GET' && down
          ? refusal(503, 'ServiceUnavailable')
          : pass(request),
    });
    down = true;
    const { unseen, secrets } = await inspect(world);
    assert.deepEqual(
      unseen.map(({ part, failure }) => [part, failure]),
      [['the diagnostic settings', 'AzureUnavailable']],
    );
    assert.equal(secrets?.length, 2);
  });

  test('and no more than necessary', async () => {
    const { world } = await activatedWorld();
    await inspect(world);
    assert.ok(world.azure.requests.length <= 20, `${world.azure.requests.length} requests`);
  });
});

test('an inspected link that leads out of the group is followed only by its name', async () => {
  const { world, vault } = await activatedWorld();
  await world.linkDevice(
    keyVaultIdOf(world.device(), 'elsewhere').replace('edge-rg', 'other-rg'),
    'https://elsewhere/',
  );
  world.azure.control.clearRequests();
  const posture = await inspect(world);
  assert.equal(posture.keyVault?.state, 'gone');
  assert.ok(!world.azure.requests.some(({ path }) => path.includes('other-rg')));
  assert.ok(vault.id.includes(groupOf(world)));
});
