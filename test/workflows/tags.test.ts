/** Tags are merged by Azure: what others write meanwhile stays, names mean the same in any case, nothing is fought over. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { defaultKeyVaultName, deviceHash } from '../../domain/names.ts';
import { deviceDeletionActions, recoveryActions } from '../../domain/rights.ts';
import type { Run } from '../harness/temporal/index.ts';
import {
  blockOf,
  createWorld,
  decide,
  runToEnd,
  runToRest,
  type Meddler,
  type World,
  type WorldOptions,
} from '../harness/world.ts';
import { endOfDevice, startDeviceDeletion, vaultName, worldToDeleteIn } from './deletion.ts';
import { activatedWorld, inspect, onlineWorld, repair } from './looks.ts';
import { lostBeforeActivation, lostVault, purge, recover, startRecovery } from './recovery.ts';

type Tags = Record<string, string>;
type Tagged = { tags: Tags };

const accountOf = ({ azure }: World): Tagged => Object.values(azure.state.storageAccounts)[0]!;
const vaultsOf = ({ azure }: World): Tagged[] =>
  Object.values(azure.state.vaults).filter(({ group }) => group === 'edge-rg');
const edgeOf = ({ azure, device }: World) => azure.state.dataBoxEdge.devices[device().id.toLowerCase()]!;

/** A write of tags, at a scope or with the resource itself. */
const isTagWrite = ({ method, url }: Pick<Request, 'method' | 'url'>): boolean =>
  method === 'PATCH' && /\/(vaults|storageAccounts)\//.test(url);

const tagWrites = ({ azure }: World): number =>
  azure.requests.filter(({ method, path, principal }) => principal === 'worker' && isTagWrite({ method, url: path }))
    .length;

/** What one procedure does to the tags of one resource. */
type Place = {
  of: 'vault' | 'account';
  begin: (options: WorldOptions) => Promise<World>;
  run: (world: World) => Promise<unknown>;
  /** What makes a write necessary. */
  spoil: (tags: Tags) => void;
  end: (tags: Tags) => void;
};

const marked = (tags: Tags): void => assert.equal(tags['ase-device'], 'edge-1');
const unmark = (tags: Tags): void => {
  delete tags['ase-device'];
};
const keep = { decision: 'keep-vault' } as const;

const activate = async (world: World) => runToEnd(world, await world.generate());
const online = async (options: WorldOptions) => (await onlineWorld(options)).world;

const places: Record<string, Place> = {
  'an activation, on the vault': {
    of: 'vault',
    begin: async (options) => (await activatedWorld(options)).world,
    run: activate,
    spoil: unmark,
    end: marked,
  },
  'an activation, on the account': {
    of: 'account',
    begin: async (options) => (await activatedWorld(options)).world,
    run: activate,
    spoil: unmark,
    end: marked,
  },
  'a repair, on the vault': {
    of: 'vault',
    begin: online,
    run: (world) => repair(world),
    spoil: (tags) => {
      delete tags['ase-device-hash'];
    },
    end: (tags) => assert.match(tags['ase-device-hash'] ?? '', /^[0-9a-f]{16}$/),
  },
  'a repair, on the account': {
    of: 'account',
    begin: online,
    run: async (world) => {
      world.azure.state.diagnosticSettings = {};
      await repair(world);
    },
    spoil: unmark,
    end: marked,
  },
  'a deletion that keeps the vault': {
    of: 'vault',
    begin: worldToDeleteIn,
    run: async (world) => {
      const consent = { ...keep, keyVaultName: vaultName(world) };
      await endOfDevice(world, await startDeviceDeletion(world, { consent }));
    },
    spoil: () => undefined,
    end: (tags) => assert.equal(tags['ase-state'], 'retained'),
  },
  'a recovery, which adds marks': {
    of: 'vault',
    begin: async (options) => (await lostVault(options)).world,
    run: (world) => recover(world),
    spoil: unmark,
    end: marked,
  },
  'a recovery, which removes the mark of a retained vault': {
    of: 'vault',
    begin: async (options) => (await lostVault(options)).world,
    run: (world) => recover(world),
    spoil: (tags) => {
      tags['ase-state'] = 'retained';
    },
    end: (tags) => assert.equal(tags['ase-state'], undefined),
  },
};

