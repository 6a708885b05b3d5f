/** Deleting the key vault of a device: which vault that is, what its deletion says, and what is never deleted. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { keyVaultIdOf } from '../../domain/key-vault.ts';
import { runToRest, status, type World } from '../harness/world.ts';
import {
  answer,
  assertProtected,
  assertSoftDeleted,
  day,
  endOfVault,
  failedWith,
  isDeviceThere,
  questionOf,
  startVaultDeletion,
  vaultName,
  worldToDeleteIn,
} from './deletion.ts';

const deviceGone = async (world: World): Promise<void> => {
  await world.asOwner('DELETE', world.device().id, '2021-06-01');
  world.clock.advanceTo(world.clock.now() + 6_000);
};

const unlink = ({ azure, device }: World): void => {
  azure.state.dataBoxEdge.devices[device().id.toLowerCase()]!.link = {};
};

suite('the key vault of a device is found', () => {
  const ways: [how: string, arrange: (world: World) => unknown, input: (world: World) => object][] = [
    ["by the device's record", () => undefined, () => ({})],
    [
      "by the device's record, with or without tags",
      ({ azure, vaultsOf }) => (azure.state.vaults[vaultsOf()[0]!]!.tags = {}),
      () => ({}),
    ],
    ['by our tags if the device is gone', deviceGone, () => ({})],
    ['by our tags if its activation ended before the link', unlink, () => ({})],
    ['by name', deviceGone, (world) => ({ keyVaultName: vaultName(world).toUpperCase() })],
  ];
  for (const [how, arrange, input] of ways) {
    test(how, async () => {
      const world = await worldToDeleteIn();
      await arrange(world);
      const run = await startVaultDeletion(world, input(world));
      await answer(world, run);
      const { keyVault } = await endOfVault(world, run);
      assert.ok(keyVault.outcome === 'deleted');
      assert.equal(Date.parse(keyVault.recoverableUntil!) - Date.parse(keyVault.deletedOn!), 90 * day);
      assertSoftDeleted(world);
    });
  }
});

test('the account of the audit log stays, and question, timeline and details name it', async () => {
  const world = await worldToDeleteIn();
  const [account = ''] = Object.keys(world.azure.state.storageAccounts);
  const run = await startVaultDeletion(world);
  assert.ok((await questionOf(world, run)).warning.includes(`stays in the storage account "${account}"`));
  await answer(world, run);
  const { keyVault } = await endOfVault(world, run);
  assert.ok(keyVault.outcome === 'deleted');
  assert.deepEqual(keyVault.auditLog, (await status(run)).auditLog);
  assert.equal(keyVault.auditLog?.storageAccount, account);
  assert.equal(keyVault.auditLog.keepUntil, keyVault.recoverableUntil);
  const { steps } = await status(run);
  const says = steps.find(({ step }) => step === 'removeDiagnosticSetting')?.says;
  assert.equal(says, `Remove the diagnostic setting of ${keyVault.keyVault.name}; its log stays in ${account}`);
});

test('the device stays', async () => {
  const world = await worldToDeleteIn();
  const run = await startVaultDeletion(world);
  await answer(world, run);
  await endOfVault(world, run);
  assert.ok(isDeviceThere(world));
});

suite('nothing is deleted', () => {
  for (const decision of ['keep-vault', 'cancel', undefined] as const) {
    test(`or touched with ${decision ?? 'silence'}, and the result reports that`, async () => {
      const world = await worldToDeleteIn();
      const run = await startVaultDeletion(world, { consentWithin: 1 });
      await questionOf(world, run);
      if (decision) await answer(world, run, { decision });
      const { keyVault } = await endOfVault(world, run);
      assert.equal(keyVault.outcome, 'kept');
      assert.equal(keyVault.decided.decision, decision ?? 'keep-vault');
      assert.deepEqual(world.writes(), []);
      const { says } = (await status(run)).steps.at(-1) ?? {};
      assert.equal(says, `Make sure that ${keyVault.keyVault.name} is locked`);
      assertProtected(world);
    });
  }

  const refusals: [what: string, arrange: (world: World) => unknown, input: object, device: string, why: RegExp][] = [
    [
      "that is a stranger's",
      ({ azure }) => azure.control.putStrangersVault({ name: 'not-ours', group: 'edge-rg' }),
      { keyVaultName: 'not-ours' },
      'edge-1',
      /^VaultNotOurs: the vault "not-ours" is not the vault of the device "edge-1"$/,
    ],
    [
      "that is another device's, by name",
      () => undefined,
      { keyVaultName: 'VAULT OF EDGE-1' },
      'edge-2',
      /^VaultNotOurs: the vault "ase-edge1-\w+" belongs to another device, edge-1$/,
    ],
    [
      "that is another device's, by a wrong link",
      (world) =>
        world.linkDevice(keyVaultIdOf(world.device(), vaultName(world)), 'https://x.vault.localhost/', 'edge-2'),
      {},
      'edge-2',
      /^VaultNotOurs: /,
    ],
    ['if there is no vault', () => undefined, {}, 'edge-2', /^KeyVaultNotFound: the device "edge-2" has no key vault$/],
    [
      'by an unknown name',
      () => undefined,
      { keyVaultName: 'nobodys' },
      'edge-2',
      /^KeyVaultNotFound: the vault "nobodys" does not exist$/,
    ],
    [
      'that is already deleted',
      (world) => world.azure.control.softDeleteVault({ vaultName: vaultName(world) }),
      {},
      'edge-1',
      /^KeyVaultNotFound: the vault "ase-edge1-\w+" is already deleted and recoverable until 2026-04-01T/,
    ],
  ];
  for (const [what, arrange, input, device, why] of refusals) {
    test(what, async () => {
      const world = await worldToDeleteIn();
      await arrange(world);
      const named = JSON.stringify(input).replace('VAULT OF EDGE-1', vaultName(world));
      const run = await startVaultDeletion(world, JSON.parse(named) as object, device);
      assert.match(await failedWith(world, run), why);
      assert.deepEqual(
        world.writes().filter((action) => !action.includes('updateExtended')),
        [],
      );
    });
  }

  test('by a link that leads out of the group', async () => {
    const world = await worldToDeleteIn();
    const elsewhere = keyVaultIdOf(world.device(), vaultName(world)).replace('edge-rg', 'other-rg');
    await world.linkDevice(elsewhere, 'https://x.vault.localhost/');
    const run = await startVaultDeletion(world);
    await runToRest(world, run);
    assert.equal((await status(run)).blocked?.failure, 'VaultElsewhere');
  });
});

test('the consent question states that a device uses the vault', async () => {
  const world = await worldToDeleteIn();
  assert.match(
    (await questionOf(world, await startVaultDeletion(world))).warning,
    /^Without this key vault the device/,
  );
  const inUse = await worldToDeleteIn();
  assert.equal((await inUse.pasteKey(vaultName(inUse))).activated, true);
  const { warning } = await questionOf(inUse, await startVaultDeletion(inUse));
  assert.match(warning, /^The device "edge-1" WORKS WITH this key vault: once it is gone, .* cannot be unlocked\./);
});

test('without the right to read the deleted vaults, the result has no dates', async () => {
  const world = await worldToDeleteIn();
  world.azure.control.takeRight({ principal: 'worker', action: 'Microsoft.KeyVault/deletedVaults/read' });
  world.azure.control.takeRight({ principal: 'worker', action: 'Microsoft.KeyVault/locations/*/read' });
  const run = await startVaultDeletion(world);
  await answer(world, run);
  const { keyVault } = await endOfVault(world, run);
  assert.deepEqual(Object.keys(keyVault).sort(), ['auditLog', 'decided', 'keyVault', 'outcome']);
  assertSoftDeleted(world);
});

test('a vault that was never audited, or locked by us, is deleted as well', async () => {
  const world = await worldToDeleteIn();
  world.azure.state.diagnosticSettings = {};
  for (const [id, { scope }] of Object.entries(world.azure.state.locks))
    if (scope.includes('/vaults/')) delete world.azure.state.locks[id];
  const run = await startVaultDeletion(world);
  await answer(world, run);
  await endOfVault(world, run);
  assertSoftDeleted(world);
});
