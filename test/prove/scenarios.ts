/**
 * Every procedure, in every way that is worth disturbing: how the world begins, what is started, what people say, and what
 * must be true in the end, whatever happened on the way.
 */
import assert from 'node:assert/strict';
import { previewIdOf } from '../../domain/device.ts';
import { deviceHash, keyVaultLockName } from '../../domain/names.ts';
import type { ActivationKeyRef } from '../../domain/secrets.ts';
import type { Vault } from '../../local-azure/vault/vault.ts';
import { assertActivatable, assertNoDoubles } from '../harness/invariants.ts';
import type { Run } from '../harness/temporal/index.ts';
import { createWorld, runToEnd, type Beginning, type World } from '../harness/world.ts';
import {
  assertProtected,
  assertSoftDeleted,
  day,
  isDeviceThere,
  putSecret,
  startDeviceDeletion,
  startVaultDeletion,
  vaultName,
} from '../workflows/deletion.ts';
import { startInspection, startRepair } from '../workflows/looks.ts';
import { assertInService, deleteVault, purge, startRecovery } from '../workflows/recovery.ts';

/** What is said to the question about a vault; undefined is silence. */
export type Word = 'delete-vault' | 'keep-vault' | undefined;

export type Scenario = {
  name: string;
  /** The way that a procedure takes by itself: on it each of the telling faults is played at every request. */
  plain?: true;
  begin: () => Promise<World>;
  /** The worker holds its tokens already, which have so many milliseconds left: what is asked for is their renewal. */
  tokensLeft?: number;
  start: (world: World) => Promise<Run>;
  /** What to start once more after an end that was none; undefined when nothing is left to do. Default: the same. */
  again?: (world: World) => Promise<Run | undefined>;
  /** What puts right, besides the procedure itself, what came too late for anybody to wait for. */
  mends?: readonly ((world: World) => Promise<Run>)[];
  word?: Word;
  /** Whether whoever finds the audit trail blocked goes on without it. */
  skips?: boolean;
  /** Must hold in the end. `lastType` is the failure type of the last run, if it failed. */
  end: (world: World) => void | Promise<void>;
  /** With which types a run may end that is started after the work was done already. */
  doneTypes?: readonly string[];
};

/** Whether its procedure asks what is to become of a vault. */
export const isAsked = ({ name }: Scenario): boolean => name.startsWith('delete');

const deviceOf = ({ azure, device }: World) => azure.state.dataBoxEdge.devices[device().id.toLowerCase()];

/** The only vault that is the device's by its link, or by its tags. */
const ownVault = (world: World): Vault => {
  const { vaults } = world.azure.state;
  const linked = Object.values(vaults).find(
    ({ id }) => id.toLowerCase() === deviceOf(world)?.link.clientSecretStoreId?.toLowerCase(),
  );
  const tagged = Object.values(vaults).find(({ tags }) => tags['ase-device-hash'] === deviceHash(world.device()));
  const vault = linked ?? tagged;
  assert.ok(vault, 'the device has a vault');
  return vault;
};

/** Somebody else's entry and tag on the vault of the device, and their secret in it. */
const addForeigners = (world: World, secret = false): void => {
  const vault = ownVault(world);
  vault.tags['cost-center'] = '4711';
  const policies = [
    ...vault.accessPolicies,
    { tenantId: vault.tenantId, objectId: world.azure.principals.owner.objectId, permissions: { keys: ['Get'] } },
  ];
  vault.accessPolicies = policies;
  vault.policyVersions = [{ from: 0, policies }];
  if (secret) putSecret(world, 'payroll');
};

const activated = async (): Promise<World> => {
  const world = await createWorld();
  await runToEnd(world, await world.generate());
  addForeigners(world);
  return world;
};

const toDelete = async (): Promise<World> => {
  const world = await activated();
  putSecret(world, 'payroll');
  world.azure.control.assignRole({ principal: 'worker', role: 'Edge Key Vault Deleter' });
  return world;
};

const online = async (): Promise<World> => {
  const world = await activated();
  const outcome = await world.pasteKey(vaultName(world));
  assert.ok(outcome.activated);
  return world;
};

/** As an earlier deletion leaves it that Temporal has lost. */
const unlocked = (world: World): World => {
  world.azure.control.removeLock({ scope: ownVault(world).id, name: keyVaultLockName });
  return world;
};

const lost = async (world: World): Promise<World> => {
  const vault = ownVault(world);
  deleteVault(world, vault);
  vault.tags = {};
  // The access of the device's identity is what is left to tell whose it is.
  const policies = vault.accessPolicies.filter(({ objectId }) => objectId === deviceOf(world)?.principalId);
  vault.accessPolicies = policies;
  vault.policyVersions = [{ from: 0, policies }];
  return world;
};

