/** What the next run finds after a fault. That the end is the same after each of them is proved by `npm run prove:singles`. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertActivatable, assertNoDoubles } from '../harness/invariants.ts';
import { blockOf, createWorld, resultOf, runToEnd, runToRest, type Meddler, type World } from '../harness/world.ts';

/** The requests of a whole activation that change something. */
const writes = await (async () => {
  const world = await createWorld();
  await runToRest(world, await world.generate());
  return world.azure.requests.map(({ action, write }, site) => ({ site, action, write })).filter(({ write }) => write);
})();

/** Runs an activation to its end, and on until nothing more happens, with one event at a request counted from 0. */
const activateWith = async (site: number, happens: Meddler): Promise<World> => {
  let count = 0;
  const world = await createWorld({
    meddle: (request, pass, self) => (count++ === site ? happens(request, pass, self) : pass(request)),
  });
  const result = await runToEnd(world, await world.generate());
  assertActivatable(world.azure, world.device(), result);
  assert.ok(count > site, 'the request came');
  return world;
};

suite('an abandoned request that takes effect late', () => {
  for (const { site, action } of writes) {
    for (const late of [10, 45, 75]) {
      test(`(${site}, ${action}, ${late} s) leaves one of each resource, nothing to repair in the next run, and a key that works`, async () => {
        const world = await activateWith(site, (request, pass, { temporal }) => {
          temporal.later(late * 1000, () => pass(request));
          return temporal.interrupt('timeout');
        });
        world.azure.control.clearRequests();
        const { keyVault } = await runToEnd(world, await world.generate());
        assert.deepEqual(world.writes(), []);
        const outcome = await world.pasteKey(keyVault.name);
        assert.equal(outcome.activated, true, JSON.stringify(outcome));
      });
    }
  }
});

suite('Temporal itself loses everything', () => {
  test('after any request, and the next run ends with the same resources and the same channel integrity key', async () => {
    for (const { site } of writes) {
      const lost = Promise.withResolvers<void>();
      let count = 0;
      const world = await createWorld({
        meddle: async (request, pass, { temporal }) => {
          const answer = await pass(request);
          if (count++ !== site) return answer;
          lost.resolve();
          return temporal.interrupt('timeout');
        },
      });
      const first = await world.generate();
      void world.temporal.runUntil(() => false).catch(() => undefined);
      await lost.promise;
      await first.terminate('lost');
      const cikBefore = enabledCik(world);
      const second = await world.generate();
      await world.temporal.runUntil(() => second.outcome !== undefined);
      assertActivatable(world.azure, world.device(), resultOf(second));
      if (cikBefore) assert.equal(enabledCik(world), cikBefore);
    }
  });
});

const enabledCik = ({ azure }: World): string | undefined =>
  Object.values(azure.state.vaults)
    .flatMap(({ secrets }) => Object.entries(secrets))
    .filter(([name]) => name.startsWith('ase-cik-'))
    .flatMap(([, { versions }]) =>
      versions.filter(({ attributes }) => attributes.enabled).map(({ value }) => value),
    )[0];

suite('a device that is recreated during its activation', () => {
  test('never gets its new identity into the old plan', async () => {
    const world = await createWorld();
    const run = await world.generate();
    await world.temporal.runUntil(() => run.pendingActivities.some(({ name }) => name === 'awaitAuditStorage'));
    await world.createDeviceAgain();
    await runToRest(world, run);
    assert.equal((await blockOf(run)).failure, 'IdentityMismatch');
    assertNoDoubles(world.azure, world.device());
  });
});
