/** A repair puts right what has drifted and is ours, and touches nothing else. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { auditLockName, keyVaultLockName } from '../../domain/names.ts';
import type { Vault } from '../../local-azure/vault/vault.ts';
import type { Run } from '../harness/temporal/index.ts';
import { blockOf, createWorld, decide, failureOf, runToRest, type World } from '../harness/world.ts';
import { activatedWorld, inspect, linesOf, onlineWorld, repair, startRepair, valueOf } from './looks.ts';

type Spoil = (world: World, vault: Vault) => unknown;

const stranger = '99999999-9999-9999-9999-999999999999';

/** Policies as somebody in the portal would leave them, in effect at once. */
const setPolicies = (vault: Vault, policies: Vault['accessPolicies']): void => {
  vault.accessPolicies = policies;
  vault.policyVersions = [{ from: 0, policies }];
};

const policyOf = (vault: Vault, objectId: string | undefined) =>
  vault.accessPolicies.find((entry) => entry.objectId === objectId);

const edgeOf = (world: World) => world.azure.state.dataBoxEdge.devices[world.device().id.toLowerCase()]!;

/** The vault's state is another object after a write. */
const tagsOf = ({ azure }: World, { name }: Vault) => azure.state.vaults[name]!.tags;

const accountOf = (world: World) => Object.values(world.azure.state.storageAccounts)[0]!;

const without = (vault: Vault, objectId: string | undefined): void =>
  setPolicies(
    vault,
    vault.accessPolicies.filter((entry) => entry.objectId !== objectId),
  );

const drifts: [what: string, spoil: Spoil, line: string, writes: string[]][] = [
  [
    'a missing lock',
    ({ azure }, { id }) => azure.control.removeLock({ scope: id, name: keyVaultLockName }),
    'lock: device repair',
    ['Microsoft.Authorization/locks/write'],
  ],
  [
    'the lock of the audit log',
    (world) => world.azure.control.removeLock({ scope: accountOf(world).id, name: auditLockName }),
    'audit storage lock: device repair',
    ['Microsoft.Authorization/locks/write'],
  ],
  [
    'a missing diagnostic setting',
    ({ azure }) => (azure.state.diagnosticSettings = {}),
    'audit trail: device repair',
    ['Microsoft.Insights/diagnosticSettings/write'],
  ],
  [
    'a missing storage account',
    (world) => {
      const { id, name } = accountOf(world);
      world.azure.control.removeLock({ scope: id, name: auditLockName });
      delete world.azure.state.storageAccounts[name];
    },
    'audit trail: device repair',
    ['Microsoft.Storage/storageAccounts/write', 'Microsoft.Authorization/locks/write'],
  ],
  [
    'a missing entry of the device',
    (world, vault) => without(vault, edgeOf(world).principalId),
    'device access: device repair',
    ['Microsoft.KeyVault/vaults/accessPolicies/write'],
  ],
  [
    'an entry of the device with excess rights',
    (world, vault) => policyOf(vault, edgeOf(world).principalId)?.permissions['secrets']?.push('delete'),
    'device access: device repair',
    ['Microsoft.KeyVault/vaults/accessPolicies/write'],
  ],
  [
    'a missing entry of the worker',
    ({ azure }, vault) => without(vault, azure.principals.worker.objectId),
    'worker access: device repair',
    ['Microsoft.KeyVault/vaults/accessPolicies/write'],
  ],
  [
    'a missing entry of a key reader',
    ({ azure }, vault) => without(vault, azure.principals.operator.objectId),
    'key reader access: device repair',
    ['Microsoft.KeyVault/vaults/accessPolicies/write'],
  ],
  [
    'tags that somebody removed',
    (_, vault) => (vault.tags = { theirs: 'kept' }),
    'marks: device repair',
    ['Microsoft.Resources/tags/write'],
  ],
  [
    'a lost link',
    (world) => (edgeOf(world).link = {}),
    'link: device repair',
    ['Microsoft.DataBoxEdge/dataBoxEdgeDevices/updateExtendedInformation/action'],
  ],
];

