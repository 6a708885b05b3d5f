/** The lock of a vault comes off for nothing but its deletion, and is back whenever that does not happen. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { blockedError } from '../../client/situation.ts';
import { exampleDecision } from '../../workflows/progress.ts';
import { decideUpdate, type Decision } from '../../workflows/messages.ts';
import type { Run } from '../harness/temporal/index.ts';
import { withRareProbes } from '../harness/rare-probes.ts';
import {
  blockOf,
  decide,
  refusal,
  runToRest,
  status,
  type Meddler,
  type World,
  type WorldOptions,
} from '../harness/world.ts';
import {
  answer,
  assertProtected,
  assertSoftDeleted,
  day,
  endOfDevice,
  endOfVault,
  failedWith,
  lockId,
  locksOnVault,
  questionOf,
  startDeviceDeletion,
  startVaultDeletion,
  vaultId,
  vaultName,
  worldToDeleteIn,
} from './deletion.ts';
import { linesOf, repair } from './looks.ts';

type At = { is: (request: Request) => boolean; happens: Meddler };

const isLockDelete = ({ method, url }: Request): boolean => method === 'DELETE' && url.includes('/locks/');
const isSettingDelete = ({ method, url }: Request): boolean =>
  method === 'DELETE' && url.includes('diagnosticSettings');
const isVaultDelete = ({ method, url }: Request): boolean => method === 'DELETE' && /\/vaults\/[^/]+\?/.test(url);

/** A vault deletion with consent, in which something happens to the first request of a kind. */
const deleteWith = async ({ is, happens }: At, options: WorldOptions = {}): Promise<{ world: World; run: Run }> => {
  let first = true;
  const world = await worldToDeleteIn({
    ...options,
    meddle: (request, pass, self) => {
      if (!first || !is(request)) return pass(request);
      first = false;
      return happens(request, pass, self);
    },
  });
  const run = await startVaultDeletion(world);
  await answer(world, run);
  return { world, run };
};

const scopes: [what: string, of: (world: World) => string][] = [
  ['vault', vaultId],
  ['group', (world) => world.device().id.split('/providers/')[0]!],
  ['subscription', (world) => world.device().id.split('/resourceGroups/')[0]!],
];

suite('a foreign lock', () => {
  for (const [what, of] of scopes) {
    test(`on the ${what} blocks while our lock is on, and no longer after its owner has removed it`, async () => {
      const world = await worldToDeleteIn();
      const run = await startVaultDeletion(world);
      const foreign = { scope: of(world), name: 'theirs' };
      world.azure.control.putLock({ ...foreign, level: 'CanNotDelete', notes: 'ask Grace' });
      await answer(world, run);
      await runToRest(world, run);
      const { step, failure, message } = await blockOf(run);
      assert.equal(`${step} ${failure}`, 'checkKeyVaultDeletable ForeignLock');
      assert.ok(message.includes(`CanNotDelete on ${foreign.scope} (${lockId(foreign.scope, 'theirs')}`), message);
      assert.match(message, /its notes: ask Grace/);
      assert.deepEqual(world.writes(), []);
      world.azure.control.removeLock(foreign);
      assert.equal((await endOfVault(world, run)).keyVault.outcome, 'deleted');
      assertSoftDeleted(world);
    });
  }

  test('on the vault blocks before its device is deleted', async () => {
    const world = await worldToDeleteIn();
    world.azure.control.putLock({ scope: vaultId(world), name: 'theirs', level: 'CanNotDelete' });
    const run = await startDeviceDeletion(world);
    await answer(world, run);
    await runToRest(world, run);
    assert.equal((await blockOf(run)).failure, 'ForeignLock');
    assert.deepEqual(world.writes(), []);
    world.azure.control.removeLock({ scope: vaultId(world), name: 'theirs' });
    assert.equal((await endOfDevice(world, run)).keyVault.outcome, 'deleted');
  });

  test('above a device blocks before any question', async () => {
    const world = await worldToDeleteIn();
    const scope = world.device().id.split('/providers/')[0]!;
    world.azure.control.putLock({ scope, name: 'theirs', level: 'ReadOnly' });
    const run = await startDeviceDeletion(world);
    await runToRest(world, run);
    const { step, failure } = await blockOf(run);
    assert.equal(`${step} ${failure}`, 'planDeviceDeletion ForeignLock');
    world.azure.control.removeLock({ scope, name: 'theirs' });
    await questionOf(world, run);
  });
});

