/** Azure Policy refuses writes, or rewrites what was written. Either is told; nothing is fought over or made twice. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { auditAccountNames, defaultKeyVaultName } from '../../domain/names.ts';
import { ownershipTags } from '../../domain/ownership.ts';
import { assertActivatable } from '../harness/invariants.ts';
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

const activated = async (world: World) => runToEnd(world, await world.generate());
const vaultPath = /\/vaults\/[^/]+$/;
const accountPath = /\/storageAccounts\/[^/]+$/;

const vaultsOf = ({ azure }: World) => Object.values(azure.state.vaults).filter(({ group }) => group === 'edge-rg');
const accountsOf = ({ azure }: World) => Object.values(azure.state.storageAccounts);

suite('a policy that denies', () => {
  const cases: [what: string, path: RegExp, field: string, step: string, key: string][] = [
    ['the vault', vaultPath, 'Microsoft.KeyVault/vaults/enablePurgeProtection', 'ensureKeyVault', 'purgeProtection'],
    ['the vault for a tag', vaultPath, "tags['costCenter']", 'ensureKeyVault', 'requiredTags.costCenter'],
    ['the account', accountPath, 'Microsoft.Storage/storageAccounts/sku.name', 'awaitAuditStorage', 'storageSku'],
  ];
  for (const [what, path, field, step, key] of cases) {
    test(`${what} blocks with the assignment, the field and the key of the profile; a retry continues`, async () => {
      const world = await createWorld();
      const denyByPolicy = { assignment: 'corp-rules', definition: 'a-rule', field };
      const { id } = world.azure.control.addFault({ path, action: { denyByPolicy } });
      const run = await world.generate();
      await runToRest(world, run);
      const block = await blockOf(run);
      assert.equal(`${block.step} ${block.failure}`, `${step} PolicyDenied`);
      assert.match(block.message, /the assignment "corp-rules" requires /);
      assert.ok(block.message.includes(`${field} to be `), block.message);
      assert.ok(
        block.message.includes(`the key ${key} of the organisation profile (ASE_PROFILE) decides it (403`),
        block.message,
      );
      assert.match(block.remedy, /^Set the key in the message in the profile and restart the worker, or exempt/);
      world.azure.control.removeFault({ id });
      await decide(run, {});
      assertActivatable(world.azure, world.device(), await runToEnd(world, run));
    });
  }

  test('causes no loop: a denied write is sent once, even if nobody decides for 14 days', async () => {
    const world = await createWorld();
    const denyByPolicy = { assignment: 'corp-rules', definition: 'a-rule', field: 'tags' };
    const fault = world.azure.control.addFault({ path: vaultPath, action: { denyByPolicy } });
    const run = await world.generate();
    await runToRest(world, run);
    await world.temporal.runUntil(() => run.outcome !== undefined);
    assert.equal(fault.fired, 1);
  });
});

suite('the result reports a policy that rewrites after the write:', () => {
  test('the network and the sku of an account', async () => {
    const world = await createWorld({ profile: { storageSku: 'Standard_ZRS' } });
    const properties = { publicNetworkAccess: 'Disabled', networkAcls: { defaultAction: 'Deny' } };
    world.azure.control.addFault({ path: accountPath, action: { modifyAfterWrite: { properties } } });
    const { modifiedByPolicy } = await activated(world);
    const [account] = accountsOf(world);
    assert.deepEqual(modifiedByPolicy, [
      { resource: account?.id, field: 'publicNetworkAccess', asked: 'Enabled', found: 'Disabled' },
      { resource: account?.id, field: 'networkAcls.defaultAction', asked: 'Allow', found: 'Deny' },
    ]);
    account!.sku = 'Standard_GRS';
    assert.deepEqual((await activated(world)).modifiedByPolicy?.at(-1), {
      resource: account?.id,
      field: 'sku.name',
      asked: 'Standard_ZRS',
      found: 'Standard_GRS',
    });
  });

  test('the public access of a vault, which blocks until somebody opens it', async () => {
    const world = await createWorld();
    const properties = { publicNetworkAccess: 'Disabled' };
    world.azure.control.addFault({ path: vaultPath, action: { modifyAfterWrite: { properties } } });
    const run = await world.generate();
    await runToRest(world, run);
    assert.equal((await blockOf(run)).failure, 'VaultNetworkClosed');
    world.azure.control.clearFaults();
    const [vault] = vaultsOf(world);
    vault!.publicNetworkAccess = 'Enabled';
    vault!.networkAcls = { defaultAction: 'Deny', ipRules: [{ value: '127.0.0.1' }] };
    const { modifiedByPolicy } = await runToEnd(world, run);
    assert.deepEqual(modifiedByPolicy, [
      { resource: vault?.id, field: 'networkAcls.defaultAction', asked: 'Allow', found: 'Deny' },
    ]);
  });
});

suite('a policy that removes our tags', () => {
  const stripped = async (): Promise<World> => {
    const world = await createWorld();
    for (const path of [vaultPath, accountPath]) {
      world.azure.control.addFault({ path, action: { modifyAfterWrite: { tags: {} } } });
    }
    return world;
  };

  const assertOneOfEach = (world: World, name: string): void => {
    assert.deepEqual(
      vaultsOf(world).map((vault) => vault.name),
      [name],
    );
    assert.deepEqual(
      accountsOf(world).map((account) => account.name),
      auditAccountNames(world.device()).slice(0, 1),
    );
  };

  const isTagWrite = (world: World): number =>
    world.azure.requests.filter(({ method, path }) => method === 'PATCH' && path.includes('/vaults/')).length;

  test('leaves one vault and one account, and is reported', async () => {
    const world = await stripped();
    const { keyVault, audit, modifiedByPolicy = [] } = await activated(world);
    assert.equal(audit, 'complete');
    assert.equal(keyVault.name, defaultKeyVaultName(world.device()));
    assertOneOfEach(world, keyVault.name);
    const expected = Object.keys(ownershipTags({ ...world.device(), principalId: '' }));
    for (const { id } of [vaultsOf(world)[0]!, accountsOf(world)[0]!]) {
      const lost = modifiedByPolicy.filter(({ resource, found }) => resource === id && found === null);
      assert.deepEqual(
        lost.map(({ field }) => field),
        expected.map((tag) => `tags['${tag}']`),
      );
    }
  });

  for (const keyVaultName of [undefined, 'my-own-vault']) {
    test(`causes no fight: each run writes the tags of ${keyVaultName ?? 'the vault'} at most once`, async () => {
      const world = await stripped();
      const input = keyVaultName === undefined ? {} : { keyVaultName };
      const first = await runToEnd(world, await world.generate(input));
      assert.equal(isTagWrite(world), 1, 'after the vault was made');
      world.azure.control.clearRequests();
      assert.deepEqual(await activated(world), first);
      assert.equal(isTagWrite(world), 1);
      assertOneOfEach(world, first.keyVault.name);
    });
  }

  for (const keyVaultName of [undefined, 'my-own-vault']) {
    test(`and a run that ended before the link: ${keyVaultName ?? 'the vault'} is found again`, async () => {
      const world = await stripped();
      world.azure.control.neverRegister({ namespace: 'Microsoft.Storage' });
      const first = await world.generate(keyVaultName === undefined ? {} : { keyVaultName });
      await runToRest(world, first);
      await decide(first, { decision: 'abort' });
      await runToRest(world, first);
      world.azure.control.letRegister({ namespace: 'Microsoft.Storage' });
      const { keyVault } = await activated(world);
      assertOneOfEach(world, keyVaultName ?? defaultKeyVaultName(world.device()));
      assert.equal(keyVault.name, keyVaultName ?? defaultKeyVaultName(world.device()));
    });
  }

  test('and a lost answer to the creation: the vault counts as our own', async () => {
    let lost = false;
    const world = await createWorld({
      meddle: async (request, pass, { azure }) => {
        const answer = await pass(request);
        if (lost || request.method !== 'PUT' || !vaultPath.test(new URL(request.url).pathname)) return answer;
        lost = true;
        for (const vault of Object.values(azure.state.vaults)) vault.tags = {};
        throw new TypeError('the connection died');
      },
    });
    assertActivatable(world.azure, world.device(), await activated(world));
    assert.ok(lost);
    assert.equal(vaultsOf(world).length, 1);
  });

  test("leaves another device's vault to that device, even if its name is requested", async () => {
    const world = await stripped();
    await runToEnd(world, await world.generate({ keyVaultName: 'of-two' }, 'edge-2'));
    world.azure.control.clearRequests();
    const run = await world.generate({ keyVaultName: 'of-two' });
    await runToRest(world, run);
    const { step, failure } = await blockOf(run);
    assert.equal(`${step} ${failure}`, 'planActivation VaultNameTaken');
    assert.deepEqual(world.writes(), []);
  });

  test('leaves the vault of a former device unchanged', async () => {
    const world = await stripped();
    await activated(world);
    await world.createDeviceAgain();
    world.azure.control.clearRequests();
    const run = await world.generate();
    await runToRest(world, run);
    const { step, failure } = await blockOf(run);
    assert.equal(`${step} ${failure}`, 'planActivation VaultOfFormerDevice');
    assert.deepEqual(world.writes(), []);
  });
});

suite('a policy that removes our tags, and', () => {
  /** Runs an activation to its end with one event at a request counted from 0. */
  const activateWith = async (site: number, happens: Meddler): Promise<World> => {
    let count = 0;
    const world = await createWorld({
      meddle: (request, pass, self) => (count++ === site ? happens(request, pass, self) : pass(request)),
    });
    for (const path of [vaultPath, accountPath]) {
      world.azure.control.addFault({ path, action: { modifyAfterWrite: { tags: {} } } });
    }
    const { audit } = await runToEnd(world, await world.generate());
    assert.equal(audit, 'complete');
    assert.equal(vaultsOf(world).length, 1);
    assert.equal(accountsOf(world).length, 1);
    return world;
  };

  test('an answer that is lost, or a worker that dies, after any write: one vault and one account', async () => {
    const undisturbed = await activateWith(-1, (request, pass) => pass(request));
    const writes = undisturbed.azure.requests.flatMap(({ write }, site) => (write ? [site] : []));
    assert.ok(writes.length > 10);
    for (const site of writes) {
      await activateWith(site, async (request, pass) => {
        await pass(request);
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      });
      await activateWith(site, async (request, pass, { temporal }) => {
        await pass(request);
        return temporal.interrupt('crash');
      });
    }
  });
});