suite('a repair of an activated device corrects', () => {
  for (const [what, spoil, line, writes] of drifts) {
    test(what, async () => {
      const { world, vault } = await onlineWorld();
      const link = { ...edgeOf(world).link };
      spoil(world, vault);
      const secrets = structuredClone(vault.secrets);
      const { repaired, left } = await repair(world);
      assert.deepEqual(linesOf(repaired), [line]);
      assert.deepEqual(left, []);
      assert.deepEqual(world.writes(), writes);
      assert.deepEqual(edgeOf(world).link, link);
      assert.deepEqual(vault.secrets, secrets, 'no key is made or changed');
      assert.deepEqual((await inspect(world)).drift, []);
    });
  }

  /** Tags, audit trail and access at once, and an entry of others. */
  const spoilAll = (world: World, vault: Vault) => {
    const foreign = { tenantId: vault.tenantId, objectId: stranger, permissions: { keys: ['Get'], secrets: ['List'] } };
    setPolicies(vault, [foreign]);
    vault.tags = { theirs: 'kept' };
    world.azure.state.diagnosticSettings = {};
    return foreign;
  };

  test('everything at once, as long as its lock names its owner, and leaves foreign entries unchanged', async () => {
    const { world, vault } = await onlineWorld();
    const foreign = spoilAll(world, vault);
    const { repaired, left } = await repair(world);
    assert.equal(repaired.length, 5, JSON.stringify(repaired));
    assert.deepEqual(linesOf(left), ['foreign access: ask its owner']);
    assert.deepEqual(policyOf(vault, stranger), foreign);
    assert.equal(tagsOf(world, vault)['theirs'], 'kept');
    assert.deepEqual(world.writes(), [
      'Microsoft.Resources/tags/write',
      'Microsoft.Insights/diagnosticSettings/write',
      'Microsoft.KeyVault/vaults/accessPolicies/write',
    ]);
  });

  test('nothing if only the record of the device refers to the vault, and reports that', async () => {
    const { world, vault } = await onlineWorld();
    spoilAll(world, vault);
    world.azure.control.removeLock({ scope: vault.id, name: keyVaultLockName });
    const { repaired, left } = await repair(world);
    assert.deepEqual(repaired, []);
    assert.match(left[0]?.found ?? '', /^only the record of the device links to ase-edge1-/);
    assert.deepEqual(world.writes(), []);
  });
});

suite('a repair writes nothing', () => {
  const untouched: [what: string, spoil: Spoil, left: string[]][] = [
    ['without drift', () => undefined, []],
    [
      'on a deleted vault',
      ({ azure }, { name }) => azure.control.softDeleteVault({ vaultName: name }),
      ['key vault: vault recover'],
    ],
    ['for a missing vault', ({ azure }, { name }) => delete azure.state.vaults[name], ['key vault: vault recover']],
    [
      'on foreign resources',
      ({ azure }, vault) => {
        azure.control.putLock({ scope: vault.id, name: 'frozen', level: 'ReadOnly' });
        setPolicies(vault, [
          ...vault.accessPolicies,
          { tenantId: vault.tenantId, objectId: stranger, permissions: { secrets: ['get'] } },
        ]);
      },
      ['read-only lock: ask its owner', 'foreign access: ask its owner'],
    ],
    [
      'on a vault with the tags of another device',
      ({ azure }, vault) => {
        vault.tags = { ...vault.tags, 'ase-device-hash': '0123456789abcdef' };
        azure.control.removeLock({ scope: vault.id, name: keyVaultLockName });
      },
      ['marks: ask its owner'],
    ],
    [
      'for a missing channel integrity key',
      (world, vault) => delete vault.secrets[edgeOf(world).link.channelIntegrityKeyName ?? ''],
      ['channel integrity key: ask its owner'],
    ],
  ];
  for (const [what, spoil, left] of untouched) {
    test(what, async () => {
      const { world, vault } = await onlineWorld();
      spoil(world, vault);
      const result = await repair(world);
      assert.deepEqual(result.repaired, []);
      assert.deepEqual(linesOf(result.left).sort(), left.toSorted());
      assert.deepEqual(world.writes(), []);
    });
  }
});

