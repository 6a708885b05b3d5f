/** Each right of the role files is taken away alone: the procedure names exactly that one before it writes anything. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { recoveryActions, roleActions } from '../../domain/rights.ts';
import { edgeDeleter } from '../../local-azure/entra/roles.ts';
import { assertActivatable } from '../harness/invariants.ts';
import type { Run } from '../harness/temporal/index.ts';
import { blockOf, createWorld, decide, runToEnd, runToRest, type World } from '../harness/world.ts';
import {
  answer,
  assertSoftDeleted,
  endOfDevice,
  isDeviceThere,
  locksOnVault,
  startDeviceDeletion,
  worldToDeleteIn,
} from './deletion.ts';
import { preview } from './looks.ts';
import { assertInService, lostVault, recover, startRecovery } from './recovery.ts';

const right = (action: string) => ({ principal: 'worker', action });
const take = ({ azure }: World, action: string): void => azure.control.takeRight(right(action));
const giveBack = ({ azure }: World, action: string): void => azure.control.giveBackRight(right(action));

/** The actions that a text names, the scopes that it names left aside. */
const namedIn = (text: string): string[] => [
  ...new Set(text.match(/Microsoft\.\w+(?:\/\w+)+\/(?:read|write|delete|action)\b/g) ?? []),
];

/** Of these the procedures make do without, and say less. */
const withoutWhich: Record<string, string> = {
  'Microsoft.KeyVault/locations/deletedVaults/read':
    'a vault is made where it cannot be seen whether a deleted one has its name',
  'Microsoft.KeyVault/deletedVaults/read': 'only a vault that no record leads to is looked for among all deleted ones',
};

suite('an activation blocks before its first write, and names the one missing right:', () => {
  for (const action of roleActions.activate.filter((each) => !(each in withoutWhich))) {
    test(action, async () => {
      const world = await createWorld();
      take(world, action);
      const run = await world.generate();
      await runToRest(world, run);
      const { step, failure, message } = await blockOf(run);
      assert.deepEqual([step, failure], ['planActivation', 'MissingPermission']);
      assert.deepEqual(namedIn(message), [action]);
      assert.deepEqual(world.writes(), []);
      giveBack(world, action);
      assertActivatable(world.azure, world.device(), await runToEnd(world, run));
    });
  }
});

test('an activation continues without each right that it does not require', async () => {
  for (const action of Object.keys(withoutWhich)) {
    const world = await createWorld();
    take(world, action);
    assertActivatable(world.azure, world.device(), await runToEnd(world, await world.generate()));
  }
});

test('an activation that may not read the providers either reports all rights that are certainly missing', async () => {
  const world = await createWorld();
  const lacking = ['Microsoft.Authorization/locks/write', 'Microsoft.Resources/subscriptions/providers/read'];
  for (const action of [...lacking, 'Microsoft.KeyVault/register/action', 'Microsoft.Storage/register/action'])
    take(world, action);
  const run = await world.generate();
  await runToRest(world, run);
  assert.deepEqual(namedIn((await blockOf(run)).message).toSorted(), lacking);
});

test('an activation whose vault and trail already exist needs no right to create a trail', async () => {
  const world = await createWorld();
  await runToEnd(world, await world.generate());
  for (const action of ['Microsoft.Storage/storageAccounts/write', 'Microsoft.Insights/diagnosticSettings/write'])
    take(world, action);
  assert.equal((await runToEnd(world, await world.generate())).audit, 'complete');
});

/** Of the audit trail, which a person may leave out. */
const ofTrail = [
  'Microsoft.Insights/diagnosticSettings/read',
  'Microsoft.Insights/diagnosticSettings/write',
  'Microsoft.Insights/register/action',
  'Microsoft.Storage/register/action',
  'Microsoft.Storage/storageAccounts/listKeys/action',
  'Microsoft.Storage/storageAccounts/read',
  'Microsoft.Storage/storageAccounts/write',
];

