/** Whose a vault is, when records are wrong, tags are gone, or another vault has taken its name. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createAzure, type Azure } from '../../azure/clients.ts';
import { discoverCloud } from '../../azure/cloud.ts';
import { findKeyVaultToShow } from '../../azure/ownership.ts';
import type { Device } from '../../domain/device.ts';
import { keyVaultIdOf } from '../../domain/key-vault.ts';
import { deviceInLockNotes } from '../../domain/locks.ts';
import type { Vault } from '../../local-azure/vault/vault.ts';
import { inProcess } from '../../local-azure/test/http-client.ts';
import type { Run } from '../harness/temporal/index.ts';
import {
  blockOf,
  createWorld,
  decide,
  resultOf,
  runToEnd,
  runToRest,
  type Meddler,
  type World,
} from '../harness/world.ts';
import { assertActivatable } from '../harness/invariants.ts';
import {
  answer,
  assertRetained,
  endOfDevice,
  failedWith,
  questionOf,
  startDeviceDeletion,
  startVaultDeletion,
  vaultName,
  worldToDeleteIn,
} from './deletion.ts';
import { inspect, preview, repair } from './looks.ts';
import { deleteVault, edgeOf, purge, startRecovery } from './recovery.ts';

const vaultVersion = '2026-02-01';

/** The vault of edge-1 with its tags gone; the record of edge-2 leads to it. */
const wronglyLinked = async (): Promise<{ world: World; vault: Vault }> => {
  const world = await createWorld();
  const { keyVault } = await runToEnd(world, await world.generate());
  const vault = world.azure.state.vaults[keyVault.name]!;
  vault.tags = {};
  await world.linkDevice(keyVault.id, keyVault.uri, 'edge-2');
  world.azure.control.assignRole({ principal: 'worker', role: 'Edge Key Vault Deleter' });
  return { world, vault };
};

const restOf = async (world: World, run: Run): Promise<string> => {
  const phase = () => String(run.searchAttributes['AsePhase']);
  await world.temporal.runUntil(() => run.outcome !== undefined || ['blocked', 'consent'].includes(phase()));
  return run.outcome?.status ?? phase();
};

suite("the untagged vault of one device that another device's record names", () => {
  const consentIn = ({ name: keyVaultName }: Vault) => ({ decision: 'delete-vault', keyVaultName }) as const;
  const procedures: [string, (world: World, vault: Vault) => Promise<Run>][] = [
    ['deleteKeyVault', (world, vault) => startVaultDeletion(world, { consent: consentIn(vault) }, 'edge-2')],
    ['deleteDevice', (world, vault) => startDeviceDeletion(world, { consent: consentIn(vault) }, 'edge-2')],
    ['generateActivationKey', (world) => world.generate({}, 'edge-2')],
    ['regenerateActivationKey', (world) => world.regenerate({ supersede: true }, 'edge-2')],
    ['recoverKeyVault', (world) => startRecovery(world, {}, 'edge-2')],
    [
      'repairDevice',
      async (world) => {
        await repair(world, 'edge-2');
        return world.generate({}, 'edge-2');
      },
    ],
  ];
  const traces: [string, (world: World, vault: Vault) => void][] = [
    ['as it is', () => undefined],
    ['without its lock', ({ azure }) => void (azure.state.locks = {})],
    [
      'without its lock and its entry',
      ({ azure }, vault) => {
        azure.state.locks = {};
        const policies = vault.accessPolicies.slice(0, 1);
        vault.accessPolicies = policies;
        vault.policyVersions = [{ from: 0, policies }];
      },
    ],
  ];
  for (const [name, start] of procedures) {
    for (const [how, strip] of traces) {
      test(`${how} is not touched by ${name} of that device`, async () => {
        const { world, vault } = await wronglyLinked();
        strip(world, vault);
        const before = JSON.stringify([vault, world.azure.state.locks]);
        await restOf(world, await start(world, vault));
        const { name: vaultName } = vault;
        assert.equal(JSON.stringify([world.azure.state.vaults[vaultName], world.azure.state.locks]), before);
      });
    }
  }

  test("is shown as another device's", async () => {
    const { world } = await wronglyLinked();
    const { keyVault, drift } = await inspect(world, 'edge-2');
    assert.equal(keyVault?.state === 'live' && keyVault.owner, 'another device');
    assert.deepEqual(
      drift.map(({ what, severity, repair: by }) => [what, severity, by]),
      [['marks', 'critical', 'ask its owner']],
    );
  });
});

