/** A key whose request was lost on the way may still arrive: no other key is made before that can be ruled out. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { settleTime } from '../../domain/pace.ts';
import { assertActivatable } from '../harness/invariants.ts';
import { createWorld, resultOf, type Meddler, type World } from '../harness/world.ts';

const isKeyWrite = ({ method, url }: Request): boolean =>
  method === 'PUT' && url.includes('/secrets/ase-activation-key');

const refused = (): Promise<Response> =>
  Promise.resolve(new Response('{"error":{"code":"ServerBusy"}}', { status: 503 }));

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
  const run = await world.generate();
  await world.temporal.runUntil(() => run.outcome !== undefined);
  await world.temporal.runUntil();
  assert.deepEqual(ends, []);
  assertActivatable(world.azure, world.device(), resultOf(run));
  return world;
};

const keysMade = ({ azure }: World): number =>
  Object.values(azure.state.vaults).reduce(
    (sum, { secrets }) => sum + (secrets['ase-activation-key']?.versions.length ?? 0),
    0,
  );

suite('one activation key is made when', () => {
  test('the worker dies while the key is on its way', async () => {
    assert.equal(keysMade(await activateWith(lostWithItsWorker)), 1);
  });

  test('the worker dies so in a later attempt than the one that was refused', async () => {
    assert.equal(keysMade(await activateWith(refused, lostWithItsWorker)), 1);
  });

  test('the worker dies so after many that were refused', async () => {
    assert.equal(keysMade(await activateWith(refused, refused, refused, lostWithItsWorker)), 1);
  });
});

test('a request for a key that was refused is made again without waiting for what cannot arrive', async () => {
  const undisturbed = await activateWith();
  const world = await activateWith(refused, refused);
  assert.equal(keysMade(world), 1);
  assert.ok(world.clock.now() - undisturbed.clock.now() < settleTime);
});
