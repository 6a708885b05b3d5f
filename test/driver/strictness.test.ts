import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompleteAsyncError } from '@temporalio/activity';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import { createToyWorld } from './toy-world.ts';

test('an error in workflow code that is not a Temporal failure is loud, and stays so', async () => {
  const { start, temporal } = createToyWorld();
  const run = await start('brokenCode');
  await assert.rejects(
    temporal.runUntil(),
    /workflow task of brokenCode failed: not a Temporal failure.*workflows\.ts:\d+/s,
  );
  await assert.rejects(run.signal('anything'), /not a Temporal failure/);
});

test('an unregistered activity is loud', async () => {
  const { start, temporal } = createToyWorld();
  await start('one', { activity: 'nonesuch', args: [] });
  await assert.rejects(temporal.runUntil(), /the activity nonesuch is not registered/);
});

test('two pending activities with one id are refused', async () => {
  const { start } = createToyWorld();
  await assert.rejects(start('sameIds'), /ScheduleActivityDuplicateId/);
});

test('an eleventh update in flight is refused', async () => {
  const { start } = createToyWorld();
  const run = await start('collect', 1);
  for (let i = 0; i < 10; i++) await run.update('park');
  await assert.rejects(run.update('park'), /in-flight updates has been reached/);
});

test('commands that are not modelled are reported as such', async () => {
  const { start } = createToyWorld();
  await assert.rejects(start('localActivity'), /not modelled: the command scheduleLocalActivity/);
  await assert.rejects(start('signalsAnother'), /not modelled: the command signalExternalWorkflowExecution/);
});

test('asynchronous completion and two sleeps at once in one attempt are not modelled', async () => {
  const running = async (hang: (sleep: (ms: number) => Promise<void>) => Promise<unknown>): Promise<void> => {
    const { start, temporal } = createToyWorld((t) => ({ hang: () => hang((ms) => t.sleep(ms)) }));
    const run = await start('one', { activity: 'hang', args: [] }, { retry: { maximumAttempts: 1 } });
    await temporal.runUntil();
    assert.match(JSON.stringify(run.outcome), /not modelled/);
  };
  await assert.rejects(
    running(async () => {
      throw new CompleteAsyncError();
    }),
    /not modelled: asynchronous completion/,
  );
  await running((sleep) => Promise.all([sleep(1), sleep(2)]));
});

test('a closed run accepts no messages', async () => {
  const { start } = createToyWorld();
  const run = await start('remembers');
  await assert.rejects(run.signal('done'), WorkflowNotFoundError);
  await assert.rejects(run.update('add'), WorkflowNotFoundError);
  await assert.rejects(run.terminate(), WorkflowNotFoundError);
});

test('a second start under one id fails while the first run is open, and replaces it afterwards', async () => {
  const { start, temporal } = createToyWorld();
  const run = await start('awaitSignal', 1000);
  await assert.rejects(start('awaitSignal', 1000), WorkflowExecutionAlreadyStartedError);
  await temporal.runUntil();
  const next = await start('awaitSignal', 1000);
  assert.notEqual(next.runId, run.runId);
  assert.equal(temporal.runs.get('awaitSignal'), next);
});

test('waiting for an event that cannot come is reported instead of ended', async () => {
  const { start, temporal } = createToyWorld();
  const run = await start('collect', 1);
  await assert.rejects(
    temporal.runUntil(() => run.outcome !== undefined),
    /nothing more will happen: collect waits for a message/,
  );
});

test('an abandoned activity that fails is loud, since it would block the workflow permanently', async () => {
  const { start, temporal } = createToyWorld();
  const abandoned = { cancellationType: 'ABANDON', retry: { maximumAttempts: 1 } };
  const run = await start('probe', { activity: 'failLate', args: [1000] }, abandoned);
  await temporal.step();
  await run.signal('done');
  await assert.rejects(temporal.runUntil(), /the abandoned activity failLate has failed/);
});
