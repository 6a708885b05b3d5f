/** Whatever ends a run, and wherever: a vault that holds something has its lock, or the end says that it was left without. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { decideUpdate } from '../../workflows/messages.ts';
import type { Run } from '../harness/temporal/index.ts';
import { withRareProbes } from '../harness/rare-probes.ts';
import {
  blockOf,
  createWorld,
  decide,
  runToEnd,
  runToRest,
  status,
  type World,
  type WorldOptions,
} from '../harness/world.ts';
import {
  answer,
  assertProtected,
  assertRetained,
  day,
  endOfDevice,
  endOfVault,
  failedWith,
  isDeviceThere,
  lockId,
  locksOnVault,
  questionOf,
  startDeviceDeletion,
  startVaultDeletion,
  vaultId,
  vaultName,
  worldToDeleteIn,
} from './deletion.ts';
import { activatedWorld, onlineWorld, repair, startRepair } from './looks.ts';
import { deleteVault, endOf, lostBeforeActivation, lostVault, startRecovery } from './recovery.ts';

/** Most of these runs are left alone for a fortnight. */
const patient: WorldOptions = { around: withRareProbes };

const writingLocks = { principal: 'worker', action: 'Microsoft.Authorization/locks/write' };
const isLocked = (world: World): boolean => locksOnVault(world).includes('ase-key-vault-lock');
const isLive = (world: World): boolean => world.azure.state.vaults[vaultName(world)] !== undefined;

const isVaultPut = ({ method, url }: Request): boolean => method === 'PUT' && /\/vaults\/[^/?]+\?/.test(url);
const isVaultGet = ({ method, url }: Request): boolean => method === 'GET' && /\/vaults\/[^/?]+\?/.test(url);
const notFound = (): Response => Response.json({ error: { code: 'ResourceNotFound', message: 'no' } }, { status: 404 });

const atRest = async (world: World, run: Promise<Run>): Promise<Run> => {
  await runToRest(world, await run);
  return run;
};

const cancelled = async ({ temporal }: World, run: Run): Promise<void> => {
  await run.cancel();
  await temporal.runUntil(() => run.outcome !== undefined);
  assert.equal(run.outcome?.status, 'cancelled', JSON.stringify(run.outcome));
};

/** Its owner deletes the vault and takes it back: no lock and no setting outlives that. */
const deletedAndTakenBack = async (world: World): Promise<void> => {
  const vault = world.azure.state.vaults[vaultName(world)];
  assert.ok(vault);
  deleteVault(world, vault);
  const { location, tenantId } = vault;
  const sku = { family: 'A', name: 'standard' };
  const properties = { createMode: 'recover', tenantId, sku, accessPolicies: [] };
  await world.asOwner('PUT', vault.id, '2026-02-01', { location, properties });
  assert.ok(isLive(world) && !isLocked(world));
};

/** The three ends of a blocked run that nobody helps. */
const ends: [how: string, end: (world: World, run: Run) => Promise<void>][] = [
  [
    'abort',
    async (world, run) => {
      await decide(run, { decision: 'abort' });
      await failedWith(world, run);
    },
  ],
  ['silence', async (world, run) => void (await failedWith(world, run))],
  ['a cancellation', cancelled],
];

