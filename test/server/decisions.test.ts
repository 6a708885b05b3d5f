/** Blocked and back on a real server, and the same in the driver, which must come to the same ends. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Client } from '@temporalio/client';
import { workflowIdOf } from '../../domain/device.ts';
import { decideSignal, decideUpdate, statusQuery, type Decision } from '../../workflows/messages.ts';
import { historyOf } from './history.ts';
import { play, scenarios, stuckProvider, takeName } from './scenarios.ts';
import { borrowStack } from './shared-stack.ts';
import type { Stack } from './stack.ts';
import { driverStage, serverStage } from './stages.ts';
import { until } from './until.ts';

suite('on a server', { concurrency: 1 }, () => {
  suite('with people at work', { concurrency: 1 }, () => {
    let stack: Stack;
    before(async () => {
      stack = await borrowStack();
    });
    after(() => stack.close());

    suite('at once', { concurrency: true }, () => {
      for (const scenario of scenarios) {
        test(scenario.name, () => play(serverStage(stack, stack.device(scenario.device)), scenario));
      }

      test('a block is listed by the client, found by its attribute, and shown on the timeline', async () => {
        const { ase, azure, client } = stack;
        const device = stack.device('edge-4');
        takeName({ azure, device });
        await ase.start({ deviceId: device.id });
        await serverStage(stack, device).block();
        const workflowId = workflowIdOf(device);
        const blocked = await until('the client lists it', async () =>
          (await ase.blocked()).find((each) => each.workflowId === workflowId),
        );
        assert.partialDeepStrictEqual(blocked, { step: 'ensureKeyVault', failure: 'VaultNameTaken' });
        await until('a query finds it', async () => (await idsOfBlocked(client)).includes(workflowId));
        assert.match(await timerSummary(stack, 'edge-4'), /^BLOCKED ensureKeyVault: VaultNameTaken, .* Send update/);
        await ase.decide({ deviceId: device.id, decision: 'abort', by: 'ada' });
        await assert.rejects(ase.result({ deviceId: device.id }), /VaultNameTaken|aborted by ada/);
        await until('no query finds it any more', async () => !(await idsOfBlocked(client)).includes(workflowId));
      });
    });

    test('one of several decisions from the time without a worker is applied at its start, and the others are reported or ignored', async () => {
      const { ase, azure, client, worker } = stack;
      const device = stack.device('edge-4');
      takeName({ azure, device });
      await ase.start({ deviceId: device.id });
      await serverStage(stack, device).block();
      await worker.stop();
      const handle = client.workflow.getHandle(workflowIdOf(device));
      const abort = (by: string): Decision => ({ step: 'ensureKeyVault', block: 1, decision: 'abort', by });
      const told = handle.executeUpdate(decideUpdate, { args: [abort('ada')] }).then(
        () => false,
        () => true,
      );
      await handle.signal(decideSignal, abort('bob'));
      await worker.start();
      await assert.rejects(ase.result({ deviceId: device.id }));
      const { decisions } = await handle.query(statusQuery);
      const [applied, ...more] = decisions.filter((recorded) => recorded.applied).map(({ by }) => by);
      assert.deepEqual(more, []);
      assert.equal(await told, applied === 'bob');
      if (applied === 'ada') assert.ok(decisions.find(({ by }) => by === 'bob')?.ignoredBecause);
    });
  });

  suite('with a provider that never registers', () => {
    let stack: Stack;
    before(async () => {
      stack = await borrowStack();
    });
    after(() => stack.close());

    test(stuckProvider.name, () => play(serverStage(stack, stack.device(stuckProvider.device)), stuckProvider));
  });
});

suite('in the driver', () => {
  for (const scenario of [...scenarios, stuckProvider]) {
    test(scenario.name, async () => play(await driverStage(scenario.device), scenario));
  }
});

const idsOfBlocked = ({ workflow }: Client): Promise<string[]> =>
  Array.fromAsync(workflow.list({ query: 'AseBlockedStep IS NOT NULL' }), ({ workflowId }) => workflowId);

const timerSummary = async ({ client, device }: Stack, name: string): Promise<string> => {
  const { events } = await historyOf(client, device(name));
  const timer = events?.find(({ timerStartedEventAttributes }) => timerStartedEventAttributes);
  return JSON.parse(Buffer.from(timer?.userMetadata?.summary?.data ?? []).toString() || '""') as string;
};
