/** The worker is killed at the worst moments, on several devices at once, and started again: each activation completes. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { workflowIdOf, type DeviceId } from '../../domain/device.ts';
import { demoWorld } from '../../local-azure/seed.ts';
import { assertOneOfEach } from './one-of-each.ts';
import type { Hold } from './served-azure.ts';
import { openStack, type Stack } from './stack.ts';
import { until } from './until.ts';

const secretOfKey = { method: 'PUT', path: '/secrets/ase-activation-key' };
const storageAccount = { method: 'PUT', path: '/Microsoft.Storage/storageAccounts/' };

/** What happens to the request that stores the key, by device. */
const keyHolds: [name: string, how: Hold][] = [
  ['edge-3', 'unheard'],
  ['edge-4', 'unanswered'],
  ['edge-5', 'late'],
];

suite('an activation whose worker was killed', { concurrency: true }, () => {
  let stack: Stack;
  const lost: Promise<void>[] = [];

  before(async () => {
    stack = await openStack({ settings: { storageAccount: 40_000 } });
    await giveIdentity(stack, stack.device('edge-5'));
    await start(stack, 'edge-2');
    await betweenTwoLooks(stack, 'edge-2');
    for (const [name, how] of keyHolds) {
      const held = stack.hold(secretOfKey, how);
      await start(stack, name, 'after');
      lost.push((await held).done);
    }
    const accepted = stack.hold(storageAccount, 'unanswered');
    await start(stack, 'edge-1');
    await accepted;
    await betweenTwoLooks(stack, 'edge-2');
    await stack.worker.kill();
    assert.deepEqual(
      keyHolds.map(([name]) => storedKeys(stack, name)),
      [0, 1, 0],
    );
    await stack.worker.start();
  });
  after(() => stack.close());

  const moments: [name: string, moment: string][] = [
    ['edge-1', 'after the creation of the storage account was accepted and before the worker received the answer'],
    ['edge-2', 'between two checks of the storage account'],
    ['edge-3', 'after its certificate was uploaded and before the key was stored'],
    ['edge-4', 'after the key was stored and before the worker received the answer'],
    ['edge-5', 'while the key was on its way to the vault, where it arrived a minute later'],
  ];
  for (const [name, moment] of moments) {
    test(`${moment} completes with one of each resource`, async () => {
      const device = stack.device(name);
      const result = await stack.ase.result({ deviceId: device.id, procedure: 'generateActivationKey' });
      await Promise.all(lost);
      assertOneOfEach(stack.azure, device, result);
    });
  }
});

const start = async ({ ase, device }: Stack, name: string, audit: 'first' | 'after' = 'first'): Promise<void> =>
  void (await ase.start({ deviceId: device(name).id, audit }));

const betweenTwoLooks = ({ client, device }: Stack, name: string): Promise<unknown> =>
  until(`${name} waits for its next look at the storage account`, async () => {
    const { raw } = await client.workflow.getHandle(workflowIdOf(device(name))).describe();
    const [pending] = raw.pendingActivities ?? [];
    const backingOff = pending?.lastFailure?.applicationFailureInfo?.type === 'AuditStorageCreating';
    return backingOff && pending?.activityId === 'awaitAuditStorage';
  });

const storedKeys = ({ azure }: Stack, name: string): number => {
  const vault = Object.values(azure.state.vaults).find(({ tags }) => tags['ase-device'] === name);
  return vault?.secrets['ase-activation-key']?.versions.length ?? 0;
};

/** The demo world has one device without: its owner switches it on. */
const giveIdentity = async ({ azure }: Stack, { id }: DeviceId): Promise<void> => {
  const arm = 'https://management.localhost';
  const answer = await azure.fetch(
    new Request(`${arm}${id}?api-version=2021-06-01`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${azure.issueToken(azure.principals.owner, arm)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ location: demoWorld.location, identity: { type: 'SystemAssigned' } }),
    }),
  );
  assert.ok(answer.ok, await answer.text());
};