suite('a recovered vault whose lock cannot be written', () => {
  const blocked = async (): Promise<{ world: World; run: Run }> => {
    let watched = false;
    const { world } = await lostVault({
      ...patient,
      meddle: (request, pass, { azure }) => {
        if (watched && isVaultPut(request)) azure.control.takeRight(writingLocks);
        return pass(request);
      },
    });
    watched = true;
    const run = await startRecovery(world);
    await runToRest(world, run);
    watched = false;
    const { step, failure } = await blockOf(run);
    assert.equal(`${step} ${failure}`, 'recoverDeletedKeyVault MissingPermission');
    return { world, run };
  };

  test('is not abandoned by an abort: the run ends only after the lock is written', async () => {
    const { world, run } = await blocked();
    await decide(run, { decision: 'abort' });
    await world.temporal.runUntil(() => run.searchAttributes['AseBlockedStep'] !== undefined);
    const { step, block, abortable } = await blockOf(run);
    assert.deepEqual([step, abortable], ['relockKeyVault', false]);
    const { accepted } = await run.update(decideUpdate, { step, block, decision: 'abort', by: 'ada' });
    await assert.rejects(accepted, /cannot be aborted/);
    world.azure.control.giveBackRight(writingLocks);
    assert.match(await failedWith(world, run), /^MissingPermission: aborted by ada/);
    assert.ok(isLocked(world));
  });

  for (const [how, end] of ends.slice(0, 2)) {
    test(`ends with a loud failure after ${how} without help, and the message names the first failure, too`, async () => {
      const { world, run } = await blocked();
      await end(world, run);
      assert.match(
        await failedWith(world, run),
        /^KeyVaultLeftUnlocked: no decision within 14 days: .*locks\/write.*\. Before that, the operation ended with MissingPermission: /,
      );
      assert.equal(run.searchAttributes['AseFailure'], 'KeyVaultLeftUnlocked');
      assert.equal(run.searchAttributes['AseBlockedStep'], undefined);
    });
  }

  test('ends with a loud failure after a cancellation, too', async () => {
    const { world, run } = await blocked();
    await run.cancel();
    assert.match(await failedWith(world, run), /^KeyVaultLeftUnlocked: .*Before that, the operation was cancelled$/);
  });
});

suite('a recovered vault that is not visible yet', () => {
  for (const [how, end] of ends) {
    test(`is locked when its recovery is ended by ${how}`, async () => {
      let [watched, hidden] = [false, false];
      const { world } = await lostVault({
        ...patient,
        meddle: (request, pass) => {
          if (hidden && isVaultGet(request)) return Promise.resolve(notFound());
          hidden ||= watched && isVaultPut(request);
          return pass(request);
        },
      });
      watched = true;
      const run = await atRest(world, startRecovery(world));
      const { step, failure } = await blockOf(run);
      assert.equal(`${step} ${failure}`, 'recoverDeletedKeyVault NotInEffect');
      await end(world, run);
      assert.ok(isLive(world) && isLocked(world));
    });
  }
});

suite('a vault that an activation recovers behind a closed firewall', () => {
  const closed = async () => {
    const lost = await lostBeforeActivation(patient);
    lost.vault.networkAcls = { bypass: 'AzureServices', defaultAction: 'Deny', ipRules: [], virtualNetworkRules: [] };
    return lost.world;
  };
  const atFirewall = async (world: World, run: Run): Promise<void> => {
    await runToRest(world, run);
    const { step, failure } = await blockOf(run);
    assert.equal(`${step} ${failure}`, 'ensureKeyVault VaultNetworkClosed');
  };

  test('is locked while the activation waits for the firewall', async () => {
    const world = await closed();
    await atFirewall(world, await world.generate({ softDeletedVault: 'recover' }));
    assert.ok(isLocked(world));
  });

  for (const [how, end] of ends) {
    test(`stays locked when the run is ended by ${how}`, async () => {
      const world = await closed();
      const run = await world.generate({ softDeletedVault: 'recover' });
      await atFirewall(world, run);
      await end(world, run);
      assert.ok(isLive(world) && isLocked(world));
    });

    test(`is locked if a decision recovered it and the run is ended by ${how}`, async () => {
      const world = await closed();
      const run = await atRest(world, world.generate());
      assert.equal((await blockOf(run)).failure, 'VaultSoftDeleted');
      await decide(run, { input: { softDeletedVault: 'recover' } });
      await atFirewall(world, run);
      world.azure.control.removeLock({ scope: vaultId(world), name: 'ase-key-vault-lock' });
      await end(world, run);
      assert.ok(isLocked(world));
    });
  }
});

