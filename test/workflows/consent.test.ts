/** What is said about a vault: when it counts, and in which words it does not. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Consent } from '../../domain/consent.ts';
import { consentSignal, consentUpdate } from '../../workflows/messages.ts';
import type { Run } from '../harness/temporal/index.ts';
import { blockOf, runToRest, status, type World } from '../harness/world.ts';
import {
  answer,
  assertProtected,
  assertRetained,
  assertSoftDeleted,
  endOfDevice,
  endOfVault,
  hour,
  isDeviceThere,
  lockId,
  objectionTo,
  putSecret,
  questionOf,
  recordOf,
  startDeviceDeletion,
  startVaultDeletion,
  vaultId,
  vaultName,
  worldToDeleteIn,
} from './deletion.ts';

const said = (world: World, given: Partial<Consent> & Record<string, unknown> = {}): Consent => ({
  decision: 'delete-vault',
  keyVaultName: vaultName(world),
  inventory: 1,
  by: 'ada',
  ...given,
});

const say = async (run: Run, consent: Consent): Promise<void> => {
  const { result } = await run.update(consentUpdate, consent);
  await result;
};

const asked = async (): Promise<{ world: World; run: Run }> => {
  const world = await worldToDeleteIn();
  const run = await startDeviceDeletion(world);
  await questionOf(world, run);
  return { world, run };
};

/** Until the deletion of the device is under way. */
const whileDeviceGoes = async (decision: Consent['decision']): Promise<{ world: World; run: Run }> => {
  const { world, run } = await asked();
  await answer(world, run, { decision });
  await world.temporal.runUntil(() => run.pendingActivities.some(({ name }) => name === 'deleteDeviceResource'));
  return { world, run };
};

suite('a question', () => {
  test('shows the contents of the vault, its locks, what stops working, and until when an answer counts', async () => {
    const world = await worldToDeleteIn();
    putSecret(world, 'payroll');
    putSecret(world, 'BMCDefaultUserPassword');
    const run = await startDeviceDeletion(world);
    const { secrets, locks, warning, answerBy, inventory, keyVaultName } = await questionOf(world, run);
    assert.deepEqual([keyVaultName, inventory], [vaultName(world), 1]);
    assert.deepEqual(secrets.map(({ kind, versions }) => `${kind} ${versions}`).sort(), [
      'BMC password 1',
      'activation key 1',
      'channel integrity key 1',
      'foreign 1',
    ]);
    assert.deepEqual(
      locks.map(({ name, scope }) => [name, scope]),
      [['ase-key-vault-lock', vaultId(world)]],
    );
    assert.match(
      warning,
      /deletion of the device "edge-1" was requested\. .*holds no BitLocker.*recoverable for 90 days/,
    );
    assert.equal(Date.parse(answerBy) - world.clock.now(), 72 * hour);
  });

  test('is found by the search attribute AsePhase, until it is answered', async () => {
    const { world, run } = await asked();
    assert.equal(run.searchAttributes['AsePhase'], 'consent');
    await answer(world, run);
    assert.notEqual(run.searchAttributes['AsePhase'], 'consent');
    assert.equal((await status(run)).consent, undefined);
  });

  test('is no longer found after the procedure is cancelled, and nothing was touched', async () => {
    const { world, run } = await asked();
    await run.cancel();
    assert.equal(run.outcome?.status, 'cancelled');
    assert.equal(run.searchAttributes['AsePhase'], 'working');
    assert.deepEqual(world.writes(), []);
    assertProtected(world);
  });

  test('shows on the timeline the message to send, and that exact message keeps the vault', async () => {
    const { world, run } = await asked();
    const [timer] = run.pendingTimers;
    assert.match(timer?.summary ?? '', /^CONSENT about ase-edge1-\w+: /);
    assert.ok((timer?.summary ?? '').length <= 200, 'Temporal shows 200 characters');
    const [, message = ''] = /"consent" (\{.*\})$/.exec(timer?.summary ?? '') ?? [];
    await run.signal(consentSignal, JSON.parse(message) as Consent);
    const { keyVault } = await endOfDevice(world, run);
    assert.ok(keyVault.outcome === 'kept');
    assert.equal(keyVault.decided.decision, 'keep-vault');
    assertRetained(world);
  });

  test('accepts a signal to delete the vault', async () => {
    const { world, run } = await asked();
    const { keyVaultName, inventory } = await questionOf(world, run);
    await run.signal(consentSignal, { decision: 'delete-vault', keyVaultName, inventory, by: 'ada' });
    const { keyVault } = await endOfDevice(world, run);
    assert.equal(keyVault.outcome, 'deleted');
  });

  test('shows the inventory, the choices and the deadline in the current details', async () => {
    const { run } = await asked();
    const details = await run.currentDetails();
    assert.match(details, /\*\*CONSENT required for the key vault ase\\-edge1\\-\w+\*\*/);
    assert.match(details, /\*\*Inventory number 1\*\*\n\n- ase\\-activation\\-key: activation key, 1 version\n/);
    assert.match(details, /Answer by \S+Z; silence keeps the vault/);
    assert.match(details, /- delete-vault: soft-delete the vault; it is recoverable for 90 days/);
  });

  test('shows in the current details who chose what, and that it was accepted', async () => {
    const { world, run } = await asked();
    await answer(world, run, { decision: 'keep-vault', by: 'ada', reason: 'still in use' });
    const details = await run.currentDetails();
    assert.match(details, /- accepted: ada chose keep-vault for ase\\-edge1\\-\w+, still in use$/m);
  });

  test('survives the death of its worker', async () => {
    const { world, run } = await asked();
    await world.temporal.crash();
    await answer(world, run);
    assert.equal((await endOfDevice(world, run)).keyVault.outcome, 'deleted');
  });
});

