import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createToyWorld, valueOf } from './toy-world.ts';

test('events of one moment happen in the order of their arrangement, unless chosen otherwise', async () => {
  const ended = async (pick?: (due: number) => number): Promise<unknown> => {
    const { start, temporal } = createToyWorld();
    if (pick) temporal.pick = pick;
    const run = await start('parallel');
    await temporal.runUntil();
    return valueOf(run);
  };
  assert.equal(await ended(), 'left,right');
  assert.equal(await ended((due) => due - 1), 'right,left');
});

test('a held run processes all events of one moment in one workflow task', async () => {
  const events = async (hold: boolean): Promise<number> => {
    const { start, temporal } = createToyWorld();
    temporal.hold = () => hold;
    const run = await start('parallel');
    await temporal.runUntil();
    assert.equal(valueOf(run), 'left,right');
    return run.historyEvents;
  };
  assert.equal((await events(false)) - (await events(true)), 3);
});

test('messages that are sent at once share a workflow task', async () => {
  const { start } = createToyWorld();
  const run = await start('collect', 2);
  await Promise.all([run.signal('add', 'a'), run.signal('add', 'b')]);
  assert.equal(valueOf(run), 'signal a,signal b');
  assert.equal(run.historyEvents, 1 + 3 + 2 + 3 + 1);
});

test('a message may arrive in the middle of an activity', async () => {
  const { start, temporal } = createToyWorld(() => ({
    async hang() {
      await run.signal('done');
      return 'done';
    },
  }));
  const run = await start('probe', { activity: 'hang', args: [] }, { cancellationType: 'TRY_CANCEL' });
  await temporal.runUntil();
  assert.match(String(valueOf(run)), /^told: ActivityFailure\(CANCEL_REQUESTED/);
});

test('module state of workflow code does not leak between runs', async () => {
  const { start } = createToyWorld();
  for (let i = 0; i < 3; i++) assert.equal(valueOf(await start('remembers')), 1);
});

test('an update that is sent with a start is handled in the first workflow task', async () => {
  const { temporal } = createToyWorld();
  const options = { workflowId: 'w', conflictPolicy: 'USE_EXISTING' as const };
  const { run, update } = await temporal.startWithUpdate('collect', [2], options, { name: 'add', args: ['a'] });
  assert.deepEqual(await update.result, ['update a']);
  assert.equal(run.historyEvents, 1 + 3 + 2);
  const again = await temporal.startWithUpdate('collect', [2], options, { name: 'add', args: ['b'] });
  assert.equal(again.run, run);
  assert.equal(valueOf(run), 'update a,update b');
});
