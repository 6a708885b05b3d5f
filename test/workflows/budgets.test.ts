import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createActivities } from '../../activities/index.ts';
import { plainProfile } from '../../domain/profile.ts';
import { isOrdered } from '../../domain/urgency.ts';
import { createWorld, type World } from '../harness/world.ts';
import type { Run } from '../harness/temporal/index.ts';

/** So many activations in one subscription whose requests are counted, and whose providers are registered. */
const crowdOf = async (names: readonly string[]): Promise<World> => {
  const world = await createWorld({ settings: { storageAccount: 60_000, throttling: true } });
  for (const name of names) {
    const { id } = world.device(name);
    await world.asOwner('PUT', id, '2021-06-01', { location: 'westeurope', identity: { type: 'SystemAssigned' } });
  }
  world.clock.advanceTo(world.clock.now() + 60_000);
  world.azure.control.clearRequests();
  return world;
};

/** Others have spent what there was, and as much more as comes back in that time, milliseconds. */
const emptyBuckets = ({ azure, clock, device }: World, ms = 0): void => {
  const { objectId } = azure.principals.worker;
  for (const [operation, perSecond] of [
    ['reads', 25],
    ['writes', 10],
  ] as const) {
    const key = `${objectId}/${device().subscriptionId.toLowerCase()}/${operation}`;
    azure.state.throttling.buckets[key] = { tokens: (-ms * perSecond) / 1000, at: clock.now() };
  }
};

const refusedIn = ({ azure }: World): number => azure.requests.filter(({ status }) => status === 429).length;

const restOfAll = async ({ temporal }: World, runs: readonly Run[]): Promise<void> => {
  await temporal.runUntil(() =>
    runs.every(({ outcome, searchAttributes }) => outcome ?? searchAttributes['AseBlockedStep']),
  );
  for (const run of runs) assert.equal(run.outcome?.status, 'completed', JSON.stringify(run.searchAttributes));
};

suite("activations under Azure's budgets", () => {
  test('that begin together with an empty bucket all end, and each is refused hardly once', async () => {
    const names = ['edge-91', 'edge-92', 'edge-93', 'edge-94', 'edge-95', 'edge-96'];
    const world = await crowdOf(names);
    emptyBuckets(world);
    const runs = await Promise.all(names.map((name) => world.generate({}, name)));
    await restOfAll(world, runs);
    assert.ok(refusedIn(world) <= names.length, `${refusedIn(world)} refusals`);
    for (const run of runs) assert.equal(run.historyEvents, 75);
  });

  test('wait for twenty minutes of an empty bucket without a block', async () => {
    const world = await crowdOf([]);
    emptyBuckets(world, 20 * 60_000);
    const startedAt = world.clock.now();
    const run = await world.generate();
    await restOfAll(world, [run]);
    assert.ok(world.clock.now() - startedAt > 20 * 60_000);
    assert.ok(refusedIn(world) <= 3, `${refusedIn(world)} refusals`);
    assert.ok(run.historyEvents <= 75 + 3 * 6, `${run.historyEvents} events`);
  });

  test('share one list of accounts while they wait, once they are more than a few', async () => {
    const names = ['edge-91', 'edge-92', 'edge-93', 'edge-94', 'edge-95', 'edge-96'];
    const world = await crowdOf(names);
    await restOfAll(world, await Promise.all(names.map((name) => world.generate({}, name))));
    const looks = world.azure.requests.filter(({ action }) => action === 'Microsoft.Storage/storageAccounts/read');
    const alone = 17;
    assert.ok(looks.length < (names.length * alone) / 2, `${looks.length} looks`);
  });
});

test('every activity has its place in the order of turns', () => {
  const activities = createActivities({ azure: undefined as never, keyReaders: [], profile: plainProfile });
  assert.deepEqual(
    Object.keys(activities).filter((name) => !isOrdered(name)),
    [],
  );
});
