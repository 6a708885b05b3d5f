/** What docs/operations.md says about Temporal's database: what is lost with it, what is not, and what a backup does. */
import assert from 'node:assert/strict';
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { GenerateActivationKeyResult } from '../../client.ts';
import { workflowIdOf, type DeviceId } from '../../domain/device.ts';
import { assertOneOfEach } from '../server/one-of-each.ts';
import { openStack, type Stack } from '../server/stack.ts';
import { until } from '../server/until.ts';

suite("Temporal's database", () => {
  let stack: Stack;
  before(async () => {
    stack = await openStack({ durable: true });
  });
  after(() => stack.close());

  const generate = async ({ id }: DeviceId): Promise<GenerateActivationKeyResult> => {
    await stack.ase.start({ deviceId: id });
    return stack.ase.result({ deviceId: id, procedure: 'generateActivationKey' });
  };

  test('is restored from a backup of a moment ago, and operations that are repeated change nothing', async () => {
    const { ase, azure, temporal, worker } = stack;
    const device = stack.device('edge-1');
    await ase.start({ deviceId: device.id });
    await reaches(stack, device, 'ensureKeyVault');
    await worker.stop();
    await temporal.kill();
    await withFiles(temporal.database, 'backup', (file, copy) => cp(file, copy));
    await temporal.startAgain();
    await worker.start();
    const result = await ase.result({ deviceId: device.id, procedure: 'generateActivationKey' });

    await worker.stop();
    await temporal.kill();
    await withFiles(temporal.database, 'backup', (file, copy) => cp(copy, file));
    await temporal.startAgain();
    assert.equal((await ase.status({ deviceId: device.id })).execution, 'running');
    await worker.start();
    assert.deepEqual(await ase.result({ deviceId: device.id, procedure: 'generateActivationKey' }), result);
    assertOneOfEach(azure, device, result);
  });

  test('is lost with all messages and no resources: repeated requests adopt the resources', async () => {
    const { ase, azure, temporal, worker } = stack;
    const [done, underWay, blocked] = [stack.device('edge-2'), stack.device('edge-3'), stack.device('edge-4')];
    const before = await generate(done);
    await ase.start({ deviceId: blocked.id, keyVaultName: 'strangers-vault' });
    await until('it is blocked', async () => (await ase.status({ deviceId: blocked.id })).blocked);
    await ase.start({ deviceId: underWay.id });
    await reaches(stack, underWay, 'ensureKeyVault');
    await worker.stop();
    await temporal.kill();
    await withFiles(temporal.database, undefined, (file) => rm(file));
    await temporal.startAgain();
    await worker.start();

    for (const { id } of [done, underWay, blocked])
      await assert.rejects(ase.status({ deviceId: id }), /has no operation/);
    const made = (): number[] =>
      [azure.state.vaults, azure.state.storageAccounts].map((all) => Object.keys(all).length);
    const resources = made();
    const { activationKey, channelIntegrityKey, keyVault } = await generate(done);
    assert.deepEqual(
      { activationKey, channelIntegrityKey, keyVault },
      {
        activationKey: before.activationKey,
        channelIntegrityKey: before.channelIntegrityKey,
        keyVault: before.keyVault,
      },
    );
    assertOneOfEach(azure, underWay, await generate(underWay));
    assert.deepEqual(made(), resources);
  });
});

const reaches = ({ client }: Stack, device: DeviceId, step: string): Promise<unknown> =>
  until(`${device.name} reaches ${step}`, async () => {
    const { raw } = await client.workflow.getHandle(workflowIdOf(device)).describe();
    return raw.pendingActivities?.some(({ activityId }) => activityId === step);
  });

/** The database and what lies beside it, with the place of each in the folder of copies. */
const withFiles = async (
  database: string | undefined,
  copies: string | undefined,
  act: (file: string, copy: string) => Promise<void>,
): Promise<void> => {
  assert.ok(database);
  const folder = path.dirname(database);
  const backup = path.join(folder, copies ?? '');
  await mkdir(backup, { recursive: true });
  const names = (await readdir(folder)).filter((name) => name.startsWith(path.basename(database)));
  for (const name of names) await act(path.join(folder, name), path.join(backup, name));
};