suite('a vault that was deleted while its activation waited, and that a decision recovers,', () => {
  const takenBack = async (): Promise<{ world: World; run: Run }> => {
    const { world, vault } = await activatedWorld(patient);
    const action = { status: 403, code: 'AuthorizationFailed', message: 'no' };
    const { id } = world.azure.control.addFault({ path: /\/providers\/Microsoft\.DataBoxEdge$/i, action });
    const run = await atRest(world, world.generate());
    assert.equal((await blockOf(run)).step, 'registerProviders');
    deleteVault(world, vault);
    world.azure.control.removeFault({ id });
    await world.temporal.runUntil(() => run.searchAttributes['AseFailure'] === 'VaultSoftDeleted');
    world.azure.control.takeRight(writingLocks);
    await decide(run, { input: { softDeletedVault: 'recover' } });
    await runToRest(world, run);
    assert.ok(isLive(world) && !isLocked(world));
    return { world, run };
  };

  test('is not left without its lock by an abort', async () => {
    const { world, run } = await takenBack();
    await decide(run, { decision: 'abort' });
    await world.temporal.runUntil(() => run.searchAttributes['AseBlockedStep'] === 'relockKeyVault');
    world.azure.control.giveBackRight(writingLocks);
    await failedWith(world, run);
    assert.ok(isLocked(world));
  });
});

suite('an aborted activation that creates a vault', () => {
  test('locks the vault if it was not locked before', async () => {
    const world = await createWorld(patient);
    const run = await world.generate();
    await world.temporal.runUntil(() => isLive(world));
    world.azure.control.closeFirewall({ vaultName: vaultName(world) });
    await runToRest(world, run);
    assert.equal((await blockOf(run)).step, 'ensureKeyVault');
    await decide(run, { decision: 'abort' });
    assert.match(await failedWith(world, run), /^VaultNetworkClosed: aborted by ada/);
    assert.ok(isLocked(world));
  });

  test('ends at once without the right to lock the vault, since it is empty', async () => {
    const world = await createWorld({
      ...patient,
      meddle: (request, pass, { azure }) => {
        const creates = request.method === 'PUT' && /\/vaults\/[^/]+\?/.test(request.url);
        if (creates) azure.control.takeRight(writingLocks);
        return pass(request);
      },
    });
    const run = await atRest(world, world.generate());
    assert.ok(isLive(world));
    assert.equal((await blockOf(run)).step, 'ensureKeyVault');
    const since = world.clock.now();
    await decide(run, { decision: 'abort' });
    assert.match(await failedWith(world, run), /^MissingPermission: aborted by ada/);
    assert.ok(world.clock.now() - since < 60_000);
  });

  test("leaves a stranger's vault of that name unchanged", async () => {
    const world = await createWorld(patient);
    world.azure.control.putStrangersVault({ name: vaultName(world), group: 'edge-rg' });
    const run = await atRest(world, world.generate({ softDeletedVault: 'recover' }));
    assert.equal((await blockOf(run)).failure, 'VaultNameTaken');
    await decide(run, { decision: 'abort' });
    await failedWith(world, run);
    assert.deepEqual(locksOnVault(world), []);
  });
});

/** Temporal has lost a deletion between the lock and the vault. */
const lostDeletion = async (world: World, start: (world: World) => Promise<Run>): Promise<void> => {
  let unlocked = false;
  const run = await start(world);
  await answer(world, run);
  await world.temporal.runUntil(() => (unlocked ||= isDeletable(world)));
  await run.terminate('lost');
  await world.temporal.runUntil();
  assert.ok(isLive(world) && !isLocked(world));
};

const isDeletable = (world: World): boolean => isLive(world) && !isLocked(world);