suite('two devices with one vault name', () => {
  const isVaultWrite = ({ method, url }: Request): boolean => method === 'PUT' && /\/vaults\/[^/]+\?/.test(url);

  for (const policy of ['keeps', 'takes'] as const) {
    for (const late of [1, 2, 4, 8, 20]) {
      test(`whose creations are ${late} s apart: one has it, the other leaves nothing there, if a policy ${policy} tags`, async () => {
        const slowForTwo: Meddler = async (request, pass, { temporal }) => {
          if (isVaultWrite(request) && (await request.clone().text()).includes('"edge-2"'))
            await temporal.sleep(late * 1000);
          return pass(request);
        };
        const world = await createWorld({ meddle: slowForTwo });
        if (policy === 'takes') {
          world.azure.control.addFault({ path: /\/vaults\/[^/]+$/, action: { modifyAfterWrite: { tags: {} } } });
        }
        const two = await world.generate({ keyVaultName: 'shared-name' }, 'edge-2');
        const one = await world.generate({ keyVaultName: 'shared-name' });
        const isAtRest = (run: Run) =>
          run.outcome !== undefined || run.searchAttributes['AseBlockedStep'] !== undefined;
        await world.temporal.runUntil(() => isAtRest(one) && isAtRest(two));
        const [winner, loser, names] = one.outcome
          ? [one, two, ['edge-1', 'edge-2']]
          : [two, one, ['edge-2', 'edge-1']];
        assert.equal((await blockOf(loser)).failure, 'VaultNameTaken');
        const edgeOf = (name = '') => world.azure.state.dataBoxEdge.devices[world.device(name).id.toLowerCase()]!;
        const vault = world.azure.state.vaults['shared-name']!;
        const loserId = edgeOf(names[1]).principalId;
        assert.ok(!vault.accessPolicies.some(({ objectId }) => objectId === loserId));
        assert.ok(!Object.values(vault.tags).includes(names[1] ?? ''));
        assert.deepEqual(Object.keys(vault.secrets).length, 2);
        if (policy === 'keeps') assertActivatable(world.azure, world.device(names[0]), resultOf(winner));
        else assert.equal(winner.outcome?.status, 'completed');
      });
    }
  }
});

/** Purged, and made by somebody under the same id. */
const replace = async (world: World, vault: Vault): Promise<void> => {
  if (world.azure.state.vaults[vault.name]) deleteVault(world, vault);
  await purge(world, vault);
  await world.asOwner('PUT', vault.id, vaultVersion, {
    location: 'westeurope',
    properties: {
      tenantId: vault.tenantId,
      sku: { family: 'A', name: 'standard' },
      enableRbacAuthorization: false,
      accessPolicies: [],
    },
  });
  world.azure.control.clearRequests();
};

suite('another vault that has taken the name of the vault of a procedure', () => {
  test('is not touched by an activation that was blocked at its audit trail', async () => {
    const world = await createWorld();
    world.azure.control.neverRegister({ namespace: 'Microsoft.Storage' });
    const run = await world.generate();
    await runToRest(world, run);
    const [name = ''] = world.vaultsOf();
    await replace(world, world.azure.state.vaults[name]!);
    const before = JSON.stringify(world.azure.state.vaults[name]);
    world.azure.control.letRegister({ namespace: 'Microsoft.Storage' });
    await world.temporal.runUntil(() => run.searchAttributes['AseFailure'] === 'VaultReplaced');
    assert.equal(JSON.stringify(world.azure.state.vaults[name]), before);
    await decide(run, { decision: 'abort' });
    assert.match(await failedWith(world, run), /^VaultReplaced: aborted by ada/);
    assert.equal(JSON.stringify(world.azure.state.vaults[name]), before);
  });

  test('is not touched by a deletion that waited for consent', async () => {
    const world = await createWorld();
    await runToEnd(world, await world.generate());
    world.azure.control.assignRole({ principal: 'worker', role: 'Edge Key Vault Deleter' });
    const run = await startVaultDeletion(world);
    const { keyVaultName, inventory } = await questionOf(world, run);
    await replace(world, world.azure.state.vaults[keyVaultName]!);
    const before = JSON.stringify(world.azure.state.vaults[keyVaultName]);
    const consent = { decision: 'delete-vault', keyVaultName, inventory, by: 'ada' };
    await (
      await run.update('consent', consent)
    ).result;
    await restOf(world, run);
    assert.equal(JSON.stringify(world.azure.state.vaults[keyVaultName]), before);
    assert.deepEqual(world.writes(), []);
  });

  test('is not touched by a recovery that was blocked before its lock', async () => {
    const world = await createWorld();
    const { keyVault } = await runToEnd(world, await world.generate());
    const vault = world.azure.state.vaults[keyVault.name]!;
    deleteVault(world, vault);
    const right = { principal: 'worker', action: 'Microsoft.Authorization/locks/write' };
    const run = await startRecovery(world);
    await world.temporal.runUntil(() => run.pendingActivities.some(({ name }) => name === 'recoverDeletedKeyVault'));
    world.azure.control.takeRight(right);
    await runToRest(world, run);
    assert.equal((await blockOf(run)).step, 'recoverDeletedKeyVault');
    await replace(world, vault);
    const before = JSON.stringify(world.azure.state.vaults[vault.name]);
    world.azure.control.giveBackRight(right);
    await world.temporal.runUntil(() => run.searchAttributes['AseFailure'] !== 'MissingPermission');
    assert.equal((await blockOf(run)).failure, 'VaultReplaced');
    assert.equal(JSON.stringify(world.azure.state.vaults[vault.name]), before);
    assert.deepEqual(
      Object.values(world.azure.state.locks).filter(({ scope }) => scope === vault.id),
      [],
    );
  });
});

