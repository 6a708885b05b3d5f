/** What stands in the way of a recovery: each cause has its own type and text, and nothing is written before it is gone. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { keyVaultIdOf } from '../../domain/key-vault.ts';
import type { RecoverKeyVaultInput } from '../../domain/inputs.ts';
import type { Vault } from '../../local-azure/vault/vault.ts';
import { blockOf, createWorld, decide, failureOf, runToEnd, type World } from '../harness/world.ts';
import { activatedWorld, onlineWorld } from './looks.ts';
import {
  assertInService,
  deleteDevice,
  deleteVault,
  edgeOf,
  endOf,
  liveVault,
  lostVault,
  purge,
  recoveryAtRest,
} from './recovery.ts';

const deletedRight = { principal: 'worker', action: 'Microsoft.KeyVault/locations/deletedVaults/read' };

/** Somebody moves a vault to another group, as Azure lets its owner. */
const moveTo = ({ azure, device }: World, vault: Vault, group: string): Vault => {
  const moved = { ...vault, group, id: keyVaultIdOf({ ...device(), resourceGroup: group }, vault.name) };
  azure.state.vaults[vault.name] = moved;
  return moved;
};

type Case = {
  cause: string;
  arrange: () => Promise<World>;
  input?: Partial<RecoverKeyVaultInput>;
  failure: string;
  message: RegExp;
};

const blocks: Case[] = [
  {
    cause: 'was purged early by somebody',
    arrange: async () => {
      const { world, vault } = await lostVault();
      await purge(world, vault);
      return world;
    },
    failure: 'VaultPurged',
    message:
      /"ase-edge1-[0-9a-f]{9}" of the device "edge-1" is purged or its 90 days are over; proposed name of a new vault: "ase-edge1-/,
  },
  {
    cause: 'lives in another resource group',
    arrange: async () => {
      const { world, vault } = await onlineWorld();
      moveTo(world, vault, 'other-rg');
      return world;
    },
    failure: 'VaultElsewhere',
    message:
      /is active as \/subscriptions\/.*\/resourceGroups\/other-rg\/.*, and the device is in .*\/resourceGroups\/edge-rg$/,
  },
  {
    cause: 'was deleted in another resource group',
    arrange: async () => {
      const { world, vault } = await onlineWorld();
      deleteVault(world, moveTo(world, vault, 'other-rg'));
      return world;
    },
    failure: 'VaultElsewhere',
    message:
      /was deleted as \/subscriptions\/.*\/resourceGroups\/other-rg\/.*; it is recoverable there until 20.*, and the device is in .*\/resourceGroups\/edge-rg$/,
  },
  {
    cause: 'is named by the record in another subscription',
    arrange: async () => {
      const { world } = await lostVault();
      const other = '99999999-2222-3333-4444-555555555555';
      edgeOf(world).link.clientSecretStoreId =
        `/subscriptions/${other}/resourceGroups/edge-rg/providers/Microsoft.KeyVault/vaults/kv`;
      return world;
    },
    failure: 'VaultElsewhere',
    message: /names \/subscriptions\/99999999-.*, and the device is in \/subscriptions\/(?!9999)/,
  },
  {
    cause: 'may be among the deleted ones, which the worker may not read',
    arrange: async () => {
      const { world } = await lostVault();
      world.azure.control.takeRight(deletedRight);
      return world;
    },
    failure: 'MissingPermission',
    message: /the worker needs Microsoft\.KeyVault\/locations\/deletedVaults\/read on the subscription/,
  },
  {
    cause: 'has another name than the requested one',
    input: { keyVaultName: 'another-name' },
    arrange: async () => (await lostVault()).world,
    failure: 'DeviceHasOtherVault',
    message: /has the vault "ase-edge1-[0-9a-f]{9}" and cannot use "another-name"$/,
  },
  {
    cause: 'belongs to a former device of the same name',
    arrange: async () => {
      const { world, vault } = await activatedWorld();
      await world.createDeviceAgain();
      deleteVault(world, vault);
      return world;
    },
    failure: 'VaultOfFormerDevice',
    message: /belongs to a former device with the name "edge-1"; the present device never had it$/,
  },
  {
    cause: 'is one of several with the tags of a device that is gone',
    arrange: async () => {
      const { world, vault } = await activatedWorld();
      await deleteDevice(world);
      deleteVault(world, vault);
      const id = keyVaultIdOf(world.device(), 'an-older-one');
      world.azure.state.vaults['an-older-one'] = { ...vault, name: 'an-older-one', id };
      return world;
    },
    failure: 'DeviceHasOtherVault',
    message: /has "an-older-one", "ase-edge1-[0-9a-f]{9}"; name one in keyVaultName$/,
  },
  {
    cause: 'uses Azure RBAC and is alive',
    arrange: async () => {
      const { world, vault } = await onlineWorld();
      Object.assign(vault, { enableRbacAuthorization: true, showsRbac: true });
      return world;
    },
    failure: 'VaultUsesRbac',
    message: /uses Azure RBAC; its access policies have no effect$/,
  },
  {
    cause: 'is invisible, since its provider is not registered',
    arrange: async () => {
      const { world, vault } = await onlineWorld();
      deleteVault(world, vault);
      const subscription = `/subscriptions/${world.device().subscriptionId}`;
      await world.asOwner('POST', `${subscription}/providers/Microsoft.KeyVault/unregister`, '2021-04-01');
      world.clock.advanceTo(world.clock.now() + 60_000);
      return world;
    },
    failure: 'ProviderNotReady',
    message: /Microsoft\.KeyVault is (Un|Not)[rR]egistered: its vaults are not visible/,
  },
];