suite('a vault whose deletion was lost after its lock was removed', () => {
  const lostVaultDeletion = async (): Promise<World> => {
    const world = await worldToDeleteIn(patient);
    await lostDeletion(world, startVaultDeletion);
    return world;
  };

  test('is locked while the next deletion asks about it', async () => {
    const world = await lostVaultDeletion();
    await questionOf(world, await startVaultDeletion(world));
    assert.ok(isLocked(world));
  });

  const keeps: [how: string, keep: (world: World) => Promise<{ outcome: string }>][] = [
    [
      'is answered with keep',
      async (world) => {
        const run = await startVaultDeletion(world);
        await answer(world, run, { decision: 'keep-vault' });
        return (await endOfVault(world, run)).keyVault;
      },
    ],
    ['is not answered', async (world) => (await endOfVault(world, await startVaultDeletion(world))).keyVault],
    [
      'has consent in advance to keep it',
      async (world) => {
        const consent = { decision: 'keep-vault' as const, keyVaultName: vaultName(world) };
        return (await endOfVault(world, await startVaultDeletion(world, { consent }))).keyVault;
      },
    ],
    [
      'of its device is answered with cancel',
      async (world) => {
        const run = await startDeviceDeletion(world);
        await answer(world, run, { decision: 'cancel' });
        return (await endOfDevice(world, run)).keyVault;
      },
    ],
    [
      'of its device is answered with keep',
      async (world) => {
        const run = await startDeviceDeletion(world);
        await answer(world, run, { decision: 'keep-vault' });
        const { keyVault } = await endOfDevice(world, run);
        return keyVault;
      },
    ],
  ];
  for (const [how, keep] of keeps) {
    test(`stays, locked, if the next deletion ${how}`, async () => {
      const world = await lostVaultDeletion();
      assert.equal((await keep(world)).outcome, 'kept');
      assert.ok(isLocked(world));
    });
  }

  test('is locked when the next deletion is cancelled while it asks', async () => {
    const world = await lostVaultDeletion();
    const run = await startVaultDeletion(world);
    await questionOf(world, run);
    await cancelled(world, run);
    assert.ok(isLocked(world));
  });

  for (const [how, end] of ends) {
    test(`is locked if the next deletion cannot read it, and is ended by ${how}`, async () => {
      const world = await lostVaultDeletion();
      world.azure.control.closeFirewall({ vaultName: vaultName(world) });
      const run = await atRest(world, startVaultDeletion(world));
      assert.equal((await blockOf(run)).step, 'takeInventory');
      await end(world, run);
      assert.ok(isLocked(world));
    });

    test(`is locked if the next deletion has not found it yet, and is ended by ${how}`, async () => {
      const world = await lostVaultDeletion();
      world.azure.control.takeRight({ principal: 'worker', action: 'Microsoft.KeyVault/vaults/delete' });
      const run = await atRest(world, startVaultDeletion(world));
      assert.equal((await blockOf(run)).step, 'planKeyVaultDeletion');
      await end(world, run);
      assert.ok(isLocked(world));
    });
  }

  test('is reported as unlocked by the next deletion if that cannot lock it either', async () => {
    const world = await lostVaultDeletion();
    world.azure.control.takeRight(writingLocks);
    const run = await atRest(world, startVaultDeletion(world));
    assert.equal((await blockOf(run)).step, 'planKeyVaultDeletion');
    assert.match(
      await failedWith(world, run),
      /^KeyVaultLeftUnlocked: .*Before that, the operation ended with MissingPermission: /,
    );
    assert.equal(run.searchAttributes['AseFailure'], 'KeyVaultLeftUnlocked');
  });

  test('is locked by an activation that finds its device in use', async () => {
    const { world } = await onlineWorld(patient);
    world.azure.control.removeLock({ scope: vaultId(world), name: 'ase-key-vault-lock' });
    assert.match(await failedWith(world, await world.generate()), /^DeviceAlreadyActivated: /);
    assert.ok(isLocked(world));
  });

  test('is locked by a deletion of its device if the device is already gone', async () => {
    const world = await worldToDeleteIn(patient);
    await lostDeletion(world, startDeviceDeletion);
    assert.ok(!isDeviceThere(world));
    assert.match(await failedWith(world, await startDeviceDeletion(world)), /^DeviceNotFound: /);
    assert.ok(isLocked(world));
  });

  const nexts: [what: string, run: (world: World) => Promise<unknown>][] = [
    ['an activation', async (world) => runToEnd(world, await world.generate())],
    ['a regeneration', async (world) => completed(world, await world.regenerate({ supersede: true }))],
    ['a recovery', async (world) => endOf(world, await startRecovery(world))],
    ['a repair', repair],
  ];
  for (const [what, run] of nexts) {
    test(`is locked when ${what} of its device has ended`, async () => {
      const world = await lostVaultDeletion();
      await run(world);
      assert.ok(isLocked(world));
    });
  }

  test('is locked by a repair of a device that has no identity', async () => {
    const world = await lostVaultDeletion();
    const edge = world.azure.state.dataBoxEdge.devices[world.device().id.toLowerCase()]!;
    delete (edge as { principalId?: string }).principalId;
    const { repaired } = await repair(world);
    assert.deepEqual(
      repaired.map(({ what }) => what),
      ['lock'],
    );
    assert.ok(isLocked(world));
  });
});