suite("the portal's own lock", () => {
  const portal = (world: World) => ({ scope: vaultId(world), name: 'portal-made', level: 'CanNotDelete' as const });

  test('is released by naming its id in the consent', async () => {
    const world = await worldToDeleteIn();
    world.azure.control.putLock(portal(world));
    const run = await startVaultDeletion(world);
    await answer(world, run, { releaseLocks: [lockId(vaultId(world), 'PORTAL-made')] });
    assert.equal((await endOfVault(world, run)).keyVault.outcome, 'deleted');
    assertSoftDeleted(world);
  });

  test('is also released by an approver who learns of it later and consents again', async () => {
    const world = await worldToDeleteIn();
    world.azure.control.putLock(portal(world));
    const run = await startDeviceDeletion(world);
    const { keyVaultName, inventory } = await questionOf(world, run);
    await answer(world, run);
    await runToRest(world, run);
    const { result } = await run.update('consent', {
      decision: 'delete-vault',
      keyVaultName,
      inventory,
      by: 'ada',
      releaseLocks: [lockId(vaultId(world), 'portal-made')],
    });
    await result;
    assert.equal((await endOfDevice(world, run)).keyVault.outcome, 'deleted');
  });

  test('inherited from above is never released', async () => {
    const world = await worldToDeleteIn();
    const above = { ...portal(world), scope: world.device().id.split('/providers/')[0]! };
    world.azure.control.putLock(above);
    const run = await startVaultDeletion(world);
    await questionOf(world, run);
    const releaseLocks = [lockId(above.scope, above.name)];
    await assert.rejects(answer(world, run, { releaseLocks }), /is not a lock on the vault/);
    assert.deepEqual(world.writes(), []);
  });
});