suite('diagnostic settings that outlived a vault of the same name', () => {
  const settings = async (world: World) => {
    const setting = (name: string, account: string) =>
      world.asOwner(
        'PUT',
        `${vaultId(world)}/providers/Microsoft.Insights/diagnosticSettings/${name}`,
        '2021-05-01-preview',
        { properties: { storageAccountId: account, logs: [{ category: 'AuditEvent', enabled: true }] } },
      );
    const account = async (name: string): Promise<string> => {
      const id = `${world.device().id.split('/providers/')[0]}/providers/Microsoft.Storage/storageAccounts/${name}`;
      const body = { location: 'westeurope', sku: { name: 'Standard_LRS' }, kind: 'StorageV2' };
      await world.asOwner('PUT', id, '2023-05-01', body);
      world.clock.advanceTo(world.clock.now() + 30_000);
      return id;
    };
    return { setting, account };
  };
  const vaultId = (world: World): string => vaultsOf(world)[0]!.id;

  /** A finished activation, whose own setting is then changed as a former life of the vault may have left it. */
  const lived = async () => {
    const world = await createWorld();
    const first = await activated(world);
    const own = Object.values(world.azure.state.diagnosticSettings)[0]!;
    world.azure.control.clearRequests();
    return { world, first, own, ...(await settings(world)) };
  };

  test('are rewritten if ours sends to an account that is gone', async () => {
    const { world, own } = await lived();
    own.storageAccountId = own.storageAccountId!.replace(/[^/]+$/, 'asegone');
    const result = await activated(world);
    assert.deepEqual(world.writes(), ['Microsoft.Insights/diagnosticSettings/write']);
    assertActivatable(world.azure, world.device(), result);
    assert.equal(result.ghostSettings, undefined);
  });

  test('are adopted if a foreign one already sends to our account', async () => {
    const { world, own } = await lived();
    own.name = 'theirs';
    await activated(world);
    assert.deepEqual(world.writes(), []);
  });

  test('are reported if a foreign account is gone, and are left unchanged', async () => {
    const { world, setting, account } = await lived();
    const storageAccountId = await account('theiraccount');
    await setting('theirs', storageAccountId);
    assert.equal((await activated(world)).ghostSettings, undefined);
    delete world.azure.state.storageAccounts['theiraccount'];
    world.azure.control.clearRequests();
    const { ghostSettings } = await activated(world);
    assert.deepEqual(ghostSettings, [{ name: 'theirs', storageAccountId }]);
    assert.deepEqual(world.writes(), []);
  });

  test('block nothing if a foreign account may not be read', async () => {
    const { world, setting, account } = await lived();
    await setting('theirs', await account('theiraccount'));
    world.azure.control.addFault({ path: 'theiraccount', action: { status: 401, code: 'InvalidAuthenticationToken' } });
    const run = await world.generate();
    await runToRest(world, run);
    assert.equal(resultOf(run).ghostSettings, undefined);
  });

  test('block the trail if five foreign ones exist, with their names; the trail can be skipped, or one of them removed', async () => {
    const { world, setting, account } = await lived();
    world.azure.state.diagnosticSettings = {};
    for (const name of ['e0', 'e1', 'e2', 'e3', 'e4']) await setting(name, await account(`account${name}`));
    delete world.azure.state.storageAccounts['accounte3'];
    world.azure.control.clearRequests();
    const run = await world.generate();
    await runToRest(world, run);
    const { step, failure, message, skippable } = await blockOf(run);
    assert.equal(`${step} ${failure} ${skippable}`, 'ensureDiagnosticSetting DiagnosticSettingConflict true');
    assert.match(message, /has 5 diagnostic settings, .*"e3" \(its storage account accounte3 is gone\), "e4"/);
    assert.deepEqual(world.writes(), []);
    await decide(run, { decision: 'skip' });
    await runToRest(world, run);
    assert.equal(resultOf(run).audit, 'skipped');
  });

  test('also block the trail if Azure counts one that it does not show', async () => {
    const { world, setting, account } = await lived();
    world.azure.state.diagnosticSettings = {};
    for (const name of ['e0', 'e1', 'e2', 'e3', 'e4']) await setting(name, await account(`account${name}`));
    const hidden = Object.values(world.azure.state.diagnosticSettings)[0]!;
    hidden.logs.forEach((log) => (log.enabled = false));
    const run = await world.generate();
    await runToRest(world, run);
    const { step, failure } = await blockOf(run);
    assert.equal(`${step} ${failure}`, 'ensureDiagnosticSetting DiagnosticSettingConflict');
  });
});