suite('a vault that is no longer readable, and that somebody has recreated meanwhile,', () => {
  const readingVaults = { principal: 'worker', action: 'Microsoft.KeyVault/vaults/read' };
  const lockOf = ({ id }: Vault): string => `${id}/providers/Microsoft.Authorization/locks/ase-key-vault-lock`;
  const steps = ['unlockKeyVault', 'removeDiagnosticSetting', 'softDeleteKeyVault', 'takeInventory'] as const;

  for (const step of steps) {
    test(`is left unchanged by a deletion that has reached ${step}`, async () => {
      const world = await worldToDeleteIn();
      const run = await startVaultDeletion(world);
      await world.temporal.runUntil(() => run.pendingActivities.some(({ name }) => name === 'takeInventory'));
      if (step !== 'takeInventory') {
        await answer(world, run);
        await world.temporal.runUntil(() => run.pendingActivities.some(({ name }) => name === step));
      }
      const vault = world.azure.state.vaults[vaultName(world)]!;
      await replace(world, vault);
      await world.asOwner('PUT', lockOf(vault), '2016-09-01', { properties: { level: 'CanNotDelete', notes: 'mine' } });
      world.azure.control.takeRight(readingVaults);
      world.azure.control.clearRequests();
      await runToRest(world, run);
      const { failure, message } = await blockOf(run);
      assert.deepEqual(
        [failure, message],
        ['MissingPermission', `the worker has no right to read the vault "${vault.name}"`],
      );
      assert.deepEqual(world.writes(), []);
    });
  }
});