suite('between "lock off" and "vault deleted"', () => {
  const cuts: [what: string, is: At['is']][] = [
    ['right after the lock is removed', isSettingDelete],
    ['right before the vault is deleted', isVaultDelete],
  ];
  for (const [when, is] of cuts) {
    test(`the worker dies ${when}: the next one deletes the vault`, async () => {
      const { world, run } = await deleteWith({ is, happens: (_, __, { temporal }) => temporal.interrupt('crash') });
      assert.equal((await endOfVault(world, run)).keyVault.outcome, 'deleted');
      assertSoftDeleted(world);
    });

    const disturbances: [what: string, disturb: (world: World) => void, failure: string][] = [
      [
        'a foreign lock appears',
        (world) => world.azure.control.putLock({ scope: vaultId(world), name: 'theirs', level: 'CanNotDelete' }),
        'ForeignLock',
      ],
      [
        'the right to delete is revoked',
        ({ azure }) => {
          for (const action of ['Microsoft.KeyVault/vaults/delete', 'Microsoft.Insights/diagnosticSettings/delete'])
            azure.control.takeRight({ principal: 'worker', action });
        },
        'MissingPermission',
      ],
    ];
    for (const [what, disturb, failure] of disturbances) {
      const disturbed = () =>
        deleteWith({
          is,
          happens: (request, pass, world) => {
            disturb(world);
            return pass(request);
          },
        });

      test(`${what} ${when}: the lock is restored before anybody is asked, and stays after an abort`, async () => {
        const { world, run } = await disturbed();
        await runToRest(world, run);
        assert.equal((await blockOf(run)).failure, failure);
        assertProtected(world);
        await decide(run, { decision: 'abort' });
        assert.match(await failedWith(world, run), new RegExp(`^${failure}: aborted by ada`));
        assertProtected(world);
      });

      test(`${what} ${when}: silence ends the procedure with the lock restored`, async () => {
        const { world, run } = await disturbed();
        assert.match(await failedWith(world, run), new RegExp(`^${failure}: no decision within 14 days`));
        assertProtected(world);
      });

      test(`${what} ${when}: keep ends the procedure without a failure and with the lock restored`, async () => {
        const { world, run } = await disturbed();
        await runToRest(world, run);
        const keep = { decision: 'keep-vault', keyVaultName: vaultName(world), by: 'ada' };
        await (
          await run.update('consent', keep)
        ).result;
        assert.equal((await endOfVault(world, run)).keyVault.outcome, 'kept');
        assertProtected(world);
      });
    }

    test(`the procedure is cancelled ${when}: it ends as cancelled, with the lock restored`, async () => {
      const { world, run } = await deleteWith({
        is,
        happens: async (_, __, { temporal }) => {
          temporal.later(0, () => run.cancel());
          return temporal.interrupt('timeout');
        },
      });
      await world.temporal.runUntil();
      assert.equal(run.outcome?.status, 'cancelled');
      assertProtected(world);
    });
  }

  test('the log cannot be enabled again: nothing blocks, the lock is restored, and a repair enables the log later', async () => {
    const rights = ['Microsoft.KeyVault/vaults/delete', 'Microsoft.Insights/diagnosticSettings/write'];
    const { world, run } = await deleteWith({
      is: isVaultDelete,
      happens: (request, pass, { azure }) => {
        for (const action of rights) azure.control.takeRight({ principal: 'worker', action });
        return pass(request);
      },
    });
    await runToRest(world, run);
    assert.equal((await blockOf(run)).step, 'softDeleteKeyVault');
    assert.deepEqual(locksOnVault(world), ['ase-key-vault-lock']);
    assert.deepEqual(world.azure.state.diagnosticSettings, {});
    for (const action of rights) world.azure.control.giveBackRight({ principal: 'worker', action });
    await decide(run, { decision: 'abort' });
    await failedWith(world, run);
    assert.deepEqual(linesOf((await repair(world)).repaired), ['audit trail: device repair']);
    assertProtected(world);
  });

  test('the diagnostic settings do not answer: a person is asked within a minute after the lock is restored', async () => {
    const answersNothing = ({ url }: Request): boolean => url.includes('diagnosticSettings');
    let dead = false;
    const world = await worldToDeleteIn({
      meddle: (request, pass) => {
        dead ||= isSettingDelete(request);
        return dead && answersNothing(request) ? Promise.resolve(refusal(503, 'Busy')) : pass(request);
      },
    });
    const run = await startVaultDeletion(world);
    await answer(world, run);
    await runToRest(world, run);
    const { step, since } = await blockOf(run);
    assert.equal(step, 'removeDiagnosticSetting');
    const relocked = (await status(run)).steps.findLast((one) => one.step === 'relockKeyVault');
    const waited = Date.parse(since) - Date.parse(relocked?.endedAt ?? '');
    assert.ok(waited <= 60_000, `asked ${waited} ms after the lock was back`);
  });

  test('the right to delete is restored: a retry deletes the vault', async () => {
    const right = { principal: 'worker', action: 'Microsoft.KeyVault/vaults/delete' };
    const { world, run } = await deleteWith({
      is: isVaultDelete,
      happens: (request, pass, { azure }) => {
        azure.control.takeRight(right);
        return pass(request);
      },
    });
    await runToRest(world, run);
    world.azure.control.giveBackRight(right);
    await decide(run, { decision: 'retry' });
    assert.equal((await endOfVault(world, run)).keyVault.outcome, 'deleted');
    assertSoftDeleted(world);
  });
});

suite('a removed lock that is still effective', () => {
  for (const [what, is] of [
    ['the diagnostic setting', isSettingDelete],
    ['the vault', isVaultDelete],
  ] as const) {
    test(`delays the deletion of ${what} for some seconds, without a question`, async () => {
      let refusals = 3;
      const world = await worldToDeleteIn({
        meddle: (request, pass) => {
          if (!is(request) || refusals-- <= 0) return pass(request);
          return Promise.resolve(refusal(409, 'ScopeLocked', 'Please remove the lock and try again.'));
        },
      });
      const run = await startVaultDeletion(world);
      await answer(world, run);
      assert.equal((await endOfVault(world, run)).keyVault.outcome, 'deleted');
      assertSoftDeleted(world);
    });
  }
});