type Misfit = { what: string; given: Record<string, unknown>; why: RegExp };

const misfits: Misfit[] = [
  {
    what: 'for another vault',
    given: { keyVaultName: 'ase-edge2-000000000' },
    why: /^the question concerns the vault "ase-edge1-\w+", not "ase-edge2-000000000"$/,
  },
  { what: 'without an inventory number', given: { inventory: undefined }, why: /the present number is 1$/ },
  {
    what: 'with another inventory number',
    given: { inventory: 7 },
    why: /^inventory 7 is out of date: read number 1 and decide again$/,
  },
  {
    what: 'that releases a lock that is not on the vault',
    given: { releaseLocks: [lockId('/subscriptions/11111111-2222-3333-4444-555555555555', 'keep')] },
    why: /locks\/keep is not a lock on the vault "ase-edge1-\w+" itself: only its owner can remove it$/,
  },
];

const unreadables: Misfit[] = [
  {
    what: 'with an unknown decision',
    given: { decision: 'yes' },
    why: /decision must be "delete-vault" or "keep-vault"/,
  },
  { what: 'without a name', given: { by: '' }, why: /by must be one line of 1 to 200/ },
  { what: 'with an invalid number', given: { inventory: '1' }, why: /inventory must be the number shown/ },
];

/** What a signal says is heard by its shape: whoever reads it again, by whatever rules, must come to the same. */
const loose: (Misfit & { signal: RegExp | 'counts' })[] = [
  {
    what: 'with a name that no vault has',
    given: { keyVaultName: 'a vault' },
    why: /keyVaultName must have 3 to 24/,
    signal: /^the question concerns the vault "ase-edge1-\w+", not "a vault"$/,
  },
  {
    what: 'with an unknown field',
    given: { force: true },
    why: /"force" is not a field; the fields are decision/,
    signal: 'counts',
  },
  {
    what: 'that keeps the vault and releases a lock',
    given: { decision: 'keep-vault', releaseLocks: [] },
    why: /releaseLocks requires the decision "delete-vault"/,
    signal: 'counts',
  },
  {
    what: 'with a reason that is too long',
    given: { reason: 'because '.repeat(100) },
    why: /reason must be one line of 1 to 200/,
    signal: 'counts',
  },
];