suite('a vault that is kept when its device is deleted', () => {
  const locksOn = ({ azure }: World, id: string) =>
    Object.values(azure.state.locks)
      .filter(({ scope }) => scope.toLowerCase() === id.toLowerCase())
      .map(({ name, notes = '' }) => [name, deviceInLockNotes(notes)]);

  /** Somebody's, which the worker may look into; the record of edge-2 leads to it. */
  const linkedToStrangers = async () => {
    const world = await createWorld();
    await runToEnd(world, await world.generate());
    world.azure.control.assignRole({ principal: 'worker', role: 'Edge Key Vault Deleter' });
    const id = keyVaultIdOf(world.device(), 'payroll-vault-9');
    const { tenantId } = world.azure.state;
    const { objectId } = world.azure.principals.worker;
    const accessPolicies = [{ tenantId, objectId, permissions: { secrets: ['get', 'list'] } }];
    const sku = { family: 'A', name: 'standard' };
    const properties = { tenantId, sku, enableRbacAuthorization: false, accessPolicies };
    await world.asOwner('PUT', id, vaultVersion, { location: 'westeurope', properties });
    await world.linkDevice(id, 'https://payroll-vault-9.vault.localhost/', 'edge-2');
    return { world, id };
  };

  const kept = async (world: World, name?: string): Promise<void> => {
    const run = await startDeviceDeletion(world, {}, name);
    await answer(world, run, { decision: 'keep-vault' });
    assert.equal((await endOfDevice(world, run)).keyVault.outcome, 'kept');
  };

  test('is locked without a claim and not marked if only a link refers to it', async () => {
    const { world, id } = await linkedToStrangers();
    await kept(world, 'edge-2');
    assert.deepEqual(locksOn(world, id), [['ase-key-vault-lock', undefined]]);
    assert.deepEqual(world.azure.state.vaults['payroll-vault-9']!.tags, {});
  });

  test('is not deleted by a later consent in advance if only a link referred to it', async () => {
    const { world } = await linkedToStrangers();
    await kept(world, 'edge-2');
    const keyVaultName = 'payroll-vault-9';
    const consent = { decision: 'delete-vault', keyVaultName } as const;
    await restOf(world, await startVaultDeletion(world, { keyVaultName, consent }, 'edge-2'));
    assert.ok(world.azure.state.vaults[keyVaultName], 'the vault is alive');
  });

  test('must be proven by its tags before its deletion is asked about if Azure does not return its creation time', async () => {
    const { world, id } = await linkedToStrangers();
    const vault = world.azure.state.vaults['payroll-vault-9']!;
    vault.systemData = {};
    const run = await startVaultDeletion(world, {}, 'edge-2');
    await runToRest(world, run);
    const { failure, message } = await blockOf(run);
    assert.equal(failure, 'VaultUnproven');
    assert.match(message, /^Azure returns no creation date of the vault "payroll-vault-9".* ase-device=edge-2 /);
    const [, tags = ''] = /Its tags would be (.*)$/.exec(message) ?? [];
    Object.assign(vault.tags, Object.fromEntries(tags.split(' ').map((tag) => tag.split('='))));
    await answer(world, run);
    await restOf(world, run);
    assert.equal(world.azure.state.vaults[vault.name], undefined);
    assert.deepEqual(locksOn(world, id), []);
  });

  test('keeps the claim of the device on its lock if it was its own', async () => {
    const world = await worldToDeleteIn();
    await kept(world);
    assertRetained(world);
    const id = keyVaultIdOf(world.device(), vaultName(world));
    assert.deepEqual(locksOn(world, id), [['ase-key-vault-lock', world.device().id]]);
  });

  test('is left unchanged if another vault has its name and Azure does not return the creation time of the first', async () => {
    const world = await worldToDeleteIn();
    const vault = world.azure.state.vaults[vaultName(world)]!;
    vault.systemData = {};
    const run = await startDeviceDeletion(world);
    await answer(world, run, { decision: 'keep-vault' });
    await world.temporal.runUntil(() => run.pendingActivities.some(({ name }) => name === 'deleteDeviceResource'));
    await replace(world, vault);
    const { keyVault } = await endOfDevice(world, run);
    assert.match(keyVault.outcome === 'left alone' ? keyVault.why : '', /still the vault of the consent question/);
    assert.deepEqual(world.azure.state.vaults[vaultName(world)]!.tags, {});
    assert.deepEqual(locksOn(world, vault.id), []);
  });
});

