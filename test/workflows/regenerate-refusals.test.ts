/** What stands in the way of a new key: each cause has its own type and text, and is found before anything is written. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { awaitActivationKeyUpdate } from '../../workflows/messages.ts';
import { blockOf, createWorld, failureOf, runToRest, type World } from '../harness/world.ts';
import { assertInForce, endOf, vaultOf, worldWithKey, type WorldWithKey } from './regeneration.ts';

const day = 86_400_000;

const softDelete = ({ azure }: World, vaultName: string): void => azure.control.softDeleteVault({ vaultName });

/** The vault as it would be in another resource group. */
const moveAway = (world: World): void => {
  const vault = vaultOf(world);
  vault.id = vault.id.replace('/edge-rg/', '/other-rg/');
  vault.group = 'other-rg';
  world.azure.control.putGroup({ name: 'other-rg', location: 'westeurope' });
};

type Obstacle = {
  cause: string;
  arrange: (found: WorldWithKey) => Promise<unknown> | void;
  failure: RegExp;
  input?: Record<string, unknown>;
};

const fatal: Obstacle[] = [
  {
    cause: 'a key that is still valid',
    arrange: () => undefined,
    failure:
      /^KeyStillLive: the activation key with the fingerprint [0-9a-f]{16} is valid until 2026-01-04T.*Z; a new key/,
    input: {},
  },
  {
    cause: 'a device that is activated',
    arrange: ({ world, first }) => world.pasteKey(first.keyVault.name),
    failure: /^DeviceAlreadyActivated: the device "edge-1" is already activated/,
  },
  {
    cause: 'a device that is linked to no vault',
    arrange: ({ world }) => void (edgeOf(world).link = {}),
    failure: /^NothingToRegenerate: the device "edge-1" is not linked to a key vault$/,
  },
  {
    cause: 'a device that is linked to no channel integrity key',
    arrange: ({ world }) => void delete edgeOf(world).link.channelIntegrityKeyVersion,
    failure: /^NothingToRegenerate: the device "edge-1" is not linked to a channel integrity key$/,
  },
  {
    cause: 'a soft-deleted vault',
    arrange: ({ world, first }) => softDelete(world, first.keyVault.name),
    failure: /^VaultDeleted: the key vault "ase-edge1-.*" was deleted on 2026-.*Z and is recoverable until 2026-.*Z$/,
  },
  {
    cause: 'a vault that is past its retention',
    arrange: ({ world, first }) => {
      softDelete(world, first.keyVault.name);
      world.clock.advanceTo(world.clock.now() + 91 * day);
    },
    failure: /^NothingToRegenerate: the key vault "ase-edge1-.*" is gone: it was purged or never created$/,
  },
  {
    cause: 'a supersede that is neither true nor false',
    arrange: () => undefined,
    failure: /^InvalidInput: supersede must be true or false; got "yes"/,
    input: { supersede: 'yes' },
  },
];

const edgeOf = (world: World) => {
  const edge = world.azure.state.dataBoxEdge.devices[world.device().id.toLowerCase()];
  assert.ok(edge);
  return edge;
};

