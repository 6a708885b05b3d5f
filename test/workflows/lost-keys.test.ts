/** A key whose request was lost on the way may still arrive: no other key is made before that can be ruled out. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { settleTime } from '../../domain/pace.ts';
import { assertActivatable } from '../harness/invariants.ts';
import type { Run } from '../harness/temporal/index.ts';
import {
  blockOf,
  createWorld,
  decide,
  refusal,
  runToEnd,
  runToRest,
  type Meddler,
  type World,
} from '../harness/world.ts';

const isKeyWrite = ({ method, url }: Request): boolean =>
  method === 'PUT' && url.includes('/secrets/ase-activation-key');

const refused = (): Promise<Response> => Promise.resolve(refusal(503, 'ServerBusy'));

/** The worker dies while the request is on its way, and the request arrives later than the next attempt starts. */
const lostWithItsWorker: Meddler = (request, pass, { temporal }) => {
  temporal.later(60_000, () => pass(request));
  return temporal.interrupt('crash');
};

const passOn: Meddler = (request, pass) => pass(request);

/** Runs an activation in which the first requests that store the key end so, one after another; the rest succeed. */
const activateWith = async (...ends: Meddler[]): Promise<World> => {
  const world = await createWorld({
    meddle: (request, pass, self) => (isKeyWrite(request) ? (ends.shift() ?? passOn) : passOn)(request, pass, self),
  });
  const result = await runToEnd(world, await world.generate());
  assert.deepEqual(ends, []);
  assertActivatable(world.azure, world.device(), result);
  return world;
};

const keysMade = (world: World): number => world.versionsOf('ase-activation-key').length;

suite('one activation key is created if', () => {
  test('the worker dies while the key is being stored', async () => {
    assert.equal(keysMade(await activateWith(lostWithItsWorker)), 1);
  });

  test('the worker dies then in a later attempt than the refused one', async () => {
    assert.equal(keysMade(await activateWith(refused, lostWithItsWorker)), 1);
  });

  test('the worker dies then after many refused attempts', async () => {
    assert.equal(keysMade(await activateWith(refused, refused, refused, lostWithItsWorker)), 1);
  });

  const afterTheEnd: [what: string, act: (run: Run) => Promise<void>][] = [
    ['its step probes by itself', () => Promise.resolve()],
    ['somebody retries at once', (run) => decide(run, {})],
  ];
  for (const [what, act] of afterTheEnd) {
    test(`the activity times out while the key is being stored, and ${what}`, async () => {
      const world = await createWorld({ meddle: losingTheLastKey() });
      const run = await world.generate();
      await runToRest(world, run);
      assert.equal((await blockOf(run)).failure, 'AzureUnavailable');
      await act(run);
      assertActivatable(world.azure, world.device(), await runToEnd(world, run));
      assert.equal(keysMade(world), 1);
    });
  }
});

/** Azure is busy for almost as long as an activity may take; then the worker dies. */
const losingTheLastKey = (): Meddler => {
  let since: number | undefined;
  let lost = false;
  return (request, pass, world) => {
    if (lost || !isKeyWrite(request)) return pass(request);
    since ??= world.clock.now();
    if (world.clock.now() - since < 11.7 * 60_000) return refused();
    lost = true;
    return lostWithItsWorker(request, pass, world);
  };
};

test('a cancelled procedure ends after the probe that may be storing a key, so that the next one finds it', async () => {
  let way: 'denied' | 'slow' | 'free' = 'denied';
  const world = await createWorld({
    meddle: (request, pass, { temporal }) => {
      if (way === 'denied' && request.url.includes('/generateCertificate')) {
        return Promise.resolve(refusal(403, 'AuthorizationFailed'));
      }
      if (way !== 'slow' || !isKeyWrite(request)) return pass(request);
      way = 'free';
      temporal.later(15_000, () => pass(request));
      return temporal.interrupt('timeout');
    },
  });
  const run = await world.generate();
  await runToRest(world, run);
  assert.equal((await blockOf(run)).failure, 'MissingPermission');
  way = 'slow';
  await world.temporal.runUntil(() => way === 'free');
  await run.cancel();
  assert.equal(run.outcome, undefined);
  await assert.rejects(world.generate(), WorkflowExecutionAlreadyStartedError);
  await world.temporal.runUntil(() => run.outcome !== undefined);
  assert.match(JSON.stringify(run.outcome), /^{"status":"cancelled"/);
  assertActivatable(world.azure, world.device(), await runToEnd(world, await world.generate()));
  assert.equal(keysMade(world), 1);
});

test('a refused request for a key is retried without a wait for a write that cannot arrive', async () => {
  const undisturbed = await activateWith();
  const world = await activateWith(refused, refused);
  assert.equal(keysMade(world), 1);
  assert.ok(world.clock.now() - undisturbed.clock.now() < settleTime);
});
