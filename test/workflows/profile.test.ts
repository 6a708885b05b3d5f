/** What an organisation's profile asks for is there from the first moment, and nothing of others is overwritten. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Profile } from '../../domain/profile.ts';
import { assertActivatable } from '../harness/invariants.ts';
import { inspect, linesOf, preview, repair } from './looks.ts';
import { blockOf, createWorld, runToEnd, runToRest, type Meddler, type World } from '../harness/world.ts';

const requiredTags = { costCenter: '4711', owner: 'edge' };
/** All callers of the local Azure come from there. */
const workerAddress = '127.0.0.1';

const profile: Profile = {
  requiredTags,
  purgeProtection: true,
  network: { publicNetworkAccess: 'Enabled', defaultAction: 'Deny', ipRules: [workerAddress], bypass: 'None' },
  storageSku: 'Standard_LRS',
  storageKeyExpirationDays: 90,
};

const vaultOf = ({ azure }: World) => Object.values(azure.state.vaults).find(({ group }) => group === 'edge-rg')!;
const accountOf = ({ azure }: World) => Object.values(azure.state.storageAccounts)[0]!;
const activated = async (world: World) => runToEnd(world, await world.generate());

const isTagWrite = ({ method, url }: Request): boolean =>
  method === 'PATCH' && /\/(vaults|storageAccounts)\//.test(url);

suite('with a profile', () => {
  test('vault and account are created with its properties', async () => {
    const world = await createWorld({ profile });
    const result = await activated(world);
    assertActivatable(world.azure, world.device(), result);
    const { tags, enablePurgeProtection, publicNetworkAccess, networkAcls } = vaultOf(world);
    assert.partialDeepStrictEqual(tags, requiredTags);
    assert.equal(enablePurgeProtection, true);
    assert.equal(publicNetworkAccess, 'Enabled');
    assert.partialDeepStrictEqual(networkAcls, {
      defaultAction: 'Deny',
      bypass: 'None',
      ipRules: [{ value: workerAddress }],
    });
    const account = accountOf(world);
    assert.partialDeepStrictEqual(account.tags, requiredTags);
    assert.equal(account.sku, 'Standard_LRS');
    assert.partialDeepStrictEqual(account.properties, {
      keyPolicy: { keyExpirationPeriodInDays: 90 },
      publicNetworkAccess: 'Enabled',
    });
    assert.equal(result.modifiedByPolicy, undefined);
  });

  test("Azure's own services may access the account whatever the vault's rules are, since they write the log", async () => {
    const world = await createWorld({ profile });
    await activated(world);
    assert.partialDeepStrictEqual(accountOf(world).properties, {
      networkAcls: { defaultAction: 'Deny', bypass: 'AzureServices', ipRules: [{ value: workerAddress }] },
    });
  });

  test('a run on a converged device writes nothing', async () => {
    const world = await createWorld({ profile });
    const first = await activated(world);
    world.azure.control.clearRequests();
    assert.deepEqual(await activated(world), first);
    assert.deepEqual(world.writes(), []);
  });

  test('that requires nothing, vault and account are the same as without a profile', async () => {
    const world = await createWorld();
    await activated(world);
    const { enablePurgeProtection, networkAcls, publicNetworkAccess } = vaultOf(world);
    assert.deepEqual([enablePurgeProtection, networkAcls, publicNetworkAccess], [false, undefined, 'Enabled']);
    const { sku, properties } = accountOf(world);
    assert.equal(sku, 'Standard_ZRS');
    assert.ok(!('keyPolicy' in properties || 'networkAcls' in properties || 'publicNetworkAccess' in properties));
  });

  test('a firewall that excludes the worker is created all the same, and blocks like any other', async () => {
    const world = await createWorld({
      profile: { network: { defaultAction: 'Deny', ipRules: ['203.0.113.7'] } },
    });
    const run = await world.generate();
    await runToRest(world, run);
    const { step, failure } = await blockOf(run);
    assert.equal(`${step} ${failure}`, 'ensureKeyVault VaultNetworkClosed');
    vaultOf(world).networkAcls = { defaultAction: 'Deny', ipRules: [{ value: workerAddress }] };
    assertActivatable(world.azure, world.device(), await runToEnd(world, run));
  });
});

suite('required tags of an existing vault and account', () => {
  const grown = async (meddle?: Meddler): Promise<World> => {
    const world = await createWorld({ profile: { requiredTags }, ...(meddle ? { meddle } : {}) });
    await activated(world);
    for (const { tags } of [vaultOf(world), accountOf(world)]) {
      delete tags['costCenter'];
      delete tags['owner'];
      tags['theirs'] = 'stays';
    }
    world.azure.control.clearRequests();
    return world;
  };

  const assertTagged = (world: World): void => {
    for (const { tags } of [vaultOf(world), accountOf(world)]) {
      assert.partialDeepStrictEqual(tags, { ...requiredTags, theirs: 'stays' });
    }
  };

  test('are added beside the others', async () => {
    const world = await grown();
    const { modifiedByPolicy } = await activated(world);
    assertTagged(world);
    assert.equal(modifiedByPolicy, undefined);
    assert.deepEqual(world.writes(), ['Microsoft.Resources/tags/write', 'Microsoft.Resources/tags/write']);
  });

  test('are added even if the answers to both writes are lost', async () => {
    let lost = 0;
    const world = await grown(async (request, pass) => {
      const answer = await pass(request);
      if (!isTagWrite(request) || lost++ >= 2) return answer;
      throw new TypeError('the connection died');
    });
    assertActivatable(world.azure, world.device(), await activated(world));
    assert.equal(lost, 2);
    assertTagged(world);
  });

  test('are left unchanged if somebody set another value, in another case too, and the value is reported', async () => {
    const world = await grown();
    vaultOf(world).tags['CostCenter'] = '1';
    accountOf(world).tags['owner'] = 'somebody';
    const { modifiedByPolicy } = await activated(world);
    assert.equal(vaultOf(world).tags['CostCenter'], '1');
    assert.equal(vaultOf(world).tags['costCenter'], undefined);
    assert.equal(accountOf(world).tags['owner'], 'somebody');
    assert.deepEqual(modifiedByPolicy, [
      { resource: vaultOf(world).id, field: "tags['costCenter']", asked: '4711', found: '1' },
      { resource: accountOf(world).id, field: "tags['owner']", asked: 'edge', found: 'somebody' },
    ]);
  });
});

suite('required tags that are missing', () => {
  const bare = async (): Promise<World> => {
    const world = await createWorld({ profile: { requiredTags } });
    await activated(world);
    for (const { tags } of [vaultOf(world), accountOf(world)]) delete tags['owner'];
    world.azure.control.clearRequests();
    return world;
  };

  test('are shown by an inspection, and in the plan of an activation', async () => {
    const world = await bare();
    assert.deepEqual(linesOf((await inspect(world)).drift), [
      'required tags: device repair',
      'audit storage tags: device repair',
    ]);
    const { actions } = await preview(world);
    assert.ok(actions.some(({ action, what }) => action === 'repair' && what.startsWith('tags of ')));
    assert.deepEqual(world.writes(), []);
  });

  test('are restored by a repair', async () => {
    const world = await bare();
    const { repaired, left } = await repair(world);
    assert.deepEqual([repaired.length, left], [2, []]);
    assert.equal(vaultOf(world).tags['owner'], 'edge');
    assert.equal(accountOf(world).tags['owner'], 'edge');
    assert.deepEqual(world.writes(), ['Microsoft.Resources/tags/write', 'Microsoft.Resources/tags/write']);
  });
});
