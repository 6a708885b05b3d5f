/** What stands in the way of an activation: each cause has its own type and text, and is found before anything is written. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { GenerateActivationKeyInput } from '../../domain/inputs.ts';
import { keyVaultIdOf } from '../../domain/key-vault.ts';
import { defaultKeyVaultName } from '../../domain/names.ts';
import { blockOf, createWorld, failureOf, resultOf, runToRest, type World } from '../harness/world.ts';

const activated = async (world: World, name: string, input: Partial<GenerateActivationKeyInput> = {}) => {
  const run = await world.generate(input, name);
  await runToRest(world, run);
  return resultOf(run);
};

suite('an activation that can never succeed fails', () => {
  const cases: [why: string, input: Record<string, unknown>, failure: RegExp][] = [
    ['no input', { deviceId: undefined }, /^InvalidInput: deviceId must be the ARM id of a device/],
    ['a name instead of an id', { deviceId: 'edge-1' }, /^InvalidInput: deviceId must be the ARM id of a device/],
    ['a vault name of two characters', { keyVaultName: 'kv' }, /^InvalidInput: keyVaultName must have 3 to 24/],
    [
      'a vault name of 25 characters',
      { keyVaultName: 'k'.repeat(25) },
      /^InvalidInput: keyVaultName must have 3 to 24/,
    ],
    ['a vault name with a dot', { keyVaultName: 'my.vault' }, /^InvalidInput: keyVaultName must have 3 to 24/],
    ['an unknown field', { vaultName: 'my-vault' }, /^InvalidInput: "vaultName" is not a field; the fields are/],
    ['an unknown audit order', { audit: 'never' }, /^InvalidInput: audit must be "first" or "after"; got "never"/],
  ];
  for (const [why, input, failure] of cases) {
    test(`for ${why}, and no request is sent to Azure`, async () => {
      const world = await createWorld();
      const run = await world.generate(input);
      await runToRest(world, run);
      assert.match(failureOf(run), failure);
      assert.deepEqual(world.azure.requests, []);
    });
  }

  test('for a device that does not exist', async () => {
    const world = await createWorld();
    const run = await world.generate({}, 'edge-9');
    await runToRest(world, run);
    assert.equal(failureOf(run), 'DeviceNotFound: the resource group "edge-rg" has no device "edge-9"');
    assert.deepEqual(world.writes(), []);
  });

  test('under the workflow id of another device, and names the right one', async () => {
    const world = await createWorld();
    const { id } = world.device();
    const run = await world.temporal.start('generateActivationKey', [{ deviceId: id }], { workflowId: 'mine' });
    await runToRest(world, run);
    assert.match(
      failureOf(run),
      /^WrongWorkflowId: start this procedure with the workflow id "ase:[0-9a-f-]{36}\/edge-rg\/edge-1"/,
    );
    assert.deepEqual(world.azure.requests, []);
  });
});

type Obstacle = {
  cause: string;
  device?: string;
  input?: (world: World) => Partial<GenerateActivationKeyInput>;
  arrange: (world: World) => Promise<unknown> | void;
  failure: string;
  message: RegExp;
};

const obstacles: Obstacle[] = [
  {
    cause: 'the device has no identity',
    device: 'edge-5',
    arrange: () => undefined,
    failure: 'IdentityDisabled',
    message:
      /"edge-5" has no system-assigned managed identity: az rest --method patch --url '\/subscriptions\/\S+\/edge-5\?api-version=2021-06-01' --body '\{"identity":\{"type":"SystemAssigned"\}\}'/,
  },
  {
    cause: "the vault of that name in the group is a stranger's",
    input: () => ({ keyVaultName: 'not-ours' }),
    arrange: ({ azure }) => {
      azure.control.register({ namespace: 'Microsoft.KeyVault' });
      azure.control.putStrangersVault({ name: 'not-ours', group: 'edge-rg' });
    },
    failure: 'VaultNameTaken',
    message: /"not-ours" is not ours.*; propose "ase-edge1-[0-9a-f]{9}"/,
  },
  {
    cause: 'the vault of that name belongs to another device',
    input: () => ({ keyVaultName: 'vault-of-two' }),
    arrange: (world) => activated(world, 'edge-2', { keyVaultName: 'vault-of-two' }),
    failure: 'VaultNameTaken',
    message: /"vault-of-two" belongs to another device/,
  },
  {
    cause: 'the vault belongs to a former device of the same name',
    arrange: async (world) => {
      await activated(world, 'edge-1');
      await world.createDeviceAgain();
    },
    failure: 'VaultOfFormerDevice',
    message: /belongs to a former device of the same name; propose/,
  },
  {
    cause: 'the vault of the device uses Azure RBAC',
    arrange: async (world) => {
      const { keyVault } = await activated(world, 'edge-1');
      world.azure.state.vaults[keyVault.name]!.enableRbacAuthorization = true;
    },
    failure: 'VaultUsesRbac',
    message: /uses Azure RBAC/,
  },
  {
    cause: 'the device already has another vault than the requested one',
    input: () => ({ keyVaultName: 'another-vault' }),
    arrange: (world) => activated(world, 'edge-1'),
    failure: 'DeviceHasOtherVault',
    message: /the device already has the vault "ase-edge1-[0-9a-f]{9}" and cannot use "another-vault"/,
  },
  {
    cause: 'the worker may not write locks',
    arrange: ({ azure }) =>
      azure.control.takeRight({ principal: 'worker', action: 'Microsoft.Authorization/locks/write' }),
    failure: 'MissingPermission',
    message: /the worker lacks Microsoft\.Authorization\/locks\/write on \/subscriptions\//,
  },
  {
    cause: 'a ReadOnly lock is on the resource group',
    arrange: (world) =>
      world.azure.control.putLock({
        scope: world.device().id.split('/providers/')[0]!,
        name: 'frozen',
        level: 'ReadOnly',
        notes: 'ask Ada',
      }),
    failure: 'ForeignLock',
    message: /a ReadOnly lock on \/subscriptions\/.*\/locks\/frozen; its notes: ask Ada/,
  },
  {
    cause: 'a ReadOnly lock is on the subscription',
    arrange: (world) =>
      world.azure.control.putLock({
        scope: world.device().id.split('/resourceGroups/')[0]!,
        name: 'frozen',
        level: 'ReadOnly',
      }),
    failure: 'ForeignLock',
    message: /a ReadOnly lock on \/subscriptions\//,
  },
  {
    cause: 'the vault of the device is soft-deleted',
    arrange: async (world) => {
      const { keyVault } = await activated(world, 'edge-1');
      world.azure.control.softDeleteVault({ vaultName: keyVault.name });
    },
    failure: 'VaultSoftDeleted',
    message: /is deleted and recoverable until \d{4}-/,
  },
];

suite('an activation blocks before its first write if', () => {
  for (const { cause, device = 'edge-1', input = () => ({}), arrange, failure, message } of obstacles) {
    test(cause, async () => {
      const world = await createWorld();
      await arrange(world);
      world.azure.control.clearRequests();
      const run = await world.generate(input(world), device);
      await runToRest(world, run);
      const block = await blockOf(run);
      assert.equal(block.failure, failure);
      assert.equal(block.step, 'planActivation');
      assert.match(block.message, message);
      assert.deepEqual(world.writes(), []);
    });
  }

  test('a name that is found to be taken only at the creation blocks there', async () => {
    const world = await createWorld();
    world.azure.control.putStrangersVault({ name: defaultKeyVaultName(world.device()) });
    const run = await world.generate();
    await runToRest(world, run);
    const { step, failure, message } = await blockOf(run);
    assert.equal(`${step} ${failure}`, 'ensureKeyVault VaultNameTaken');
    assert.match(message, /is taken elsewhere in Azure; propose "ase-edge1-/);
    assert.ok(!world.writes().includes('Microsoft.KeyVault/vaults/write'));
  });

  test('a link that leads out of the resource group is never followed', async () => {
    const world = await createWorld();
    const link = keyVaultIdOf(world.device(), 'elsewhere').replace('edge-rg', 'other-rg');
    await world.linkDevice(link, 'https://elsewhere.vault.localhost/');
    const run = await world.generate();
    await runToRest(world, run);
    assert.equal((await blockOf(run)).failure, 'VaultElsewhere');
  });
});
