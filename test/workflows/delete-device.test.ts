/** Deleting a device, with its key vault or without, never without a word about the vault. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { workflowIdOf } from '../../domain/device.ts';
import { edgeDeleter } from '../../local-azure/entra/roles.ts';
import type { DeleteDeviceInput } from '../../domain/deletion-input.ts';
import { consentUpdate, type ConsentQuestion } from '../../workflows/messages.ts';
import type { DeleteDeviceResult } from '../../workflows/delete-device.ts';
import type { Run } from '../harness/temporal/index.ts';
import { createWorld, runToEnd, status, type World } from '../harness/world.ts';

const worldToDeleteIn = async (): Promise<World> => {
  const world = await createWorld();
  await runToEnd(world, await world.generate());
  world.azure.control.assignRole({ principal: 'worker', role: edgeDeleter });
  world.azure.control.clearRequests();
  return world;
};

const startDeletion = (world: World, input: Partial<DeleteDeviceInput> = {}): Promise<Run> => {
  const device = world.device();
  return world.temporal.start('deleteDevice', [{ deviceId: device.id, confirmDevice: device.name, ...input }], {
    workflowId: workflowIdOf(device),
  });
};

const question = async (world: World, run: Run): Promise<ConsentQuestion> => {
  await world.temporal.runUntil(() => run.outcome !== undefined || run.searchAttributes['AsePhase'] !== 'working');
  const { consent } = await status(run);
  if (!consent) throw new Error(`nothing is asked: ${JSON.stringify(run.outcome ?? (await status(run)))}`);
  return consent;
};

const ended = async (world: World, run: Run): Promise<DeleteDeviceResult> => {
  await world.temporal.runUntil(() => run.outcome !== undefined);
  if (run.outcome?.status !== 'completed') throw new Error(JSON.stringify(run.outcome));
  return run.outcome.value as DeleteDeviceResult;
};

suite('a device is deleted', () => {
  test('with its vault when somebody consents', async () => {
    const world = await worldToDeleteIn();
    const run = await startDeletion(world);
    const { keyVaultName, inventory } = await question(world, run);
    const { result } = await run.update(consentUpdate, {
      decision: 'delete-vault',
      keyVaultName,
      inventory,
      by: 'ada',
    });
    await result;
    const { device, keyVault } = await ended(world, run);
    assert.equal(device, 'deleted');
    assert.equal(keyVault.outcome, 'deleted');
    assert.deepEqual(Object.keys(world.azure.state.vaults), ['strangers-vault']);
    assert.deepEqual(Object.keys(world.azure.state.deletedVaults), [keyVaultName]);
  });
});