suite('the request that removes the lock takes effect late', () => {
  for (const late of [10, 45, 75]) {
    test(`by ${late} s, after the procedure was cancelled and the lock was restored`, async () => {
      const { world, run } = await deleteWith({
        is: isLockDelete,
        happens: async (request, pass, { temporal }) => {
          temporal.later(late * 1000, () => pass(request));
          temporal.later(1000, () => run.cancel());
          return temporal.interrupt('timeout');
        },
      });
      await world.temporal.runUntil();
      assert.equal(run.outcome?.status, 'cancelled');
      assertProtected(world);
    });

    test(`by ${late} s, after the vault could not be deleted and the lock was restored`, async () => {
      const { world, run } = await deleteWith({
        is: isLockDelete,
        happens: (request, pass, { temporal, azure }) => {
          temporal.later(late * 1000, () => pass(request));
          azure.control.takeRight({ principal: 'worker', action: 'Microsoft.KeyVault/vaults/delete' });
          return temporal.interrupt('timeout');
        },
      });
      await runToRest(world, run);
      const since = world.clock.now();
      await world.temporal.runUntil(() => world.clock.now() - since > day / 24);
      assertProtected(world);
    });
  }

  test('a second time, after the vault could not be deleted and the lock was restored', async () => {
    const { world, run } = await deleteWith({
      is: isLockDelete,
      happens: (request, pass, { temporal, azure }) => {
        temporal.later(45_000, () => pass(request.clone()));
        azure.control.takeRight({ principal: 'worker', action: 'Microsoft.KeyVault/vaults/delete' });
        return pass(request.clone());
      },
    });
    await runToRest(world, run);
    const since = world.clock.now();
    await world.temporal.runUntil(() => world.clock.now() - since > day / 24);
    assertProtected(world);
  });
});

suite('a lock that cannot be restored', () => {
  const locking = { principal: 'worker', action: 'Microsoft.Authorization/locks/write' };
  const deleting = { principal: 'worker', action: 'Microsoft.KeyVault/vaults/delete' };

  const unlocked = async (options?: WorldOptions): Promise<{ world: World; run: Run }> => {
    const happens: Meddler = (request, pass, { azure }) => {
      azure.control.takeRight(locking);
      azure.control.takeRight(deleting);
      return pass(request);
    };
    const { world, run } = await deleteWith({ is: isVaultDelete, happens }, options);
    await runToRest(world, run);
    assert.equal((await blockOf(run)).step, 'relockKeyVault');
    assert.deepEqual(locksOnVault(world), []);
    return { world, run };
  };

  const refused: [decision: Decision['decision'], why: RegExp][] = [
    ['abort', /relockKeyVault cannot be aborted: the vault would stay unprotected\. Remove the cause, then retry/],
    ['skip', /relockKeyVault cannot be skipped/],
  ];
  for (const [decision, why] of refused) {
    test(`accepts no ${decision}`, async () => {
      const { run } = await unlocked();
      const { block, step } = await blockOf(run);
      const { accepted } = await run.update(decideUpdate, { step, block, decision, by: 'ada' });
      await assert.rejects(accepted, why);
    });
  }

  test('proposes no decision after all retries are used, and reports that', async () => {
    const { world, run } = await unlocked();
    const block = { ...(await blockOf(run)), retriesLeft: 0 };
    assert.equal(exampleDecision(block), undefined);
    const { hint } = blockedError(world.device(), block);
    assert.match(
      hint ?? '',
      /\nThe operation resumes by itself when the cause is gone, and accepts no further decision\.$/,
    );
  });

  test('is restored by a retry as soon as possible, and only then the first failure is asked about', async () => {
    const { world, run } = await unlocked();
    world.azure.control.giveBackRight(locking);
    await decide(run, { decision: 'retry' });
    await world.temporal.runUntil(() => run.searchAttributes['AseBlockedStep'] === 'softDeleteKeyVault');
    assertProtected(world);
  });

  test('is restored by itself when the right is restored', async () => {
    const { world, run } = await unlocked();
    world.azure.control.giveBackRight(locking);
    await world.temporal.runUntil(() => run.searchAttributes['AseBlockedStep'] === 'softDeleteKeyVault');
    assertProtected(world);
  });

  test('is not forgotten when the procedure is cancelled: it is restored when the right is restored', async () => {
    const { world, run } = await unlocked();
    await run.cancel();
    world.azure.control.giveBackRight(locking);
    await world.temporal.runUntil(() => run.outcome !== undefined);
    assert.equal(run.outcome?.status, 'cancelled');
    assertProtected(world);
  });

  test('ends with a loud failure after 14 days without help, and the message names the first failure, too', async () => {
    const { world, run } = await unlocked({ around: withRareProbes });
    const since = world.clock.now();
    assert.match(
      await failedWith(world, run),
      /^KeyVaultLeftUnlocked: no decision within 14 days: .*locks\/write.*\. Before that, softDeleteKeyVault failed with MissingPermission: /,
    );
    assert.equal(world.clock.now() - since, 14 * day);
    assert.equal(run.searchAttributes['AseFailure'], 'KeyVaultLeftUnlocked');
  });
});