const resourceOf = (world: World, { of }: Place): Tagged => {
  if (of === 'account') return accountOf(world);
  const { vaults, deletedVaults } = world.azure.state;
  const ours = (name: string): boolean => name === defaultKeyVaultName(world.device());
  const [live] = Object.values(vaults).filter(({ name }) => ours(name));
  const [deleted] = Object.values(deletedVaults).filter(({ vault }) => ours(vault.name));
  return live ?? deleted!.vault;
};

suite('a change of the tags by somebody else between our read and our write stays, in', () => {
  for (const [what, place] of Object.entries(places)) {
    test(what, async () => {
      let watching = false;
      let wrote = 0;
      const world = await place.begin({
        meddle: (request, pass, self) => {
          const isIt =
            watching &&
            isTagWrite(request) &&
            request.url.includes(place.of === 'vault' ? '/vaults/' : '/storageAccounts/');
          if (isIt) {
            wrote += 1;
            const { tags } = resourceOf(self, place);
            tags['theirs'] = `${wrote}`;
            delete tags['left'];
          }
          return pass(request);
        },
      });
      const before = resourceOf(world, place).tags;
      before['left'] = 'gone meanwhile';
      place.spoil(before);
      watching = true;
      await place.run(world);
      assert.equal(wrote, 1, 'the tags are written once');
      const { tags } = resourceOf(world, place);
      place.end(tags);
      assert.deepEqual([tags['theirs'], tags['left']], ['1', undefined]);
    });
  }
});

/** Somebody's tool has written the names, and the ids, in its own letters. */
const respell = (tags: Tags): void => {
  for (const [name, value] of Object.entries(tags)) {
    delete tags[name];
    tags[name.toUpperCase()] = /^[0-9a-f-]{36}$/.test(value) ? value.toUpperCase() : value;
  }
};