const completed = async ({ temporal }: World, run: Run): Promise<unknown> => {
  await temporal.runUntil(() => run.outcome !== undefined);
  assert.equal(run.outcome?.status, 'completed', JSON.stringify(run.outcome));
  return run.outcome;
};

suite('a vault that its owner deletes and recovers', () => {
  const policy = {
    path: /diagnosticSettings/,
    method: 'PUT',
    action: { denyByPolicy: { assignment: 'a', definition: 'd', field: 'type' } },
  };

  const whileTrailIsBlocked = async (start: (world: World) => Promise<Run>, world: World): Promise<Run> => {
    world.azure.control.addFault(policy);
    const run = await atRest(world, start(world));
    assert.equal((await blockOf(run)).step, 'ensureDiagnosticSetting');
    await deletedAndTakenBack(world);
    world.azure.control.clearFaults();
    return run;
  };

  const starts: [what: string, begin: () => Promise<World>, start: (world: World) => Promise<Run>][] = [
    ['an activation', () => createWorld(patient), (world) => world.generate()],
    [
      'an activation with the audit trail last',
      () => createWorld(patient),
      (world) => world.generate({ audit: 'after' }),
    ],
    ['a recovery', async () => (await lostVault(patient)).world, (world) => startRecovery(world)],
    [
      'a repair',
      async () => {
        const { world } = await onlineWorld(patient);
        world.azure.state.diagnosticSettings = {};
        return world;
      },
      (world) => startRepair(world),
    ],
  ];
  for (const [what, begin, start] of starts) {
    for (const decision of ['retry', 'skip'] as const) {
      test(`while the audit trail of ${what} is blocked has its lock after an end by ${decision}`, async () => {
        const world = await begin();
        const run = await whileTrailIsBlocked(start, world);
        await decide(run, { decision });
        await completed(world, run);
        assert.ok(isLocked(world));
      });
    }

    for (const [how, end] of ends) {
      test(`while the audit trail of ${what} is blocked has its lock after an end by ${how}`, async () => {
        const world = await begin();
        const run = await whileTrailIsBlocked(start, world);
        const completes = what.endsWith('last') && how !== 'a cancellation';
        if (!completes) await end(world, run);
        else {
          if (how === 'abort') await decide(run, { decision: 'abort' });
          await completed(world, run);
        }
        assert.ok(isLocked(world));
      });
    }
  }

  test('while its device gets access has its lock at the end, and a repair finds no drift', async () => {
    const world = await createWorld(patient);
    const run = await world.generate();
    await world.temporal.runUntil(() => run.pendingActivities.some(({ name }) => name === 'awaitAuditStorage'));
    world.azure.control.takeRight({ principal: 'worker', action: 'Microsoft.KeyVault/vaults/accessPolicies/write' });
    await runToRest(world, run);
    assert.equal((await blockOf(run)).step, 'grantAccess');
    await deletedAndTakenBack(world);
    world.azure.control.giveBackRight({
      principal: 'worker',
      action: 'Microsoft.KeyVault/vaults/accessPolicies/write',
    });
    await runToEnd(world, run);
    assert.ok(isLocked(world));
    assert.ok(run.historyEvents <= 75 + 30, `${run.historyEvents} events`);
  });

  test('while the storage account takes half an hour has its lock at the end, with no more events', async () => {
    const world = await createWorld({ settings: { storageAccount: 30 * 60_000 } });
    const run = await world.generate();
    await world.temporal.runUntil(() => run.pendingActivities[0]?.name === 'awaitAuditStorage');
    await deletedAndTakenBack(world);
    await runToEnd(world, run);
    assert.ok(isLocked(world));
    assert.equal(run.historyEvents, 75);
  });

  test('while a regeneration is blocked has its lock at the end', async () => {
    const { world } = await activatedWorld(patient);
    const right = {
      principal: 'worker',
      action: 'Microsoft.DataBoxEdge/dataBoxEdgeDevices/generateCertificate/action',
    };
    const run = await world.regenerate({ supersede: true });
    await world.temporal.runUntil(() => run.pendingActivities.some(({ name }) => name === 'grantAccess'));
    world.azure.control.takeRight(right);
    await runToRest(world, run);
    await deletedAndTakenBack(world);
    world.azure.control.giveBackRight(right);
    await completed(world, run);
    assert.ok(isLocked(world));
  });

  test('while its deletion asks for two days is locked when it is kept', async () => {
    const world = await worldToDeleteIn(patient);
    const run = await startVaultDeletion(world);
    await questionOf(world, run);
    world.clock.advanceTo(world.clock.now() + 2 * day);
    await deletedAndTakenBack(world);
    await answer(world, run, { decision: 'keep-vault' });
    assert.equal((await endOfVault(world, run)).keyVault.outcome, 'kept');
    assert.ok(isLocked(world));
  });
});

