/** The worker is killed at the worst moments, on several devices at once, and started again: each activation completes. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { workflowIdOf, type DeviceId } from '../../domain/device.ts';
import { assertOneOfEach } from './one-of-each.ts';
import { openStack, type Stack } from './stack.ts';
import { until } from './until.ts';

const secretOfKey = { method: 'PUT', path: '/secrets/ase-activation-key' };
const storageAccount = { method: 'PUT', path: '/Microsoft.Storage/storageAccounts/' };

suite('an activation whose worker was killed', { concurrency: true }, () => {
  let stack: Stack;

  before(async () => {
    stack = await openStack({ settings: { storageAccount: 40_000 } });
    const { ase, device, hold, worker } = stack;
    await ase.start({ deviceId: device('edge-2').id });
    await betweenTwoLooks(stack, device('edge-2'));
    const unheard = hold(secretOfKey, 'unheard');
    await ase.start({ deviceId: device('edge-3').id, audit: 'after' });
    await unheard;
    const unanswered = hold(secretOfKey, 'unanswered');
    await ase.start({ deviceId: device('edge-4').id, audit: 'after' });
    await unanswered;
    const accepted = hold(storageAccount, 'unanswered');
    await ase.start({ deviceId: device('edge-1').id });
    await accepted;
    await betweenTwoLooks(stack, device('edge-2'));
    await worker.kill();
    assert.deepEqual(storedKeys(stack), [0, 1], 'one key was stored, the other one not');
    await worker.start();
  });
  after(() => stack.close());

  const moments: [name: string, moment: string][] = [
    ['edge-1', 'after the creation of the storage account was accepted and before that was heard of'],
    ['edge-2', 'between two looks for the storage account'],
    ['edge-3', 'after its certificate was uploaded and before the key was stored'],
    ['edge-4', 'after the key was stored and before that was heard of'],
  ];
  for (const [name, moment] of moments) {
    test(`${moment} completes with one of each`, async () => {
      const device = stack.device(name);
      assertOneOfEach(stack.azure, device, await stack.ase.result(device.id));
    });
  }
});

const betweenTwoLooks = ({ client }: Stack, device: DeviceId): Promise<unknown> =>
  until(`${device.name} waits for its next look at the storage account`, async () => {
    const { raw } = await client.workflow.getHandle(workflowIdOf(device)).describe();
    const [pending] = raw.pendingActivities ?? [];
    const backingOff = pending?.lastFailure?.applicationFailureInfo?.type === 'AuditStorageCreating';
    return backingOff && pending?.activityId === 'awaitAuditStorage';
  });

const storedKeys = ({ azure, device }: Stack): number[] =>
  ['edge-3', 'edge-4']
    .map((name) => device(name))
    .map(({ name }) => Object.values(azure.state.vaults).find(({ tags }) => tags['ase-device'] === name))
    .map((vault) => vault?.secrets['ase-activation-key']?.versions.length ?? 0);