suite('a recreated device', () => {
  const left = async (identity?: 'None'): Promise<{ world: World; vault: Vault }> => {
    const world = await createWorld();
    const { keyVault } = await runToEnd(world, await world.generate());
    world.azure.control.assignRole({ principal: 'worker', role: 'Edge Key Vault Deleter' });
    const vault = world.azure.state.vaults[keyVault.name]!;
    vault.tags['ase-state'] = 'retained';
    await world.createDeviceAgain(identity);
    return { world, vault };
  };
  const linked = async (): Promise<{ world: World; vault: Vault }> => {
    const { world, vault } = await left();
    await world.linkDevice(vault.id, `https://${vault.name}.vault.localhost/`);
    return { world, vault };
  };
  const consentIn = ({ name: keyVaultName }: Vault) => ({ decision: 'delete-vault', keyVaultName }) as const;
  const deletions: [string, (world: World, vault: Vault) => Promise<Run>][] = [
    ['deleteKeyVault', (world, vault) => startVaultDeletion(world, { consent: consentIn(vault) })],
    ['deleteDevice', (world, vault) => startDeviceDeletion(world, { consent: consentIn(vault) })],
  ];

  for (const [name, start] of deletions) {
    for (const [how, arrange] of [
      ['with an identity', () => left()],
      ['without an identity', () => left('None')],
      ['and linked to it', linked],
    ] as const) {
      test(`${how} does not lose the retained vault of its predecessor to ${name} with consent in advance`, async () => {
        const { world, vault } = await arrange();
        await restOf(world, await start(world, vault));
        assert.ok(world.azure.state.vaults[vault.name]);
      });
    }
  }

  test('is asked about the activation key of its predecessor, even if that is the only remaining key', async () => {
    const { world, vault } = await linked();
    delete vault.tags['ase-state'];
    for (const name of Object.keys(vault.secrets)) if (name.startsWith('ase-cik-')) delete vault.secrets[name];
    const run = await startVaultDeletion(world, { consent: consentIn(vault) });
    const { secrets } = await questionOf(world, run);
    assert.deepEqual(
      secrets.map(({ name, own }) => [name, own]),
      [['ase-activation-key', false]],
    );
  });

  const others: [string, () => Promise<{ world: World; vault: Vault }>][] = [
    ['that was retained', () => left()],
    ['that was retained and that its record leads to', linked],
    [
      'whose tags were taken away and whose access somebody has widened',
      async () => {
        const { world, vault } = await left();
        vault.tags = {};
        const policies = vault.accessPolicies.map((entry) =>
          entry.permissions['secrets']?.length === 2
            ? { ...entry, permissions: { secrets: ['get', 'set', 'list'] } }
            : entry,
        );
        vault.accessPolicies = policies;
        vault.policyVersions = [{ from: 0, policies }];
        return { world, vault };
      },
    ],
    [
      'whose tags and access were taken away',
      async () => {
        const { world, vault } = await left();
        vault.tags = {};
        const policies = vault.accessPolicies.filter(({ permissions }) => permissions['secrets']?.length !== 2);
        vault.accessPolicies = policies;
        vault.policyVersions = [{ from: 0, policies }];
        return { world, vault };
      },
    ],
  ];
  for (const [what, arrange] of others) {
    test(`does not get the vault of its predecessor ${what}`, async () => {
      const { world, vault } = await arrange();
      const before = JSON.stringify(vault);
      const run = await world.generate();
      await runToRest(world, run);
      assert.equal((await blockOf(run)).failure, 'VaultOfFormerDevice');
      assert.equal(JSON.stringify(world.azure.state.vaults[vault.name]), before);
    });
  }
});