suite('names of tags in another letter case', () => {
  const respelt = async (options?: WorldOptions) => {
    const { world, vault } = await activatedWorld(options);
    for (const { tags } of [vault, accountOf(world)]) respell(tags);
    return { world, vault };
  };

  test('are recognised: a run on a converged device writes nothing', async () => {
    const { world, vault } = await respelt({ profile: { requiredTags: { costCenter: '4711' } } });
    const { modifiedByPolicy } = await activate(world);
    assert.deepEqual(world.writes(), []);
    assert.equal(modifiedByPolicy, undefined);
    assert.equal(Object.keys(vault.tags).length, 4);
  });

  test('identify the owner of a vault if no link does', async () => {
    const world = await createWorld();
    await runToEnd(world, await world.generate({ keyVaultName: 'some-name' }));
    const [vault] = Object.values(world.azure.state.vaults).filter(({ name }) => name === 'some-name');
    respell(vault!.tags);
    // No other trace is left.
    Object.assign(vault!, { accessPolicies: [], policyVersions: [] });
    world.azure.state.locks = {};
    edgeOf(world).link = {};
    const { keyVault } = await activate(world);
    assert.equal(keyVault.name, 'some-name');
    assert.equal(vaultsOf(world).length, 1);
  });

  test("show that a vault is another device's, although a link refers to it", async () => {
    const { world, vault } = await respelt();
    await world.linkDevice(vault.id, `https://${vault.name}.vault.localhost`, 'edge-2');
    world.azure.control.clearRequests();
    const run = await world.generate({}, 'edge-2');
    await runToRest(world, run);
    assert.equal((await blockOf(run)).step, 'planActivation');
    assert.deepEqual(world.writes(), []);
  });

  test('are not duplicated by a mark that is rewritten', async () => {
    const { world, vault } = await respelt();
    vault.tags['ASE-DEVICE'] = 'another';
    await activate(world);
    assert.equal(vaultsOf(world)[0]!.tags['ASE-DEVICE'], 'edge-1');
    assert.equal(vaultsOf(world)[0]!.tags['ase-device'], undefined);
  });

  test('cause no drift', async () => {
    const { world, vault } = await onlineWorld();
    for (const { tags } of [vault, accountOf(world)]) respell(tags);
    assert.deepEqual((await inspect(world)).drift, []);
  });

  test('are found by a recovery, even for a device whose record names no vault', async () => {
    const { world, vault } = await lostVault();
    respell(vault.tags);
    edgeOf(world).link = {};
    const { keyVault, recovered } = await recover(world);
    assert.deepEqual([keyVault.name, recovered], [vault.name, true]);
    assert.equal(tagWrites(world), 0);
  });

  test('show a recovery that the vault was retained, and the recovery removes that mark', async () => {
    const { world, vault } = await lostVault();
    vault.tags['ase-state'] = 'retained';
    respell(vault.tags);
    await recover(world);
    assert.deepEqual(Object.keys(vaultsOf(world)[0]!.tags).sort(), [
      'ASE-DEVICE',
      'ASE-DEVICE-HASH',
      'ASE-DEVICE-PRINCIPAL',
    ]);
  });

  test('are found by a deletion of the device, and show that the vault is already retained', async () => {
    const world = await worldToDeleteIn();
    const [vault] = vaultsOf(world);
    vault!.tags['ase-state'] = 'retained';
    respell(vault!.tags);
    edgeOf(world).link = {};
    const consent = { ...keep, keyVaultName: vaultName(world) };
    const { keyVault } = await endOfDevice(world, await startDeviceDeletion(world, { consent }));
    assert.equal(keyVault.outcome, 'kept');
    assert.equal(tagWrites(world), 0);
  });
});

suite('tags that a policy removes', () => {
  const stripTags = ({ azure }: World): void => {
    const path = /\/vaults\/[^/]+$/;
    azure.control.addFault({ path, action: { modifyAfterWrite: { tags: {} } } });
  };

  test('are written once by a recovery, however often it checks whether the vault answers', async () => {
    const { world } = await lostVault();
    stripTags(world);
    await recover(world);
    assert.equal(tagWrites(world), 1);
  });

  test('are not written on a vault that is kept before it is locked, however long that takes', async () => {
    const world = await worldToDeleteIn();
    stripTags(world);
    world.azure.control.addFault({
      method: 'PUT',
      path: 'ase-key-vault-lock',
      action: { status: 403, code: 'AuthorizationFailed' },
    });
    world.azure.state.locks = {};
    const consent = { ...keep, keyVaultName: vaultName(world) };
    const run = await startDeviceDeletion(world, { consent });
    await runToRest(world, run);
    assert.equal((await blockOf(run)).step, 'retainKeyVault');
    const hour = 3_600_000;
    const until = world.clock.now() + 5 * hour;
    await world.temporal.runUntil(() => world.clock.now() > until);
    assert.equal(tagWrites(world), 0);
  });
});

test('tags that Azure writes slowly are awaited, and written once', async () => {
  let late = false;
  const slowly: Meddler = (request, pass, { temporal }) => {
    if (!late || !isTagWrite(request)) return pass(request);
    temporal.later(1_500, () => pass(request));
    const location = `https://management.localhost/subscriptions/s/providers/Microsoft.KeyVault/locations/l/operationResults/o`;
    return Promise.resolve(new Response(null, { status: 202, headers: { location, 'retry-after': '60' } }));
  };
  const { world, vault } = await activatedWorld({ meddle: slowly });
  unmark(vault.tags);
  unmark(accountOf(world).tags);
  late = true;
  const { modifiedByPolicy } = await activate(world);
  assert.equal(modifiedByPolicy, undefined);
  for (const { tags } of [vaultsOf(world)[0]!, accountOf(world)]) marked(tags);
  assert.equal(tagWrites(world), 2, 'one of each');
});

