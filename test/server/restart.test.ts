/** Orderly ends and lost servers: what was started goes on. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { workflowIdOf, type DeviceId } from '../../domain/device.ts';
import { eventsOf, historyOf } from './history.ts';
import { assertOneOfEach } from './one-of-each.ts';
import { openStack, type Stack } from './stack.ts';
import { until } from './until.ts';

suite('an activation under way', () => {
  let stack: Stack;
  before(async () => {
    stack = await openStack({ durable: true });
  });
  after(() => stack.close());

  test('is left in a clean state by a worker that is asked to end, and the next worker resumes it at once', async () => {
    const { ase, azure, client, worker } = stack;
    const device = stack.device('edge-1');
    await ase.start({ deviceId: device.id });
    await reaches(stack, device, 'ensureKeyVault');
    assert.deepEqual(await worker.stop(), { code: 0, signal: null });
    await worker.start();
    assertOneOfEach(azure, device, await ase.result({ deviceId: device.id, procedure: 'generateActivationKey' }));
    assert.equal(lostAttempts(eventsOf(await historyOf(client, device))), 0);
  });

  test('survives a Temporal server that is killed and restarted on the same file, and so do its callers', async () => {
    const { ase, azure, temporal } = stack;
    const device = stack.device('edge-2');
    await ase.start({ deviceId: device.id });
    const key = ase.generateActivationKey({ deviceId: device.id });
    await reaches(stack, device, 'ensureKeyVault');
    await temporal.kill();
    await temporal.startAgain();
    const result = await ase.result({ deviceId: device.id, procedure: 'generateActivationKey' });
    assertOneOfEach(azure, device, result);
    assert.deepEqual(await key, result.activationKey);
  });
});

const reaches = ({ client }: Stack, device: DeviceId, step: string): Promise<unknown> =>
  until(`${device.name} reaches ${step}`, async () => {
    const { raw } = await client.workflow.getHandle(workflowIdOf(device)).describe();
    return raw.pendingActivities?.some(({ activityId }) => activityId === step);
  });

/** Attempts that the server gave up, having heard nothing of them. */
const lostAttempts = (events: ReturnType<typeof eventsOf>): number =>
  events.filter(({ activityTaskStartedEventAttributes: started }) => started?.lastFailure?.timeoutFailureInfo).length;
