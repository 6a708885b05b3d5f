/**
 * Requests for tokens that hang hold up nobody for long: not the worker, not its slots, and no person. `npm run prove:sign-in` plays
 * a whole minute of them.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { DeviceId } from '../../domain/device.ts';
import { freePorts } from '../../scripts/stack/free-ports.ts';
import { eventsOf, historyOf } from './history.ts';
import { assertOneOfEach } from './one-of-each.ts';
import { orderDevice } from './order-device.ts';
import { openStack, type Stack } from './stack.ts';
import { until } from './until.ts';

/** Longer than one request for a token is waited for. In milliseconds. */
const hangsFor = Number(process.env['ASE_SIGN_IN_HANGS_FOR'] ?? 20) * 1_000;
const activations = 20;

suite(
  `a worker whose requests for tokens hang for ${hangsFor / 1_000} s, with ${activations} activations at once`,
  () => {
    let stack: Stack;
    let metrics: string;
    before(async () => {
      stack = await openStack({ withoutWorker: true });
      const [port] = await freePorts(1);
      metrics = `127.0.0.1:${port}`;
      stack.workerEnv['ASE_METRICS_ADDRESS'] = metrics;
    });
    after(() => stack.close());

    /** Of activities, as the worker itself counts them. */
    const slotsInUse = async (): Promise<number> => {
      const text = await (await fetch(`http://${metrics}/metrics`)).text();
      const lines = text.matchAll(/^temporal_worker_task_slots_used{[^}]*worker_type="ActivityWorker"[^}]*} (\d+)/gm);
      const used = [...lines].map(([, count]) => Number(count));
      assert.notEqual(used.length, 0, 'the worker counts its slots');
      return used.reduce((sum, count) => sum + count, 0);
    };

    const devices: DeviceId[] = [];
    test('resumes by itself, without a question', async () => {
      const { ase, azure, client, worker } = stack;
      const { id } = azure.control.addFault({ host: 'login', action: 'hang' });
      await worker.start();
      for (let number = 1; number <= activations; number += 1) devices.push(await orderDevice(azure, `hung-${number}`));
      for (const device of devices) await ase.start({ deviceId: device.id });
      await until('a request for a token hangs', () => azure.requests.some(({ fault }) => fault === 'hang'));
      await delay(hangsFor);
      azure.control.removeFault({ id });
      for (const device of devices) {
        assertOneOfEach(azure, device, await ase.result({ deviceId: device.id, procedure: 'generateActivationKey' }));
        const events = eventsOf(await historyOf(client, device));
        const timers = events.filter(({ timerStartedEventAttributes: timer }) => timer);
        assert.deepEqual(timers, [], 'nothing blocked');
        const lost = events.filter(
          (event) => event.activityTaskStartedEventAttributes?.lastFailure?.timeoutFailureInfo,
        );
        assert.deepEqual(lost, [], 'no attempt was lost');
      }
    });

    test('has all of its slots free again', async () => {
      await until('no activity is in hand', async () => (await slotsInUse()) === 0);
    });

    test('sent one request for all of them during the wait', () => {
      const hung = stack.azure.requests.filter(({ fault }) => fault === 'hang');
      // One request at a time, each given up after 15 s.
      assert.ok(hung.length <= hangsFor / 15_000 + 2, `${hung.length} requests hung`);
      const asked = stack.azure.requests.filter(
        ({ method, path, fault }) => !fault && method === 'POST' && path.endsWith('/token'),
      );
      // For Resource Manager and for Key Vault.
      assert.equal(asked.length, 2);
    });
  },
);