suite("the account's tag with the name of the vault", () => {
  const nameOn = (world: World): string | undefined => accountOf(world).tags['ase-key-vault'];

  for (const audit of ['first', 'after'] as const) {
    test(`is corrected if a retry has changed the name with which the account was requested, audit ${audit}`, async () => {
      const world = await createWorld();
      world.azure.control.putStrangersVault({ name: defaultKeyVaultName(world.device()) });
      const run = await world.generate({ audit });
      await runToRest(world, run);
      assert.equal((await blockOf(run)).failure, 'VaultNameTaken');
      await decide(run, { input: { keyVaultName: 'another-name' } });
      const { keyVault } = await runToEnd(world, run);
      assert.equal(keyVault.name, 'another-name');
      assert.equal(nameOn(world), 'another-name');
    });
  }

  test('follows the vault that replaces a purged one', async () => {
    const { world, vault } = await lostBeforeActivation();
    await purge(world, vault);
    await recover(world, { keyVaultName: 'my-next-vault' });
    assert.equal(nameOn(world), 'my-next-vault');
  });

  test('is left unchanged if it names the vault in another letter case', async () => {
    const { world } = await activatedWorld();
    const written = nameOn(world)!.toUpperCase();
    accountOf(world).tags['ase-key-vault'] = written;
    await activate(world);
    assert.equal(nameOn(world), written);
    assert.deepEqual(world.writes(), []);
  });
});

suite('without the right to write tags', () => {
  const action = 'Microsoft.Resources/tags/write';

  const procedures: [what: string, step: string, begin: () => Promise<World>, start: (world: World) => Promise<Run>][] =
    [
      ['an activation', 'planActivation', () => createWorld(), (world) => world.generate()],
      ['a recovery', 'planRecovery', async () => (await lostVault()).world, (world) => startRecovery(world)],
      ['a deletion of a device', 'planDeviceDeletion', () => worldToDeleteIn(), (world) => startDeviceDeletion(world)],
    ];
  for (const [what, step, begin, start] of procedures) {
    test(`${what} names that right before any write`, async () => {
      const world = await begin();
      world.azure.control.takeRight({ principal: 'worker', action });
      world.azure.control.clearRequests();
      const run = await start(world);
      await runToRest(world, run);
      const block = await blockOf(run);
      assert.deepEqual([block.step, block.failure], [step, 'MissingPermission']);
      assert.match(block.message, /lacks Microsoft\.Resources\/tags\/write on \/subscriptions/);
      assert.deepEqual(world.writes(), []);
      world.azure.control.giveBackRight({ principal: 'worker', action });
      await world.temporal.runUntil(() => run.searchAttributes['AseBlockedStep'] === undefined);
    });
  }

  test('a regeneration continues, since it writes none', async () => {
    const { world } = await activatedWorld();
    world.azure.control.takeRight({ principal: 'worker', action });
    const run = await world.regenerate({ supersede: true });
    await world.temporal.runUntil(() => run.outcome !== undefined);
    assert.equal(run.outcome?.status, 'completed');
  });

  test('the right to write vaults does not help, and a deletion of a device does not require it', () => {
    assert.ok(!deviceDeletionActions.some((each: string) => each === 'Microsoft.KeyVault/vaults/write'));
    assert.ok(recoveryActions.includes('Microsoft.KeyVault/vaults/write'));
  });
});

test('a write of tags changes nothing of the vault except its tags', async () => {
  const { world, vault } = await activatedWorld();
  unmark(vault.tags);
  const { tags: _tags, systemData: before, ...rest } = structuredClone(vault);
  await activate(world);
  const { tags, systemData: after, ...left } = world.azure.state.vaults[vault.name]!;
  assert.equal(tags['ase-device-hash'], deviceHash(world.device()));
  assert.deepEqual(left, rest);
  assert.equal(after['createdAt'], before['createdAt']);
});
