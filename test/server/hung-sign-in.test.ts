/** A token request that hangs holds up nobody for long: not the worker, not its slots, and no person. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventsOf, historyOf } from './history.ts';
import { assertOneOfEach } from './one-of-each.ts';
import { openStack, type Stack } from './stack.ts';

suite('a worker whose first token requests hang', () => {
  let stack: Stack;
  before(async () => {
    stack = await openStack({ withoutWorker: true });
  });
  after(() => stack.close());

  test('goes on by itself, and asks nobody', async () => {
    const { ase, azure, client, worker } = stack;
    azure.control.addFault({ host: 'login', action: 'hang', times: 3 });
    await worker.start();
    const devices = [stack.device('edge-1'), stack.device('edge-2')];
    for (const { id } of devices) await ase.start({ deviceId: id });
    for (const device of devices) {
      assertOneOfEach(azure, device, await ase.result(device.id));
      const events = eventsOf(await historyOf(client, device));
      const timers = events.filter(({ timerStartedEventAttributes: timer }) => timer);
      assert.deepEqual(timers, [], 'nothing blocked');
    }
  });
});