suite('a recovery of a vault that', () => {
  for (const { cause, arrange, input, failure, message } of blocks) {
    test(`${cause} waits with ${failure}, and nothing is written`, async () => {
      const world = await arrange();
      world.azure.control.clearRequests();
      const block = await blockOf(await recoveryAtRest(world, input));
      assert.deepEqual([block.step, block.failure], ['planRecovery', failure]);
      assert.match(block.message, message);
      assert.deepEqual(world.writes(), []);
    });
  }
});

const ends: Case[] = [
  {
    cause: 'a device that never had a vault',
    arrange: () => createWorld(),
    failure: 'NothingToRecover',
    message: /no vault carries the tags of the device "edge-1", and its record links to none$/,
  },
  {
    cause: 'a name that no vault ever had',
    input: { keyVaultName: 'never-was' },
    arrange: () => createWorld(),
    failure: 'NothingToRecover',
    message: /the vault "never-was" is neither active nor deleted: it never existed, or it was purged$/,
  },
  {
    cause: 'a device that is gone, and its vault with it',
    arrange: async () => {
      const { world, vault } = await activatedWorld();
      await deleteDevice(world);
      deleteVault(world, vault);
      await purge(world, vault);
      return world;
    },
    failure: 'NothingToRecover',
    message: /no vault carries the tags of the device "edge-1"/,
  },
  {
    cause: "a stranger's vault",
    input: { keyVaultName: 'not-ours' },
    arrange: async () => {
      const world = await createWorld();
      world.azure.control.register({ namespace: 'Microsoft.KeyVault' });
      world.azure.control.putStrangersVault({ name: 'not-ours', group: 'edge-rg' });
      world.azure.control.softDeleteVault({ vaultName: 'not-ours' });
      return world;
    },
    failure: 'VaultNotOurs',
    message: /"not-ours" is neither linked to the device "edge-1" nor tagged for it$/,
  },
  {
    cause: "another device's vault, although the record names it",
    arrange: async () => {
      const { world, vault } = await activatedWorld();
      const other = await runToEnd(world, await world.generate({}, 'edge-2'));
      edgeOf(world).link.clientSecretStoreId = other.keyVault.id;
      assert.ok(vault);
      return world;
    },
    failure: 'VaultNotOurs',
    message: /belongs to another device, edge-2$/,
  },
  {
    cause: 'a vault without marks, for a device that is gone',
    input: { keyVaultName: 'not-ours' },
    arrange: async () => {
      const { world } = await activatedWorld();
      await deleteDevice(world);
      world.azure.control.putStrangersVault({ name: 'not-ours', group: 'edge-rg' });
      return world;
    },
    failure: 'VaultNotOurs',
    message: /does not carry the tags of the device "edge-1", which is gone$/,
  },
];

suite('a recovery of', () => {
  for (const { cause, arrange, input, failure, message } of ends) {
    test(`${cause} ends with ${failure}, and nothing is written`, async () => {
      const world = await arrange();
      world.azure.control.clearRequests();
      const text = failureOf(await recoveryAtRest(world, input));
      assert.ok(text.startsWith(`${failure}: `), text);
      assert.match(text, message);
      assert.deepEqual(world.writes(), []);
    });
  }
});

suite('a recovery resumes', () => {
  test('by itself when the worker may read the deleted vaults', async () => {
    const { world } = await lostVault();
    world.azure.control.takeRight(deletedRight);
    const run = await recoveryAtRest(world);
    assert.equal((await blockOf(run)).heals, true);
    world.azure.control.giveBackRight(deletedRight);
    assertInService(world, await endOf(world, run));
  });

  test('when a vault that was moved away is moved back', async () => {
    const { world, vault } = await onlineWorld();
    moveTo(world, vault, 'other-rg');
    const run = await recoveryAtRest(world);
    moveTo(world, vault, 'edge-rg');
    await decide(run, {});
    assertInService(world, await endOf(world, run));
  });

  test('with the intended name', async () => {
    const { world, vault } = await lostVault();
    const run = await recoveryAtRest(world, { keyVaultName: 'another-name' });
    const { retryWith } = await blockOf(run);
    assert.deepEqual(retryWith, { keyVaultName: vault.name });
    await decide(run, { input: retryWith ?? {} });
    assertInService(world, await endOf(world, run));
  });
});

test('a recreated device gets neither vault nor key of its predecessor, whatever the decision', async () => {
  const { world, vault } = await activatedWorld();
  await world.createDeviceAgain();
  const run = await recoveryAtRest(world, { keyVaultName: vault.name });
  assert.equal((await blockOf(run)).failure, 'VaultOfFormerDevice');
  assert.deepEqual(edgeOf(world).link, {});
  const { principalId } = edgeOf(world);
  assert.ok(!liveVault(world, vault).accessPolicies.some(({ objectId }) => objectId === principalId));
});