suite('a consent', () => {
  for (const [type, cases] of [
    ['ConsentRefused', misfits],
    ['InvalidInput', unreadables],
  ] as const) {
    for (const { what, given, why } of cases) {
      test(`${what} is refused as an update (${type}), recorded as ignored as a signal, and the question stays open`, async () => {
        const { world, run } = await asked();
        const objection = await objectionTo(run, said(world, given));
        assert.ok(objection.startsWith(`${type}: `), objection);
        assert.match(objection.slice(type.length + 2), why);
        const record = await recordOf(run, said(world, given));
        assert.equal(record?.counted, false);
        assert.match(record?.ignoredBecause ?? '', why);
        assert.equal((await status(run)).consent?.inventory, 1);
      });
    }
  }

  for (const { what, given, why, signal } of loose) {
    const heard = signal === 'counts' ? 'counts' : 'is recorded as ignored';
    test(`${what} is refused as an update, and ${heard} as a signal`, async () => {
      const { world, run } = await asked();
      assert.match(await objectionTo(run, said(world, given)), why);
      const record = await recordOf(run, said(world, given));
      assert.equal(record?.counted, signal === 'counts');
      if (signal !== 'counts') assert.match(record?.ignoredBecause ?? '', signal);
    });
  }

  test('is shown in a few words, however long the signal was', async () => {
    const { world, run } = await asked();
    const long = 'a\nword '.repeat(10_000);
    await recordOf(
      run,
      said(world, { by: long, reason: long, inventory: 7, releaseLocks: Array.from({ length: 100 }, () => long) }),
    );
    const record = await recordOf(run, said(world, { by: long, reason: long }));
    assert.ok(record && 'by' in record);
    assert.deepEqual([record.counted, record.by.length, record.reason?.length], [true, 200, 200]);
    assert.match(record.by, /^a word a word .*…$/);
    assert.ok(JSON.stringify(await status(run)).length < 10_000);
  });

  test('before the question is refused, and the question is asked all the same', async () => {
    const world = await worldToDeleteIn();
    const run = await startDeviceDeletion(world);
    assert.match(await objectionTo(run, said(world)), /^ConsentRefused: the operation has not asked yet: it asks with/);
    assert.match((await recordOf(run, said(world)))?.ignoredBecause ?? '', /^the operation has not asked yet/);
    await answer(world, run, { decision: 'keep-vault' });
    await endOfDevice(world, run);
    assertRetained(world);
  });

  test('that is given twice counts once', async () => {
    const { world, run } = await asked();
    const first = run.admitUpdate(undefined, 'consent', [said(world)]);
    const second = run.admitUpdate(undefined, 'consent', [said(world, { by: 'bob' })]);
    await run.work();
    assert.deepEqual(await first.result, { inventory: 1 });
    await assert.rejects(second.result, /ada has already answered "delete-vault", which counts/);
    assert.match(
      (await recordOf(run, said(world)))?.ignoredBecause ?? '',
      /ada has already answered "delete-vault", which counts/,
    );
  });

  test('to delete, then to keep: keep overrides delete until the lock is removed', async () => {
    const { world, run } = await whileDeviceGoes('delete-vault');
    await say(run, said(world, { decision: 'keep-vault', by: 'bob' }));
    const { device, keyVault } = await endOfDevice(world, run);
    assert.ok(keyVault.outcome === 'kept');
    assert.deepEqual([device, keyVault.decided.by], ['deleted', 'bob']);
    assertRetained(world);
  });

  test('to keep, then to delete: the second is refused, since keep overrides delete', async () => {
    const { world, run } = await whileDeviceGoes('keep-vault');
    const why = /ada answered "keep-vault", which overrides delete: start the deletion again to be asked again/;
    assert.match(await objectionTo(run, said(world)), why);
    assert.match((await recordOf(run, said(world)))?.ignoredBecause ?? '', why);
    await endOfDevice(world, run);
    assertRetained(world);
  });

  test('to keep is too late while the lock is being removed', async () => {
    const { world, run } = await asked();
    await answer(world, run);
    await world.temporal.runUntil(() => run.pendingActivities.some(({ name }) => name === 'unlockKeyVault'));
    const why = /too late: the lock of the vault is being removed, and its deletion follows/;
    const keep = said(world, { decision: 'keep-vault' });
    assert.match(await objectionTo(run, keep), why);
    assert.match((await recordOf(run, keep))?.ignoredBecause ?? '', why);
    await endOfDevice(world, run);
    assertSoftDeleted(world);
  });

  test('to cancel counts until the deletion of the device begins', async () => {
    const { world, run } = await whileDeviceGoes('delete-vault');
    const why = /too late to cancel: the deletion of the device has begun; answer "keep-vault" to keep its vault/;
    const cancel = said(world, { decision: 'cancel' });
    assert.match(await objectionTo(run, cancel), why);
    assert.match((await recordOf(run, cancel))?.ignoredBecause ?? '', why);
    await endOfDevice(world, run);
    assertSoftDeleted(world);
  });

  for (const decision of ['cancel', 'keep-vault'] as const) {
    test(`to ${decision} ends a block that only the deletion of the vault has`, async () => {
      const { world, run } = await asked();
      world.azure.control.takeRight({ principal: 'worker', action: 'Microsoft.KeyVault/vaults/delete' });
      await answer(world, run);
      await world.temporal.runUntil(() => run.searchAttributes['AsePhase'] === 'blocked');
      await say(run, said(world, { decision, by: 'bob' }));
      const { device } = await endOfDevice(world, run);
      assert.equal(device, decision === 'cancel' ? 'kept' : 'deleted');
      assert.equal(isDeviceThere(world), decision === 'cancel');
      assertProtected(world);
    });

    test(`to ${decision} ends the block of an unreadable inventory`, async () => {
      const { world, run } = await asked();
      world.azure.control.closeFirewall({ vaultName: vaultName(world) });
      await answer(world, run);
      await runToRest(world, run);
      assert.equal((await blockOf(run)).step, 'takeInventory');
      await say(run, said(world, { decision, by: 'bob' }));
      const { device, keyVault } = await endOfDevice(world, run);
      assert.deepEqual([device, keyVault.outcome], [decision === 'cancel' ? 'kept' : 'deleted', 'kept']);
      assertProtected(world);
    });
  }

  test('to keep ends the block of an inventory that is no longer readable after the device is gone', async () => {
    const { world, run } = await whileDeviceGoes('delete-vault');
    world.azure.control.closeFirewall({ vaultName: vaultName(world) });
    await runToRest(world, run);
    assert.equal((await blockOf(run)).step, 'takeInventory');
    await say(run, said(world, { decision: 'keep-vault', by: 'bob' }));
    const { device, keyVault } = await endOfDevice(world, run);
    assert.ok(keyVault.outcome === 'kept');
    assert.deepEqual([device, keyVault.decided.by], ['deleted', 'bob']);
    assertRetained(world);
  });

  test('to keep a vault whose device stays ends the block of its inventory too', async () => {
    const world = await worldToDeleteIn();
    const run = await startVaultDeletion(world);
    await questionOf(world, run);
    world.azure.control.closeFirewall({ vaultName: vaultName(world) });
    await answer(world, run);
    await runToRest(world, run);
    await say(run, said(world, { decision: 'keep-vault', by: 'bob' }));
    assert.equal((await endOfVault(world, run)).keyVault.outcome, 'kept');
    assertProtected(world);
  });

  test('to keep, while the deletion of the device is blocked, keeps the vault after the deletion resumes', async () => {
    const { world, run } = await asked();
    const right = { principal: 'worker', action: 'Microsoft.DataBoxEdge/dataBoxEdgeDevices/delete' };
    world.azure.control.takeRight(right);
    await answer(world, run);
    await runToRest(world, run);
    assert.equal((await blockOf(run)).step, 'deleteDeviceResource');
    await say(run, said(world, { decision: 'keep-vault', by: 'bob' }));
    world.azure.control.giveBackRight(right);
    assert.equal((await endOfDevice(world, run)).keyVault.outcome, 'kept');
    assertRetained(world);
  });
});

