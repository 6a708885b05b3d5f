import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activityInfo, Context, heartbeat } from '@temporalio/activity';
import { VirtualClock } from '../harness/clock.ts';
import { createToyWorld, valueOf } from './toy-world.ts';

const wait = { cancellationType: 'WAIT_CANCELLATION_COMPLETED' };

test('the clock does not run backwards', () => {
  const clock = new VirtualClock(1000);
  clock.advanceTo(1000);
  assert.throws(() => clock.advanceTo(999), RangeError);
  assert.throws(() => clock.advanceTo(Number.NaN), RangeError);
});

test('ninety days pass at once', async () => {
  const { start, temporal, elapsed } = createToyWorld();
  const run = await start('awaitSignal', 90 * 86_400_000);
  await temporal.runUntil();
  assert.equal(valueOf(run), 'too late');
  assert.equal(elapsed(), 90 * 86_400_000);
});

test('backoff takes time, and attempts do not', async () => {
  const { start, temporal, elapsed } = createToyWorld();
  await start('one', { activity: 'fail', args: [{ times: 3 }] });
  await temporal.runUntil();
  assert.equal(elapsed(), 1000 + 2000 + 4000);
});

test('an attempt that sleeps takes that long, and ends at its timeout if that comes first', async () => {
  const { start, temporal, elapsed } = createToyWorld();
  const options = { startToCloseTimeout: '2s', retry: { maximumAttempts: 1 } };
  const run = await start('one', { activity: 'hang', args: [{ ms: 1500 }] }, options);
  await temporal.runUntil(() => run.outcome !== undefined);
  assert.equal(elapsed(), 1500);
  const late = await start('one', { activity: 'hang', args: [{ ms: 2500 }] }, options);
  await temporal.runUntil(() => late.outcome !== undefined);
  assert.equal(elapsed(), 1500 + 2000);
});

test('two attempts sleep at the same time', async () => {
  const { start, temporal, elapsed } = createToyWorld((t) => ({ succeed: () => t.sleep(1000) }));
  await start('parallel');
  await temporal.runUntil();
  assert.equal(elapsed(), 1000);
});

test('an attempt that outlives its timeout continues, and the worker cancels it five seconds later', async () => {
  const seen: string[] = [];
  const { start, temporal, elapsed } = createToyWorld((t) => ({
    async hang() {
      await t.sleep(3000);
      seen.push(`still here at ${elapsed()}`);
      await t
        .sleep(60_000)
        .catch(() => seen.push(`${String(Context.current().cancellationDetails?.timedOut)} at ${elapsed()}`));
    },
  }));
  const run = await start(
    'one',
    { activity: 'hang', args: [] },
    { startToCloseTimeout: '1s', retry: { maximumAttempts: 1 } },
  );
  await temporal.runUntil();
  assert.match(String(valueOf(run)), /StartToClose/);
  assert.deepEqual(seen, ['still here at 3000', 'true at 6000']);
});

test('an attempt whose workflow has closed learns of it with its next heartbeat', async () => {
  let told: boolean | undefined;
  const { start, temporal } = createToyWorld((t) => ({
    async hang() {
      await t.sleep(1000);
      heartbeat();
      told = Context.current().cancellationDetails?.notFound;
    },
  }));
  const run = await start('one', { activity: 'hang', args: [] });
  await temporal.step();
  await run.terminate();
  await temporal.runUntil();
  assert.equal(told, true);
});

test('heartbeats are throttled to four fifths of their timeout, so a cancellation arrives late', async () => {
  const { start, temporal, elapsed } = createToyWorld();
  const hanging = { activity: 'hang', args: [{ ms: 60_000, heartbeatEvery: 1000 }] };
  const run = await start('unguarded', hanging, { ...wait, startToCloseTimeout: '2m', heartbeatTimeout: '20s' });
  await temporal.step();
  await run.cancel();
  await temporal.runUntil(() => run.outcome !== undefined);
  assert.equal(run.outcome?.status, 'cancelled');
  assert.equal(elapsed(), 16_000);
});

test('a failed attempt passes on its last heartbeat, and one of a dead worker only the heartbeats that were sent', async () => {
  const resumed = async (how: 'fails' | 'dies'): Promise<unknown> => {
    const { start, temporal } = createToyWorld((t) => ({
      async resume() {
        const info = activityInfo();
        if (info.attempt > 1) return info.heartbeatDetails as unknown;
        for (const page of [1, 2, 3]) heartbeat({ page });
        if (how === 'dies') await t.interrupt('crash');
        throw new Error('half done');
      },
    }));
    const run = await start('one', { activity: 'resume', args: [] }, { heartbeatTimeout: '10s' });
    await temporal.runUntil();
    return valueOf(run);
  };
  assert.equal(await resumed('fails'), 'got {"page":3}');
  assert.equal(await resumed('dies'), 'got {"page":1}');
});

test('an event that is arranged for later happens then', async () => {
  const { start, temporal, elapsed } = createToyWorld();
  const run = await start('awaitSignal', 10_000);
  temporal.later(4000, () => run.signal('done'));
  await temporal.runUntil();
  assert.equal(valueOf(run), 'in time');
  assert.equal(elapsed(), 4000);
});
