/** While a step is blocked for a cause that can go away, it looks for that by itself: slowly, and never past its deadline. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Run } from '../harness/temporal/index.ts';
import { blockOf, createWorld, failureOf, runToRest, type World } from '../harness/world.ts';

const day = 86_400_000;
const lockRight = { principal: 'worker', action: 'Microsoft.Authorization/locks/write' };

/** The device has no identity: one request shows it. */
const blockedOnIdentity = async (): Promise<{ world: World; run: Run }> => {
  const world = await createWorld();
  const run = await world.generate({}, 'edge-5');
  await runToRest(world, run);
  return { world, run };
};

const blockedOnRight = async (): Promise<{ world: World; run: Run }> => {
  const world = await createWorld();
  world.azure.control.takeRight(lockRight);
  const run = await world.generate();
  await runToRest(world, run);
  return { world, run };
};

/** Requests of the worker in the next day, by the hour. */
const requestsByHour = async ({ azure, clock, temporal }: World): Promise<number[]> => {
  azure.control.clearRequests();
  const since = clock.now();
  await temporal.runUntil(() => clock.now() - since >= day);
  return Array.from(
    { length: 24 },
    (_, hour) => azure.requests.filter(({ at }) => Math.floor((at - since) / (day / 24)) === hour).length,
  );
};

suite('the probe of a blocked step', () => {
  test('ends with the deadline of its block, which names the remaining cause', async () => {
    const { world, run } = await blockedOnIdentity();
    const since = world.clock.now();
    await world.temporal.runUntil(() => run.outcome !== undefined);
    assert.match(failureOf(run), /^IdentityDisabled: no decision within 14 days: the device "edge-5" has no/);
    assert.equal(world.clock.now() - since, 14 * day);
  });

  test('runs every five minutes on its first day, and not more often', async () => {
    const { world } = await blockedOnIdentity();
    const [first = 0, ...later] = await requestsByHour(world);
    assert.ok(first > 12, `quicker at first: ${first}`);
    assert.ok(
      later.every((requests) => requests > 0 && requests <= 12 + 1),
      later.join(' '),
    );
  });

  test('runs once an hour after that, so that steps that stay blocked for weeks leave the budgets to others', async () => {
    const { world } = await blockedOnIdentity();
    await requestsByHour(world);
    const later = await requestsByHour(world);
    const ofTheDay = later.reduce((all, one) => all + one, 0);
    assert.ok(ofTheDay === 23 || ofTheDay === 24, later.join(' '));
  });

  test('is as slow for work that Azure has not finished', async () => {
    const world = await createWorld({ settings: { storageAccount: 1000 * day } });
    const run = await world.generate();
    await runToRest(world, run);
    assert.equal((await blockOf(run)).failure, 'AuditStorageCreating');
    const [, ...later] = await requestsByHour(world);
    // One look in five minutes; every fourteenth look submits the account again.
    assert.ok(
      later.every((requests) => requests > 0 && requests <= 12 + 1),
      later.join(' '),
    );
  });

  test('finds another cause, which the same block then waits for', async () => {
    const { world, run } = await blockedOnRight();
    const frozen = { scope: world.device().id.split('/providers/')[0]!, name: 'frozen' };
    world.azure.control.putLock({ ...frozen, level: 'ReadOnly' });
    world.azure.control.giveBackRight(lockRight);
    await world.temporal.runUntil(() => run.searchAttributes['AseFailure'] === 'ForeignLock');
    const { block, causes } = await blockOf(run);
    assert.deepEqual([block, causes], [1, ['MissingPermission', 'ForeignLock']]);
    world.azure.control.removeLock(frozen);
    await world.temporal.runUntil(() => run.outcome !== undefined);
    assert.equal(run.outcome?.status, 'completed');
  });
});