suite('an activation without a right that only the audit trail requires', () => {
  for (const action of ofTrail) {
    test(`${action}, shows how to get the key first, and blocks at the trail afterwards`, async () => {
      const world = await createWorld();
      take(world, action);
      const run = await world.generate();
      await runToRest(world, run);
      const { retryWith = {} } = await blockOf(run);
      assert.deepEqual(retryWith, { audit: 'after' });
      await decide(run, { input: retryWith });
      await world.temporal.runUntil(
        () => (run.searchAttributes['AseBlockedStep'] ?? 'planActivation') !== 'planActivation',
      );
      assert.match((await blockOf(run)).step, /^(awaitAuditStorage|ensureDiagnosticSetting)$/);
      assert.equal(world.versionsOf('ase-activation-key').length, 1);
      await decide(run, { decision: 'skip' });
      assert.equal((await runToEnd(world, run)).audit, 'skipped');
    });

    test(`${action}, and with the key first anyway, is planned without that right`, async () => {
      const world = await createWorld();
      take(world, action);
      const run = await world.generate({ audit: 'after' });
      await runToRest(world, run);
      assert.notEqual((await blockOf(run)).step, 'planActivation');
    });
  }

  test('does not show this if another right is missing as well', async () => {
    const world = await createWorld();
    const missing = ['Microsoft.Authorization/locks/write', 'Microsoft.Storage/storageAccounts/write'];
    for (const action of missing) take(world, action);
    const run = await world.generate();
    await runToRest(world, run);
    const { message, retryWith } = await blockOf(run);
    assert.deepEqual([namedIn(message), retryWith], [missing, undefined]);
  });

  test('and with a registered provider continues without the right to register it', async () => {
    const world = await createWorld();
    for (const namespace of ['Microsoft.KeyVault', 'Microsoft.Storage', 'Microsoft.Insights']) {
      world.azure.control.register({ namespace });
      take(world, `${namespace}/register/action`);
    }
    assert.equal((await runToEnd(world, await world.generate())).audit, 'complete');
  });
});

test('a plan is refused for a right that would block the activation', async () => {
  for (const action of ['Microsoft.Storage/storageAccounts/listKeys/action', 'Microsoft.KeyVault/register/action']) {
    const world = await createWorld();
    take(world, action);
    const { verdict, refusals } = await preview(world);
    assert.equal(verdict, 'refused');
    assert.deepEqual(
      refusals.flatMap(({ message }) => namedIn(message)),
      [action],
    );
    assert.equal((await preview(world, { audit: 'after' })).verdict, action.includes('KeyVault') ? 'refused' : 'ready');
  }
});

/** What only a recovery needs of the role, which lets the worker recover what it deleted. */
const ofRecovery = [
  'Microsoft.DataBoxEdge/dataBoxEdgeDevices/updateExtendedInformation/action',
  'Microsoft.Insights/diagnosticSettings/write',
  'Microsoft.Insights/register/action',
  'Microsoft.KeyVault/vaults/accessPolicies/write',
  'Microsoft.KeyVault/vaults/write',
  'Microsoft.Resources/subscriptions/providers/read',
  'Microsoft.Storage/register/action',
  'Microsoft.Storage/storageAccounts/listKeys/action',
  'Microsoft.Storage/storageAccounts/read',
  'Microsoft.Storage/storageAccounts/write',
];

suite('a recovery blocks before its first write, and names the one missing right:', () => {
  for (const action of recoveryActions) {
    test(action, async () => {
      const { world } = await lostVault();
      take(world, action);
      const run = await startRecovery(world);
      await runToRest(world, run);
      const { step, failure, message } = await blockOf(run);
      assert.deepEqual([step, failure], ['planRecovery', 'MissingPermission']);
      assert.deepEqual(namedIn(message), [action]);
      assert.deepEqual(world.writes(), []);
    });
  }
});

/** Until it is blocked; whoever is asked consents. */
const runToBlock = async (world: World, run: Run): Promise<void> => {
  await world.temporal.runUntil(
    () => run.searchAttributes['AseBlockedStep'] !== undefined || run.searchAttributes['AsePhase'] === 'consent',
  );
  if (run.searchAttributes['AseBlockedStep'] === undefined) await answer(world, run);
  await world.temporal.runUntil(
    () => run.outcome !== undefined || run.searchAttributes['AseBlockedStep'] !== undefined,
  );
};

suite('a deletion of a device and its vault blocks before its first write, and names the one missing right:', () => {
  const unneeded = [...ofRecovery, ...Object.keys(withoutWhich)];
  for (const action of roleActions.delete.filter((each) => !unneeded.includes(each))) {
    test(action, async () => {
      const world = await worldToDeleteIn();
      take(world, action);
      const run = await startDeviceDeletion(world);
      await runToBlock(world, run);
      const { step, failure, message } = await blockOf(run);
      assert.match(step, /^(planDeviceDeletion|checkKeyVaultDeletable)$/);
      assert.equal(failure, 'MissingPermission');
      assert.deepEqual(namedIn(message), [action]);
      assert.deepEqual(world.writes(), []);
      assert.ok(isDeviceThere(world) && locksOnVault(world).length > 0);
    });
  }
});

suite('a worker that has only the role delete', () => {
  const alone = ({ azure }: World): void => {
    const { objectId } = azure.principals.worker;
    azure.state.roleAssignments = azure.state.roleAssignments.filter((assignment) => assignment.objectId !== objectId);
    azure.control.assignRole({ principal: 'worker', role: edgeDeleter });
  };

  test('deletes a device and its vault', async () => {
    const world = await worldToDeleteIn();
    alone(world);
    const run = await startDeviceDeletion(world);
    await answer(world, run);
    await endOfDevice(world, run);
    assertSoftDeleted(world);
  });

  test('recovers a vault, including its protection', async () => {
    const { world } = await lostVault();
    alone(world);
    assertInService(world, await recover(world));
  });
});
