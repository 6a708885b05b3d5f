import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activityInfo } from '@temporalio/activity';
import { createToyWorld, valueOf } from './toy-world.ts';

const busy: [string, unknown[]][] = [
  ['parallel', []],
  ['timers', []],
  ['attributes', []],
  ['patchy', []],
  ['introspective', []],
  ['one', [{ activity: 'fail', args: [{ times: 2 }] }]],
  ['one', [{ activity: 'fail', args: [{ times: 9, nonRetryable: true }] }]],
];
for (const [workflow, args] of busy)
  test(`${workflow} ends the same way with a crash after any of its steps`, async () => {
    const calm = createToyWorld();
    const expected = await calm.start(workflow, ...args);
    let steps = 0;
    while (!expected.outcome && (await calm.temporal.step())) steps++;
    for (let crashAt = 0; crashAt <= steps; crashAt++) {
      const { start, temporal } = createToyWorld();
      const run = await start(workflow, ...args);
      for (let step = 0; step < crashAt; step++) await temporal.step();
      await temporal.crash();
      await temporal.runUntil(() => run.outcome !== undefined);
      assert.deepEqual(run.outcome, expected.outcome);
    }
  });

test('a crash reveals workflow code that takes another path when replayed', async () => {
  const { start } = createToyWorld();
  const run = await start('nondeterministic');
  await assert.rejects(run.crash(), /nondeterminism/);
});

test('a crash does not replay refused updates, and does not validate accepted ones again', async () => {
  const { start, temporal } = createToyWorld();
  const run = await start('collect', 3);
  await assert.rejects((await run.update('add', 'refused')).accepted, /not that one/);
  await (
    await run.update('add', 'one')
  ).result;
  await assert.rejects((await run.update('add', 'bad')).result, /the handler fails/);
  await run.crash();
  await run.signal('add', 'two');
  await run.signal('add', 'three');
  await temporal.runUntil();
  assert.equal(valueOf(run), 'update one,signal two,signal three');
});

test('a parked update survives a crash', async () => {
  const { start } = createToyWorld();
  const run = await start('collect', 1);
  const parked = await run.update('park');
  await run.crash();
  await run.signal('add', 'last');
  await assert.rejects(parked.result, { type: 'AcceptedUpdateCompletedWorkflow' });
});

for (const how of ['crash', 'timeout'] as const)
  test(`an attempt that is interrupted by a ${how} is retried after its timeout`, async () => {
    const { start, temporal, elapsed } = createToyWorld((t) => ({
      async hang() {
        const { attempt } = activityInfo();
        return attempt === 1 ? t.interrupt(how) : attempt;
      },
    }));
    const run = await start('one', { activity: 'hang', args: [] }, { startToCloseTimeout: '30s' });
    await temporal.runUntil();
    assert.equal(valueOf(run), 'got 2');
    assert.equal(elapsed(), 31_000);
  });

test('a crash ends every attempt of the worker, even the sleeping ones', async () => {
  const wrote: number[] = [];
  const { start, temporal } = createToyWorld((t) => ({
    async hang() {
      const { attempt } = activityInfo();
      if (attempt > 1) return;
      await t.sleep(1000);
      wrote.push(attempt);
    },
  }));
  const run = await start('one', { activity: 'hang', args: [] });
  await temporal.step();
  await temporal.crash();
  await temporal.runUntil();
  assert.equal(run.outcome?.status, 'completed');
  assert.deepEqual(wrote, []);
});

test('an attempt can only be interrupted from inside', () => {
  const { temporal } = createToyWorld();
  assert.throws(() => temporal.interrupt('crash'), /inside an activity/);
});
