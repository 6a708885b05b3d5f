/** Whatever fails on the way of a new key, the end is the same: one key in force, and the result says which one it replaced. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Run } from '../harness/temporal/index.ts';
import { failureOf, refusal, type Meddler, type World } from '../harness/world.ts';
import { assertInForce, mayReadLog, superseding, vaultOf, worldWithKey } from './regeneration.ts';

/** The device's entry has drifted, so that a regeneration writes all that it can ever write. */
const drift = (world: World): void => {
  const vault = vaultOf(world);
  const device = world.azure.state.dataBoxEdge.devices[world.device().id.toLowerCase()]?.principalId;
  vault.accessPolicies = vault.accessPolicies.map((entry) =>
    entry.objectId === device ? { ...entry, permissions: { secrets: ['all'] } } : entry,
  );
};

/** How many requests a whole regeneration makes, and which of them change something. */
const golden = await (async () => {
  const { world } = await worldWithKey();
  mayReadLog(world);
  drift(world);
  assert.equal((await superseding(world)).auditRecord, 'seen');
  return world.azure.requests.map(({ action, write }, site) => ({ site, action, write }));
})();
const writes = golden.filter(({ write }) => write);

test('a regeneration writes policies, certificate and key, and disables the old key', () => {
  assert.deepEqual(
    writes.map(({ action }) => action),
    [
      'Microsoft.KeyVault/vaults/accessPolicies/write',
      'Microsoft.DataBoxEdge/dataBoxEdgeDevices/generateCertificate/action',
      'Microsoft.DataBoxEdge/dataBoxEdgeDevices/uploadCertificate/action',
      'secrets/set',
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
    test(`request ${site}, ${action}, is carried out and its answer lost, ends with one key in force`, async () => {
      const world = await regenerateWith(site, async (request, pass) => {
        await pass(request);
        return resets();
      });
      await assertTaken(world);
    });

    test(`request ${site}, ${action}, is delivered twice, ends with one key in force`, async () => {
      await regenerateWith(site, async (request, pass) => {
        await pass(request.clone());
        return pass(request);
      });
    });

    test(`worker dies after request ${site}, ${action}, ends with one key in force`, async () => {
      const world = await regenerateWith(site, async (request, pass, { temporal }) => {
        await pass(request);
        return temporal.interrupt('crash');
      });
      await assertTaken(world);
    });

    for (const late of [10, 45, 75]) {
      test(`request ${site}, ${action}, was given up and lands ${late} s late, ends with one key in force`, async () => {
        const world = await regenerateWith(site, (request, pass, { temporal }) => {
          temporal.later(late * 1000, () => pass(request));
          return temporal.interrupt('timeout');
        });
        await assertTaken(world);
      });
    }
  }

  test('every request is refused once in turn ends with one key in force', async () => {
    for (const { site } of golden) await regenerateWith(site, resets);
  });

  test('every request is answered 503 once in turn ends with one key in force', async () => {
    for (const { site } of golden) await regenerateWith(site, () => Promise.resolve(refusal(503, 'Busy')));
  });

  test('worker dies before every request once in turn ends with one key in force', async () => {
    for (const { site } of golden) {
      await regenerateWith(site, (_request, _pass, { temporal }) => temporal.interrupt('crash'));
    }
  });

  test('every request hangs past its timeout once in turn ends with one key in force', async () => {
    for (const { site } of golden) {
      await regenerateWith(site, (_request, _pass, { temporal }) => temporal.interrupt('timeout'));
    }
  });
});

for (const supersede of [true, false]) {
  const whose = supersede ? 'a good one' : 'an expired one';
  test(`one key is in force although Temporal forgot whoever stored it in the place of ${whose}`, async () => {
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
