import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createToyWorld, valueOf } from './toy-world.ts';
import { deviceKey } from './workflows.ts';

test('a pending activity shows its attempt, its last failure and the time of its next attempt', async () => {
  const { start, temporal, clock } = createToyWorld();
  const options = { activityId: 'step', summary: 'a step' };
  const run = await start('one', { activity: 'fail', args: [{ times: 9 }] }, options);
  await temporal.step();
  await temporal.step();
  const [activity] = run.pendingActivities;
  assert.ok(activity);
  assert.equal(activity.lastFailure?.message, 'attempt 2');
  assert.deepEqual(
    { ...activity, lastFailure: undefined },
    {
      name: 'fail',
      activityId: 'step',
      attempt: 3,
      lastFailure: undefined,
      nextAttemptAt: clock.now() + 2000,
      summary: 'a step',
    },
  );
});

test('a pending timer shows when it fires and its summary', async () => {
  const { start, clock } = createToyWorld();
  const run = await start('awaitSignal', 5000);
  assert.deepEqual(run.pendingTimers, [{ firesAt: clock.now() + 5000, summary: 'waiting for the signal' }]);
});

test('current details can be read while a workflow runs and after it', async () => {
  const { start, temporal } = createToyWorld();
  const run = await start('leaky', 'x');
  assert.equal(await run.currentDetails(), 'details x');
  await temporal.runUntil();
  assert.equal(await run.currentDetails(), 'details x');
});

test('search attributes of the start exist from the start, and null removes one', async () => {
  const { temporal } = createToyWorld();
  const searchAttributes = [{ key: deviceKey, value: 'edge-0' }];
  const run = await temporal.start('attributes', [], { workflowId: 'w', searchAttributes });
  assert.deepEqual(run.searchAttributes, { ToyDevice: 'edge-1', ToyExpiry: new Date(Date.UTC(2030, 0, 1)) });
  await temporal.runUntil();
  assert.equal(valueOf(run), 'edge-0 edge-1 none');
  assert.deepEqual(run.searchAttributes, { ToyExpiry: new Date(Date.UTC(2030, 0, 1)) });
});

test('a workflow and an activity know their identity and the time', async () => {
  const { start, temporal, clock } = createToyWorld();
  const startTime = new Date(clock.now()).toISOString();
  const run = await start('introspective');
  await temporal.runUntil();
  const { id, ...known } = valueOf(run) as Record<string, unknown>;
  const { runId } = run;
  assert.deepEqual(known, {
    workflowId: 'introspective',
    workflowType: 'introspective',
    runId,
    firstExecutionRunId: runId,
    originalExecutionRunId: runId,
    startTime,
    activity: {
      attempt: 1,
      activityId: 'who',
      activityType: 'whoAmI',
      workflowExecution: { workflowId: 'introspective', runId },
      workflowType: 'introspective',
      at: clock.now(),
    },
  });
  assert.match(String(id), /^[0-9a-f-]{36}$/);
});

test('two runs of one world draw different random numbers, and two worlds draw the same', async () => {
  const draw = async (world: ReturnType<typeof createToyWorld>): Promise<unknown> => {
    const run = await world.start('introspective');
    await world.temporal.runUntil();
    return (valueOf(run) as { id: unknown }).id;
  };
  const world = createToyWorld();
  const first = await draw(world);
  assert.notEqual(await draw(world), first);
  assert.equal(await draw(createToyWorld()), first);
});

test('the record contains everything that a history would: no secret in it escapes a search', async () => {
  const { start, temporal } = createToyWorld();
  const run = await start('leaky', 'CANARY');
  await run.currentDetails();
  await temporal.runUntil();
  const places = run.record.filter(({ value }) => JSON.stringify(value).includes('CANARY'));
  const texts = JSON.stringify(places);
  for (const leak of ['summary', 'details', 'beat', 'failed with', 'returned'])
    assert.ok(texts.includes(`${leak} CANARY`), leak);
  assert.ok(JSON.stringify(temporal.logs).includes('CANARY'));
});

test('search attributes and messages are in the record as well', async () => {
  const { start } = createToyWorld();
  const run = await start('collect', 9);
  await run.signal('add', 'CANARY-1');
  await run.update('add', 'CANARY-2');
  await assert.rejects((await run.update('add', 'refused')).accepted);
  const attributes = await start('attributes');
  assert.match(JSON.stringify(run.record), /CANARY-1.*CANARY-2.*not that one/s);
  assert.match(JSON.stringify(attributes.record), /edge-1/);
});