suite('a vault that is kept and locked', () => {
  test('requires one read and nothing more: no write, and no right to write locks', async () => {
    const world = await worldToDeleteIn(patient);
    const run = await startVaultDeletion(world);
    await questionOf(world, run);
    world.azure.control.takeRight(writingLocks);
    world.azure.control.clearRequests();
    await answer(world, run, { decision: 'keep-vault' });
    assert.equal((await endOfVault(world, run)).keyVault.outcome, 'kept');
    const { requests } = world.azure;
    assert.deepEqual(
      requests.map(({ method, path }) => `${method} ${decodeURIComponent(path).replace('//', '/')}`),
      [`GET ${lockId(vaultId(world), 'ase-key-vault-lock')}`],
    );
    assertProtected(world);
  });

  test('is locked before it is marked: a policy that refuses the mark does not leave it unlocked', async () => {
    const world = await worldToDeleteIn(patient);
    const run = await startDeviceDeletion(world);
    await questionOf(world, run);
    world.azure.control.removeLock({ scope: vaultId(world), name: 'ase-key-vault-lock' });
    const denied = { denyByPolicy: { assignment: 'a', definition: 'd', field: 'tags' } };
    const { id } = world.azure.control.addFault({ method: 'PATCH', path: /vaults/, action: denied });
    await answer(world, run, { decision: 'keep-vault' });
    await runToRest(world, run);
    assert.equal((await blockOf(run)).step, 'retainKeyVault');
    assert.ok(isLocked(world));
    world.azure.control.removeFault({ id });
    await decide(run, {});
    await endOfDevice(world, run);
    assertRetained(world);
  });
});

test('the last steps, which check the lock, are shown like all others', async () => {
  const world = await worldToDeleteIn(patient);
  world.azure.control.takeRight({ principal: 'worker', action: 'Microsoft.KeyVault/vaults/delete' });
  const run = await atRest(world, startVaultDeletion(world));
  await decide(run, { decision: 'abort' });
  await failedWith(world, run);
  assert.deepEqual(
    (await status(run)).steps.map(({ step, state }) => `${step} ${state}`),
    ['planKeyVaultDeletion failed', 'readKeyVaultLock done'],
  );
});