suite('an inventory that changes', () => {
  const changes: [what: string, change: (world: World) => void][] = [
    ['a secret', (world) => putSecret(world, 'payroll')],
    ['a version', (world) => putSecret(world, 'ase-activation-key')],
    [
      'a lock',
      (world) => world.azure.control.putLock({ scope: vaultId(world), name: 'theirs', level: 'CanNotDelete' }),
    ],
  ];
  for (const [what, change] of changes) {
    test(`by ${what} between question and answer causes another question, under the next number`, async () => {
      const { world, run } = await asked();
      change(world);
      await answer(world, run);
      const { inventory, answerBy } = await questionOf(world, run);
      assert.equal(inventory, 2);
      assert.equal(Date.parse(answerBy) - world.clock.now(), 72 * hour, 'with time to read it');
      assert.match(await objectionTo(run, said(world)), /inventory 1 is out of date: read number 2/);
      await answer(world, run, { decision: 'cancel' });
      assert.equal((await endOfDevice(world, run)).device, 'kept');
    });

    test(`by ${what} while the device is being deleted causes another question, and silence keeps the vault`, async () => {
      const { world, run } = await whileDeviceGoes('delete-vault');
      change(world);
      assert.equal((await questionOf(world, run)).inventory, 2);
      assert.ok(!isDeviceThere(world));
      await endOfDevice(world, run);
      assertRetained(world);
    });
  }

  test('only in age, in access or by a lock that is gone counts as the same', async () => {
    const world = await worldToDeleteIn();
    world.azure.control.putLock({ scope: vaultId(world), name: 'theirs', level: 'CanNotDelete' });
    const run = await startVaultDeletion(world);
    await questionOf(world, run);
    world.clock.advanceTo(world.clock.now() + hour);
    world.azure.state.vaults[vaultName(world)]!.accessPolicies.push({
      tenantId: world.azure.state.tenantId,
      objectId: world.azure.principals.reader.objectId,
      permissions: { secrets: ['get'] },
    });
    world.azure.control.removeLock({ scope: vaultId(world), name: 'theirs' });
    await answer(world, run);
    assert.equal((await endOfVault(world, run)).keyVault.outcome, 'deleted');
  });
});
