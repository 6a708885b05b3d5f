/** Why docs/operations.md says never to reset a deletion: the consent of then is heard again. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { workflowIdOf } from '../../domain/device.ts';
import { defaultKeyVaultName } from '../../domain/names.ts';
import { historyOf } from '../server/history.ts';
import { run } from '../server/programs.ts';
import { openStack, type Stack } from '../server/stack.ts';
import { until } from '../server/until.ts';

suite('a deletion that is reset to a point after its question', () => {
  let stack: Stack;
  let runId: string;
  let eventId: string;
  before(async () => {
    stack = await openStack();
    stack.azure.control.assignRole({ principal: 'worker', role: 'Edge Key Vault Deleter' });
    const device = stack.device();
    await stack.ase.start({ deviceId: device.id });
    await stack.ase.result({ deviceId: device.id });
    ({ runId } = await stack.ase.startProcedure({ procedure: 'deleteKeyVault', input: { deviceId: device.id } }));
    const { inventory } = await until('it asks', async () => (await stack.ase.status({ deviceId: device.id })).consent);
    await stack.ase.consent({
      deviceId: device.id,
      decision: 'delete-vault',
      keyVaultName: vault(),
      inventory,
      by: 'ada',
    });
    await stack.ase.result({ deviceId: device.id });
    eventId = await taskBeforeConsent();
    await recover();
  });
  after(() => stack.close());

  const vault = (): string => defaultKeyVaultName(stack.device());
  const isThere = (): boolean => Object.hasOwn(stack.azure.state.vaults, vault());

  const taskBeforeConsent = async (): Promise<string> => {
    const { events } = await historyOf(stack.client, stack.device());
    const said = events?.findIndex((event) => event.workflowExecutionUpdateAcceptedEventAttributes) ?? 0;
    const task = events?.slice(0, said).findLast((event) => event.workflowTaskCompletedEventAttributes);
    return String(task?.eventId);
  };

  const recover = async (): Promise<void> => {
    await stack.ase.startProcedure({ procedure: 'recoverKeyVault', input: { deviceId: stack.device().id } });
    await stack.ase.result({ deviceId: stack.device().id });
    assert.equal(isThere(), true);
  };

  const reset = async (...options: string[]): Promise<void> => {
    const { cli, address } = stack.temporal;
    const which = ['--address', address, '--workflow-id', workflowIdOf(stack.device()), '--run-id', runId];
    const how = ['--event-id', eventId, '--reason', 'to see what happens', ...options];
    const { code, stderr } = await run(cli, ['workflow', 'reset', ...which, ...how], stack.operatorEnv);
    assert.equal(code, 0, stderr);
  };

  test('deletes a vault that was recovered since, without a question', async () => {
    await reset();
    await stack.ase.result({ deviceId: stack.device().id });
    assert.equal(isThere(), false);
    await recover();
  });

  test('asks again if the answers are not repeated', async () => {
    await reset('--reapply-exclude', 'All');
    const { id } = stack.device();
    const { inventory } = await until('it asks', async () => (await stack.ase.status({ deviceId: id })).consent);
    await stack.ase.consent({ deviceId: id, decision: 'keep-vault', keyVaultName: vault(), inventory, by: 'ada' });
    await stack.ase.result({ deviceId: id });
    assert.equal(isThere(), true);
  });
});
