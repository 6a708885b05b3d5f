/** Whatever is lost on the way of a new key, one key is in force, and the result says which one it replaced. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Run } from '../harness/temporal/index.ts';
import { failureOf, type Meddler, type World } from '../harness/world.ts';
import { assertInForce, mayReadLog, superseding, vaultOf, worldWithKey } from './regeneration.ts';

/** The device's entry has drifted, so that a regeneration writes all that it can ever write. */
const drift = (world: World): void => {
  const vault = vaultOf(world);
  const device = world.azure.state.dataBoxEdge.devices[world.device().id.toLowerCase()]?.principalId;
  vault.accessPolicies = vault.accessPolicies.map((entry) =>
    entry.objectId === device ? { ...entry, permissions: { secrets: ['all'] } } : entry,
  );
};

/** The requests of a whole regeneration that change something. */
const writes = await (async () => {
  const { world } = await worldWithKey();
  mayReadLog(world);
  drift(world);
  assert.equal((await superseding(world)).auditRecord, 'seen');
  return world.azure.requests.map(({ action, write }, site) => ({ site, action, write })).filter(({ write }) => write);
})();

test('a regeneration writes policies, disables the old key, and writes certificate and key', () => {
  assert.deepEqual(
    writes.map(({ action }) => action),
    [
      'Microsoft.KeyVault/vaults/accessPolicies/write',
      'Microsoft.DataBoxEdge/dataBoxEdgeDevices/generateCertificate/action',
      'secrets/set',
      'Microsoft.DataBoxEdge/dataBoxEdgeDevices/uploadCertificate/action',
      'secrets/set',
    ],
  );
});

/** Runs a regeneration to its end, and on until nothing more happens, with one event at a request counted from 0. */
const regenerateWith = async (site: number, happens: Meddler): Promise<World> => {
  let count = Number.NEGATIVE_INFINITY;
  const { world, first } = await worldWithKey({
    meddle: (request, pass, self) => (count++ === site ? happens(request, pass, self) : pass(request)),
  });
  mayReadLog(world);
  drift(world);
  count = 0;
  const result = await superseding(world);
  assert.ok(count > site, 'the request came');
  assertInForce(world, result);
  assert.deepEqual(result.superseded, first.activationKey);
  assert.deepEqual(result.channelIntegrityKey, first.channelIntegrityKey);
  return world;
};

const assertTaken = async (world: World): Promise<void> => {
  const outcome = await world.pasteKey(vaultOf(world).name);
  assert.equal(outcome.activated, true, JSON.stringify(outcome));
};

const resets = (): Promise<never> => Promise.reject(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));

suite('a regeneration whose', () => {
  for (const { site, action } of writes) {
    test(`request ${site}, ${action}, is executed and its answer lost, ends with one valid key`, async () => {
      const world = await regenerateWith(site, async (request, pass) => {
        await pass(request);
        return resets();
      });
      await assertTaken(world);
    });

    test(`worker dies after request ${site}, ${action}, ends with one valid key`, async () => {
      const world = await regenerateWith(site, async (request, pass, { temporal }) => {
        await pass(request);
        return temporal.interrupt('crash');
      });
      await assertTaken(world);
    });
  }
});

for (const supersede of [true, false]) {
  const whose = supersede ? 'a good one' : 'an expired one';
  test(`one key is valid although Temporal forgot the run that stored it in place of ${whose}`, async () => {
    let run: Run | undefined;
    const { world } = await worldWithKey({
      meddle: async (request, pass, { temporal }) => {
        const answer = await pass(request);
        if (!run || request.method !== 'PUT' || !request.url.includes('/secrets/ase-activation-key')) return answer;
        await run.terminate('forgotten');
        return temporal.interrupt('timeout');
      },
    });
    if (!supersede) world.clock.advanceTo(world.clock.now() + 4 * 86_400_000);
    run = await world.regenerate({ supersede });
    await world.temporal.runUntil();
    assert.equal(run.outcome?.status, 'terminated');
    const again = await world.regenerate();
    await world.temporal.runUntil(() => again.outcome !== undefined);
    assert.match(failureOf(again), /^KeyStillLive: /);
    const enabled = world.versionsOf('ase-activation-key').filter(({ attributes }) => attributes.enabled);
    assert.equal(enabled.length, 1);
  });
}