/** All that an activation promises, and that the key in the vault is taken by the device. */
const activatable =
  (audit: 'complete' | 'skipped' = 'complete') =>
  async (world: World): Promise<void> => {
    const { azure, device } = world;
    const vault = ownVault(world);
    const { link } = deviceOf(world)!;
    const key = vault.secrets['ase-activation-key']?.versions.find(({ attributes }) => attributes.enabled);
    assert.ok(key, 'a key is in force');
    const name = link.channelIntegrityKeyName ?? '';
    const of = { id: vault.id, name: vault.name, uri: '' };
    assertActivatable(azure, device(), {
      deviceId: device().id,
      keyVault: of,
      channelIntegrityKey: { name, version: link.channelIntegrityKeyVersion ?? '' },
      activationKey: { version: key.version } as ActivationKeyRef,
      audit,
      skipped: [],
    });
    const outcome = await world.pasteKey(vault.name);
    assert.equal(outcome.activated, true, JSON.stringify(outcome));
  };

const inService = (world: World): void => {
  assertNoDoubles(world.azure, world.device());
  const { id, name } = ownVault(world);
  assertInService(world, { keyVault: { id, name, uri: '' } } as Parameters<typeof assertInService>[1]);
  assert.equal(deviceOf(world)?.link.clientSecretStoreId, id);
};

const mayLookAtLog = async (): Promise<World> => {
  const world = await activated();
  world.azure.control.assignRole({ principal: 'worker', role: 'Storage Blob Data Reader' });
  return world;
};

const supersede = (world: World) => world.regenerate({ supersede: true });

const generate = (input = {}) => ({
  start: (world: World) => world.generate(input),
  mends: [supersede],
  end: activatable(),
});

const deletes = (word: Word) => ({
  begin: toDelete,
  word,
  start: (world: World) => startDeviceDeletion(world),
  // Without its device, the vault is deleted by the procedure for vaults; a vault that is to stay needs nothing more.
  again: (world: World) => {
    if (isDeviceThere(world)) return startDeviceDeletion(world);
    const isLeft = world.azure.state.vaults[vaultName(world)] !== undefined;
    return word === 'delete-vault' && isLeft ? startVaultDeletion(world) : Promise.resolve(undefined);
  },
  doneTypes: ['DeviceNotFound', 'KeyVaultNotFound'],
});

/** What the last word means for vault and device, where somebody else than the scenario's people spoke. */
export const assertFateAsSaid = (world: World, word: 'delete-vault' | 'keep-vault' | 'cancel'): void => {
  if (word === 'delete-vault') return assertSoftDeleted(world);
  assertProtected(world);
};

const deviceGone = (world: World): void => assert.ok(!isDeviceThere(world), 'the device is gone');