suite('the vault of a device is the same for every procedure if its record refers to', () => {
  type Case = { world: World; name: string };
  const toDelete = async (): Promise<World> => {
    const world = await createWorld();
    world.azure.control.assignRole({ principal: 'worker', role: 'Edge Key Vault Deleter' });
    return world;
  };

  /** A recovery that made another vault in the place of one past recovery ended before the record led there. */
  const gone = async (): Promise<Case> => {
    const world = await toDelete();
    const { keyVault } = await runToEnd(world, await world.generate());
    const vault = world.azure.state.vaults[keyVault.name]!;
    deleteVault(world, vault);
    await purge(world, vault);
    const run = await startRecovery(world, { keyVaultName: 'next-vault' });
    await world.temporal.runUntil(() => run.pendingActivities.some(({ name }) => name === 'linkDevice'));
    await run.terminate('lost');
    await world.temporal.runUntil();
    return { world, name: 'next-vault' };
  };

  const anothers = async (): Promise<Case> => {
    const world = await toDelete();
    const { keyVault } = await runToEnd(world, await world.generate());
    const other = await runToEnd(world, await world.generate({}, 'edge-2'));
    await world.linkDevice(other.keyVault.id, other.keyVault.uri);
    return { world, name: keyVault.name };
  };

  /** The first was deleted before it was linked, and its owner has taken it back. */
  const oneOfTwo = async (): Promise<Case> => {
    const world = await toDelete();
    world.azure.control.neverRegister({ namespace: 'Microsoft.Storage' });
    const first = await world.generate({ keyVaultName: 'a-first' });
    await runToRest(world, first);
    await decide(first, { decision: 'abort' });
    await failedWith(world, first);
    const vault = world.azure.state.vaults['a-first']!;
    deleteVault(world, vault);
    world.azure.control.letRegister({ namespace: 'Microsoft.Storage' });
    await runToEnd(world, await world.generate({ keyVaultName: 'b-second' }));
    await world.asOwner('PUT', vault.id, vaultVersion, {
      location: 'westeurope',
      properties: { createMode: 'recover', tenantId: vault.tenantId, sku: { family: 'A', name: 'standard' } },
    });
    return { world, name: 'b-second' };
  };

  const asked = async (world: World, run: Run): Promise<string> => (await questionOf(world, run)).keyVaultName;
  const looks: [who: string, look: (world: World) => Promise<string | undefined>][] = [
    ['inspectDevice', async (world) => (await inspect(world)).keyVault?.name],
    ['previewActivation', async (world) => (await preview(world)).names?.keyVault],
    ['generateActivationKey', async (world) => (await runToEnd(world, await world.generate())).keyVault.name],
    ['deleteKeyVault', async (world) => asked(world, await startVaultDeletion(world))],
    ['deleteDevice', async (world) => asked(world, await startDeviceDeletion(world))],
    ['the command line', async (world) => (await findKeyVaultToShow(await asOwner(world), deviceIn(world)))?.name],
  ];
  for (const [what, arrange] of [
    ['a missing vault', gone],
    ["another device's vault", anothers],
    ['one of two', oneOfTwo],
  ] as const) {
    for (const [who, look] of looks) {
      test(`${what}: ${who} finds its own`, async () => {
        const { world, name } = await arrange();
        assert.equal(await look(world), name);
      });
    }
  }

  test('a missing vault: the next activation links the device to its own and stores the key there', async () => {
    const { world } = await gone();
    const { actions } = await preview(world);
    assert.deepEqual(
      actions.filter(({ what }) => /^(channel integrity key|link)/.test(what)),
      [
        { action: 'leave', what: 'channel integrity key' },
        { action: 'repair', what: 'link of edge-1 to next-vault' },
      ],
    );
    const [before] = world.versionsOf('ase-cik-');
    await runToEnd(world, await world.generate());
    assert.deepEqual(world.versionsOf('ase-cik-'), [before]);
    assert.deepEqual((await inspect(world)).drift, []);
  });

  test("another device's vault: the next activation links the device to its own and leaves that one unchanged", async () => {
    const { world, name } = await anothers();
    const vault = () => world.azure.state.vaults[world.vaultsOf('edge-2')[0]!]!;
    const before = JSON.stringify(vault());
    assertActivatable(world.azure, world.device(), await runToEnd(world, await world.generate()));
    assert.equal((await inspect(world)).keyVault?.name, name);
    assert.equal(JSON.stringify(vault()), before);
  });

  test('a deleted vault: the recovery uses it, although another one is its own', async () => {
    const { world, name } = await oneOfTwo();
    deleteVault(world, world.azure.state.vaults[name]!);
    const { keyVault } = await inspect(world);
    assert.deepEqual([keyVault?.name, keyVault?.state], [name, 'deleted']);
    const run = await world.generate();
    await runToRest(world, run);
    assert.equal((await blockOf(run)).failure, 'VaultSoftDeleted');
    await decide(run, { decision: 'abort' });
    await failedWith(world, run);
    assert.equal(await asked(world, await startDeviceDeletion(world)), 'a-first');
  });

  test("another device's vault, and it has none: it gets one under a given name", async () => {
    const world = await createWorld();
    const other = await runToEnd(world, await world.generate({}, 'edge-2'));
    await world.linkDevice(other.keyVault.id, other.keyVault.uri);
    const { keyVault } = await runToEnd(world, await world.generate({ keyVaultName: 'of-its-own' }));
    assert.equal(keyVault.name, 'of-its-own');
    assert.equal(edgeOf(world).link.clientSecretStoreId, keyVault.id, 'its record is corrected');
  });
});

/** With the rights of the owner of the subscription, as somebody at the command line may have them. */
const asOwner = async ({ azure }: World): Promise<Azure> => {
  const httpClient = inProcess((request) => azure.fetch(request));
  const issue = (scope: string): string => azure.issueToken(azure.principals.owner, scope.replace(/\/\.default$/, ''));
  return createAzure({
    cloud: await discoverCloud('https://management.localhost', httpClient),
    credential: {
      getToken: (scopes) =>
        Promise.resolve({ token: issue([scopes].flat()[0] ?? ''), expiresOnTimestamp: Date.now() + 3_600_000 }),
    },
    signal: () => new AbortController().signal,
    httpClient,
  });
};

const deviceIn = ({ azure, device }: World): Device => {
  const { principalId = '' } = azure.state.dataBoxEdge.devices[device().id.toLowerCase()]!;
  return { ...device(), location: 'westeurope', principalId, tenantId: azure.state.tenantId };
};