suite('a repair', () => {
  test('adds our lock and our tags to the resources of the portal after the lock of the portal is gone', async () => {
    const { world, vault } = await onlineWorld();
    vault.tags = {};
    world.azure.control.removeLock({ scope: vault.id, name: keyVaultLockName });
    const { left } = await repair(world);
    assert.deepEqual(left, []);
    assert.equal(tagsOf(world, vault)['ase-device'], 'edge-1');
  });

  test('works before the activation as well, and leaves the rest to key generate', async () => {
    const { world, vault } = await activatedWorld();
    world.azure.control.removeLock({ scope: vault.id, name: keyVaultLockName });
    world.clock.advanceTo(world.clock.now() + 4 * 86_400_000);
    const { repaired, left } = await repair(world);
    assert.deepEqual(linesOf(repaired), ['lock: device repair']);
    assert.deepEqual(linesOf(left), ['activation key: key generate']);
  });

  test('never gives a device another channel integrity key than the one it knows', async () => {
    const { world, vault } = await onlineWorld();
    const { link } = edgeOf(world);
    const { channelIntegrityKeyVersion: known } = link;
    edgeOf(world).link = { ...link, clientSecretStoreUrl: 'https://elsewhere/' };
    const secret = vault.secrets[link.channelIntegrityKeyName ?? '']!;
    secret.versions[0]!.attributes.enabled = false;
    secret.versions.push({ ...structuredClone(secret.versions[0]!), version: '0'.repeat(32) });
    secret.versions[1]!.attributes.enabled = true;
    const { left } = await repair(world);
    assert.equal(edgeOf(world).link.channelIntegrityKeyVersion, known);
    assert.deepEqual(linesOf(left), ['channel integrity key: ask its owner']);
  });

  test('links a device whose record refers to a missing vault to its own, by the key that it knows', async () => {
    const { world, vault } = await onlineWorld();
    const { link } = edgeOf(world);
    const secret = vault.secrets[link.channelIntegrityKeyName ?? '']!;
    const older = structuredClone(secret.versions[0]!);
    secret.versions.unshift({
      ...older,
      version: '0'.repeat(32),
      attributes: { ...older.attributes, created: older.attributes.created - 60 },
    });
    edgeOf(world).link = { ...link, clientSecretStoreId: vault.id.replace(vault.name, 'gone-vault') };
    const { left } = await repair(world);
    assert.deepEqual(edgeOf(world).link, link);
    assert.deepEqual(linesOf(left), []);
  });

  test('blocks if there is no channel integrity key to link, and creates none', async () => {
    const { world, vault } = await onlineWorld();
    delete vault.secrets[edgeOf(world).link.channelIntegrityKeyName ?? ''];
    edgeOf(world).link = {};
    const run = await startRepair(world);
    await runToRest(world, run);
    const { step, failure } = await blockOf(run);
    assert.equal(`${step} ${failure}`, 'relinkDevice CikMissing');
    assert.deepEqual(world.writes(), []);
  });

  test('blocks on a missing right, and resumes when the right is granted', async () => {
    const { world, vault } = await onlineWorld();
    const right = { principal: 'worker', action: 'Microsoft.Authorization/locks/write' };
    world.azure.control.removeLock({ scope: vault.id, name: keyVaultLockName });
    world.azure.control.takeRight(right);
    const run = await startRepair(world);
    await runToRest(world, run);
    assert.equal((await blockOf(run)).failure, 'MissingPermission');
    world.azure.control.giveBackRight(right);
    assert.deepEqual((await valueOf<{ left: [] }>(world, run)).left, []);
  });

  test('continues without the audit trail after a decision, and reports that', async () => {
    const { world } = await onlineWorld();
    world.azure.state.diagnosticSettings = {};
    world.azure.control.takeRight({ principal: 'worker', action: 'Microsoft.Insights/diagnosticSettings/write' });
    const run = await startRepair(world);
    await runToRest(world, run);
    await decide(run, { decision: 'skip' });
    const { skipped, left } = await valueOf<{ skipped: { step: string }[]; left: [] }>(world, run);
    assert.deepEqual(
      skipped.map(({ step }) => step),
      ['ensureDiagnosticSetting'],
    );
    assert.deepEqual(linesOf(left), ['audit trail: device repair']);
  });

  test('refuses a device that was recreated in the meantime', async () => {
    let armed = false;
    const { world, vault } = await activatedWorld({
      meddle: async (request, pass, world) => {
        const answer = await pass(request);
        if (armed && request.method === 'PUT') {
          armed = false;
          await world.createDeviceAgain();
        }
        return answer;
      },
    });
    world.azure.control.removeLock({ scope: vault.id, name: keyVaultLockName });
    without(vault, edgeOf(world).principalId);
    armed = true;
    const run = await startRepair(world);
    await runToRest(world, run);
    const { step, failure } = await blockOf(run);
    assert.equal(`${step} ${failure}`, 'grantAccess IdentityMismatch');
  });

  test('refuses the workflow id of another device, and fails for a device that does not exist', async () => {
    const world = await createWorld();
    const input = [{ deviceId: world.device().id }];
    const other: Run = await world.temporal.start('repairDevice', input, { workflowId: 'other' });
    await runToRest(world, other);
    assert.match(failureOf(other), /^WrongWorkflowId/);
    const missing = await startRepair(world, 'edge-9');
    await runToRest(world, missing);
    assert.match(failureOf(missing), /^DeviceNotFound/);
    assert.deepEqual(world.writes(), []);
  });
});