const procedures: readonly Scenario[] = [
  { name: 'generate', plain: true, begin: () => createWorld(), ...generate() },
  { name: 'generate, audit after', begin: () => createWorld(), ...generate({ audit: 'after' }) },
  {
    name: 'generate, adopting',
    begin: async () => {
      const world = await createWorld();
      const run = await world.generate();
      await world.temporal.runUntil(() => run.pendingActivities[0]?.name === 'awaitAuditStorage');
      await run.terminate('lost');
      await world.temporal.runUntil();
      addForeigners(world);
      return world;
    },
    ...generate(),
  },
  {
    name: 'generate, recovering',
    begin: async () => {
      const world = await activated();
      deleteVault(world, ownVault(world));
      return world;
    },
    ...generate({ softDeletedVault: 'recover' }),
  },
  {
    name: 'generate, told to recover',
    begin: async () => {
      const world = await activated();
      deleteVault(world, ownVault(world));
      return world;
    },
    ...generate(),
  },
  {
    name: 'generate, blocked and retried',
    begin: async () => {
      const world = await createWorld();
      world.azure.control.putStrangersVault({ name: vaultName(world) });
      return world;
    },
    ...generate(),
  },
  {
    name: 'generate, without a trail',
    begin: async () => {
      const world = await createWorld();
      world.azure.control.neverRegister({ namespace: 'Microsoft.Storage' });
      return world;
    },
    start: (world) => world.generate(),
    mends: [supersede],
    skips: true,
    end: activatable('skipped'),
  },
  {
    name: 'regenerate',
    begin: async () => {
      const world = await mayLookAtLog();
      world.clock.advanceTo(world.clock.now() + 4 * day);
      return world;
    },
    start: (world) => world.regenerate(),
    mends: [supersede],
    end: activatable(),
    doneTypes: ['KeyStillLive'],
  },
  {
    name: 'regenerate, superseding',
    begin: mayLookAtLog,
    start: supersede,
    end: activatable(),
  },
  {
    name: 'regenerate, under the name of its request',
    begin: mayLookAtLog,
    start: (world) => world.regenerate({ supersede: true, requestId: 'ticket-4711' }),
    mends: [supersede],
    end: activatable(),
  },
  {
    name: 'delete device, keep vault',
    ...deletes('keep-vault'),
    end: (world) => {
      deviceGone(world);
      assertProtected(world);
    },
  },
  {
    name: 'delete device and vault',
    plain: true,
    ...deletes('delete-vault'),
    end: (world) => {
      deviceGone(world);
      assertSoftDeleted(world);
    },
  },
  {
    name: 'delete device, silence',
    ...deletes(undefined),
    end: (world) => {
      deviceGone(world);
      assertProtected(world);
    },
  },
  {
    name: 'delete vault',
    begin: toDelete,
    word: 'delete-vault',
    start: (world) => startVaultDeletion(world),
    doneTypes: ['KeyVaultNotFound'],
    end: (world) => {
      assert.ok(isDeviceThere(world), 'the device stays');
      assertSoftDeleted(world);
    },
  },
  {
    name: 'delete vault, kept after its lock was left off',
    begin: async () => unlocked(await toDelete()),
    word: 'keep-vault',
    start: (world) => startVaultDeletion(world),
    end: assertProtected,
  },
  {
    name: 'delete device and vault, after its lock was left off',
    ...deletes('delete-vault'),
    begin: async () => unlocked(await toDelete()),
    end: (world) => {
      deviceGone(world);
      assertSoftDeleted(world);
    },
  },
  {
    name: 'regenerate, after the lock was left off',
    begin: async () => unlocked(await activated()),
    start: supersede,
    end: activatable(),
  },
  {
    name: 'recover',
    plain: true,
    begin: async () => {
      const world = await lost(await online());
      world.azure.state.storageAccounts = {};
      world.azure.state.locks = {};
      return world;
    },
    start: (world) => startRecovery(world),
    end: inService,
  },
  {
    name: 'recover, past the window',
    plain: true,
    begin: async () => {
      const world = await lost(await activated());
      const [{ vault } = assert.fail('a deleted vault')] = Object.values(world.azure.state.deletedVaults);
      await purge(world, vault);
      return world;
    },
    start: (world) => startRecovery(world),
    mends: [(world) => world.generate()],
    end: inService,
  },
  {
    name: 'repair',
    plain: true,
    begin: async () => {
      const world = await online();
      const { state } = world.azure;
      const vault = ownVault(world);
      vault.tags = { 'cost-center': '4711' };
      const kept = vault.accessPolicies.filter(({ objectId }) => objectId !== deviceOf(world)?.principalId);
      vault.accessPolicies = kept;
      vault.policyVersions = [{ from: 0, policies: kept }];
      state.locks = {};
      state.diagnosticSettings = {};
      state.storageAccounts = {};
      deviceOf(world)!.link.clientSecretStoreUrl = 'https://elsewhere/';
      return world;
    },
    start: (world) => startRepair(world),
    end: (world) => {
      inService(world);
      assert.match(deviceOf(world)?.link.clientSecretStoreUrl ?? '', /^https:\/\/ase-/);
      assert.equal(ownVault(world).tags['ase-device-hash'], deviceHash(world.device()));
      assert.ok(!world.writes().includes('secrets/set'), 'no key is made or changed');
    },
  },
  {
    name: 'inspect',
    begin: online,
    start: (world) => startInspection(world),
    end: (world) => assert.deepEqual(world.writes(), [], 'a look writes nothing'),
  },
  {
    name: 'preview',
    begin: () => createWorld(),
    start: (world) =>
      world.temporal.start('previewActivation', [{ deviceId: world.device().id }], {
        workflowId: previewIdOf(world.device()),
      }),
    end: (world) => assert.deepEqual(world.writes(), [], 'a look writes nothing'),
  },
];

/** With tokens that are to be renewed at once, and that are needed no longer than the shortest of procedures takes. */
const tokensLeft = 100_000;

const renewing = procedures
  .filter(({ plain }) => plain)
  .map((scenario) => ({ ...scenario, name: `${scenario.name}, its tokens running out`, tokensLeft }));

export const scenarios: readonly Scenario[] = [...procedures, ...renewing];

const beginnings = new Map<string, Promise<Beginning>>();

/** The world of a scenario as it begins, made once. */
export const beginningOf = (scenario: Scenario): Promise<Beginning> => {
  const known = beginnings.get(scenario.name) ?? begin(scenario);
  beginnings.set(scenario.name, known);
  return known;
};

const begin = async (scenario: Scenario): Promise<Beginning> => {
  const world = await scenario.begin();
  return { state: world.azure.snapshot(), now: world.clock.now(), runs: 100, certificates: 1000 };
};