suite('a regeneration fails before its first write for', () => {
  for (const { cause, arrange, failure, input = { supersede: true } } of fatal) {
    test(cause, async () => {
      const found = await worldWithKey();
      const { world } = found;
      await arrange(found);
      world.azure.control.clearRequests();
      const run = await world.regenerate(input);
      await runToRest(world, run);
      assert.match(failureOf(run), failure);
      assert.deepEqual(world.writes(), []);
    });
  }

  test('a device that never had a vault', async () => {
    const world = await createWorld();
    const run = await world.regenerate();
    await runToRest(world, run);
    assert.match(failureOf(run), /^NothingToRegenerate: /);
    assert.deepEqual(world.writes(), []);
  });

  test('the workflow id of another device', async () => {
    const world = await createWorld();
    const input = [{ deviceId: world.device().id }];
    const run = await world.temporal.start('regenerateActivationKey', input, { workflowId: 'mine' });
    await runToRest(world, run);
    assert.match(failureOf(run), /^WrongWorkflowId: start this procedure with the workflow id "ase:/);
    assert.deepEqual(world.azure.requests, []);
  });

  test('a key that is still valid, which callers that wait for the new one learn', async () => {
    const { world } = await worldWithKey();
    const run = await world.regenerate();
    const { result } = await run.update(awaitActivationKeyUpdate);
    const refused = assert.rejects(result, /valid until/);
    await runToRest(world, run);
    await refused;
  });
});

const blocking: Obstacle[] = [
  {
    cause: 'the vault was moved to another resource group',
    arrange: ({ world }) => moveAway(world),
    failure: /^VaultElsewhere: the key vault ".*" was moved to \/subscriptions\/.*\/other-rg\//,
  },
  {
    cause: 'a vault of its name was deleted in another resource group',
    arrange: ({ world, first }) => {
      moveAway(world);
      softDelete(world, first.keyVault.name);
    },
    failure:
      /^VaultElsewhere: .* is gone; a vault with its name was deleted elsewhere: .*\/other-rg\/.*, recoverable until 2026-/,
  },
  {
    cause: 'the link leads out of the resource group',
    arrange: ({ world, first }) =>
      world.linkDevice(first.keyVault.id.replace('/edge-rg/', '/other-rg/'), first.keyVault.uri),
    failure: /^VaultElsewhere: the device is linked to .*other-rg.*, which is outside its resource group$/,
  },
  {
    cause: 'the worker may not read deleted vaults',
    arrange: ({ world, first }) => {
      softDelete(world, first.keyVault.name);
      const action = 'Microsoft.KeyVault/locations/*';
      world.azure.control.takeRight({ principal: 'worker', action });
      world.azure.control.takeRight({ principal: 'worker', action: 'Microsoft.KeyVault/deletedVaults/read' });
    },
    failure: /^MissingPermission: the worker needs Microsoft.KeyVault\/locations\/deletedVaults\/read to find /,
  },
  {
    cause: 'the worker lacks a right that only a later step needs',
    arrange: ({ world }) =>
      world.azure.control.takeRight({ principal: 'worker', action: 'Microsoft.KeyVault/vaults/accessPolicies/write' }),
    failure: /^MissingPermission: the worker lacks Microsoft.KeyVault\/vaults\/accessPolicies\/write on /,
  },
  {
    cause: 'the vault uses Azure RBAC',
    arrange: ({ world }) => void (vaultOf(world).enableRbacAuthorization = true),
    failure: /^VaultUsesRbac: /,
  },
  {
    cause: 'the worker cannot read whether there is a valid key',
    arrange: ({ world }) => {
      const { objectId } = world.azure.principals.worker;
      const vault = vaultOf(world);
      vault.accessPolicies = vault.accessPolicies.filter((entry) => entry.objectId !== objectId);
      vault.policyVersions = [{ from: 0, policies: vault.accessPolicies }];
    },
    failure:
      /^MissingPermission: the worker needs get, set and list on the secrets of the vault ".*" to find a valid key; with supersede/,
    input: {},
  },
];

suite('a regeneration blocks before its first write if', () => {
  for (const { cause, arrange, failure, input = { supersede: true } } of blocking) {
    test(cause, async () => {
      const found = await worldWithKey();
      const { world } = found;
      await arrange(found);
      world.azure.control.clearRequests();
      const run = await world.regenerate(input);
      await runToRest(world, run);
      const block = await blockOf(run);
      assert.match(`${block.failure}: ${block.message}`, failure);
      assert.equal(block.step, 'planRegeneration');
      assert.deepEqual(world.writes(), []);
    });
  }

  test('the firewall of the vault is closed, and resumes when it opens', async () => {
    const { world, first } = await worldWithKey();
    world.azure.control.closeFirewall({ vaultName: first.keyVault.name });
    const run = await world.regenerate({ supersede: true });
    await runToRest(world, run);
    assert.equal((await blockOf(run)).failure, 'VaultNetworkClosed');
    world.azure.control.openFirewall({ vaultName: first.keyVault.name });
    assertInForce(world, await endOf(world, run));
  });
});
