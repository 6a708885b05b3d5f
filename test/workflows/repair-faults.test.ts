/** Whatever fails on the way of a repair, the end is the same: all that is ours as promised, and nothing twice. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertNoDoubles } from '../harness/invariants.ts';
import { refusal, type Meddler, type World } from '../harness/world.ts';
import { inspect, onlineWorld, repair } from './looks.ts';

/** Everything that a repair can put right has drifted. */
const spoil = ({ azure, device }: World, name: string): void => {
  const { state } = azure;
  const vault = state.vaults[name]!;
  vault.tags = {};
  vault.accessPolicies = vault.accessPolicies.filter(({ objectId }) => objectId === azure.principals.worker.objectId);
  vault.policyVersions = [{ from: 0, policies: vault.accessPolicies }];
  state.locks = {};
  state.diagnosticSettings = {};
  state.storageAccounts = {};
  state.dataBoxEdge.devices[device().id.toLowerCase()]!.link.clientSecretStoreUrl = 'https://elsewhere/';
};

const repairWith = async (site: number, happens: Meddler): Promise<World> => {
  let count = Number.NEGATIVE_INFINITY;
  const { world, vault } = await onlineWorld({
    meddle: (request, pass, self) => (count++ === site ? happens(request, pass, self) : pass(request)),
  });
  const secrets = JSON.stringify(vault.secrets);
  spoil(world, vault.name);
  world.azure.control.clearRequests();
  count = 0;
  const { left } = await repair(world);
  assert.ok(count > site, 'the request came');
  assert.deepEqual(left, []);
  await world.temporal.runUntil();
  assertNoDoubles(world.azure, world.device());
  assert.deepEqual((await inspect(world)).drift, []);
  assert.equal(JSON.stringify(world.azure.state.vaults[vault.name]?.secrets), secrets, 'no key is made or changed');
  return world;
};

/** How many requests a whole repair makes, and which of them change something. */
const golden = await (async () => {
  const world = await repairWith(-1, (request, pass) => pass(request));
  const all = world.azure.requests.map(({ action, write }, site) => ({ site, action, write }));
  // The inspection after it is none of it.
  return all.slice(0, all.findLastIndex(({ write }) => write) + 1);
})();
const writes = golden.filter(({ write }) => write);

const resets = (): Promise<never> => Promise.reject(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));

suite('a repair', () => {
  test('writes each thing once, the long pole early', () => {
    assert.deepEqual(
      writes.map(({ action }) => action),
      [
        'Microsoft.Resources/tags/write',
        'Microsoft.Storage/storageAccounts/write',
        'Microsoft.Authorization/locks/write',
        'Microsoft.Insights/diagnosticSettings/write',
        'Microsoft.Authorization/locks/write',
        'Microsoft.KeyVault/vaults/accessPolicies/write',
        'Microsoft.DataBoxEdge/dataBoxEdgeDevices/updateExtendedInformation/action',
      ],
    );
  });

  for (const { site, action } of writes) {
    test(`whose request ${site}, ${action}, is carried out and its answer lost, ends as any other`, async () => {
      await repairWith(site, async (request, pass) => {
        await pass(request);
        return resets();
      });
    });

    test(`whose worker dies after request ${site}, ${action}, ends as any other`, async () => {
      await repairWith(site, async (request, pass, { temporal }) => {
        await pass(request);
        return temporal.interrupt('crash');
      });
    });
  }

  test('whose worker dies before each request in turn ends as any other', async () => {
    for (const { site } of golden)
      await repairWith(site, (_request, _pass, { temporal }) => temporal.interrupt('crash'));
  });

  test('whose requests are answered 503 once in turn ends as any other', async () => {
    for (const { site } of golden) await repairWith(site, () => Promise.resolve(refusal(503, 'Busy')));
  });
});
