/** What errors advise programs to do, done: on a real server each advice leads out of what it is given for. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { AseError, type Action } from '../../client.ts';
import { orderDevice } from '../server/order-device.ts';
import { borrowStack } from '../server/shared-stack.ts';
import type { Stack } from '../server/stack.ts';
import { until } from '../server/until.ts';

const errorOf = async (call: Promise<unknown>): Promise<AseError> => {
  const error: unknown = await call.then(
    () => assert.fail('it should fail'),
    (error: unknown) => error,
  );
  if (error instanceof AseError) return error;
  throw error;
};

suite('the advice of an error', { concurrency: 1 }, () => {
  let stack: Stack;
  let devices = 0;
  before(async () => {
    stack = await borrowStack();
    stack.azure.control.assignRole({ principal: 'worker', role: 'Edge Key Vault Deleter' });
  });
  after(() => stack.close());

  const order = async (): Promise<string> => {
    devices += 1;
    return (await orderDevice(stack.azure, `advised-${devices}`)).id;
  };
  const activated = async (): Promise<string> => {
    const deviceId = await order();
    await stack.ase.generateActivationKey({ deviceId });
    await stack.ase.result({ deviceId });
    return deviceId;
  };
  const withoutVault = async (): Promise<string> => {
    const deviceId = await activated();
    const { keyVault } = await stack.ase.result({ deviceId, procedure: 'generateActivationKey' });
    const consent = { decision: 'delete-vault', keyVaultName: keyVault.name } as const;
    await stack.ase.result(await stack.ase.deleteKeyVault({ deviceId, consent }));
    return deviceId;
  };
  const blocked = async (): Promise<string> => {
    const deviceId = await order();
    await stack.ase.start({ deviceId, keyVaultName: 'strangers-vault' });
    await until('it is blocked', async () => (await stack.ase.status({ deviceId })).blocked);
    return deviceId;
  };
  const ended = async (started: Promise<{ deviceId: string; runId: string }>): Promise<unknown> =>
    stack.ase.result(await started);

  /** As a program does it that knows nothing but what the error says. */
  const act = (action: Action): Promise<unknown> => {
    const { ase, client } = stack;
    switch (action.action) {
      case 'status':
        return ase.status(action);
      case 'result':
        return ase.result(action, { deadline: new Date(Date.now() + 1_000) });
      case 'generateActivationKey':
        return ase.generateActivationKey({ deviceId: action.deviceId });
      case 'regenerateActivationKey':
        return ase.regenerateActivationKey({ deviceId: action.deviceId, supersede: action.supersede });
      case 'recoverKeyVault':
        return ended(ase.startProcedure({ procedure: 'recoverKeyVault', input: { deviceId: action.deviceId } }));
      case 'abort':
      case 'skip':
      case 'retry': {
        const { action: decision, deviceId } = action;
        return ase.decide({
          deviceId,
          decision,
          by: 'ada',
          ...('input' in action && action.input ? { input: action.input } : {}),
        });
      }
      case 'consent': {
        const { action: _, ...consent } = action;
        return ase.consent({ ...consent, by: 'ada' });
      }
      case 'surveyBlocked':
        return ase.surveyBlocked();
      case 'cancel':
        return client.workflow.getHandle(action.workflowId).cancel();
      case 'describe':
        return client.workflow.getHandle(action.workflowId).describe();
      case 'repair':
        return ase.repair({ deviceId: action.deviceId });
      case 'showActivationKey':
        // With its own rights in Azure, which is another matter.
        return Promise.resolve();
    }
  };

  const noRun = '00000000-0000-4000-8000-000000000000';
  const soon = () => ({ deadline: new Date(Date.now() + 1_000) });

  /** Where it stands, what is asked of it, and what is advised then. */
  const situations: [
    name: string,
    stand: () => Promise<string>,
    ask: (deviceId: string) => Promise<unknown>,
    advice: string[],
  ][] = [
    ['there was no operation', order, (deviceId) => stack.ase.status({ deviceId }), ['generateActivationKey']],
    [
      'the status is requested of a run that does not exist',
      order,
      (deviceId) => stack.ase.status({ deviceId, runId: noRun }),
      ['generateActivationKey'],
    ],
    [
      'the status is requested of a run that never existed',
      activated,
      (deviceId) => stack.ase.status({ deviceId, runId: noRun }),
      ['status'],
    ],
    [
      'the result of such a run is awaited',
      activated,
      (deviceId) => stack.ase.result({ deviceId, runId: noRun }),
      ['status'],
    ],
    [
      'such a run gets a decision',
      blocked,
      (deviceId) => stack.ase.decide({ deviceId, runId: noRun, decision: 'abort', by: 'ada' }),
      ['status'],
    ],
    [
      'the last operation was another',
      activated,
      (deviceId) => stack.ase.result({ deviceId, procedure: 'repairDevice' }),
      ['status'],
    ],
    [
      'nothing is blocked',
      activated,
      (deviceId) => stack.ase.decide({ deviceId, decision: 'abort', by: 'ada' }),
      ['status'],
    ],
    [
      'there is no question',
      activated,
      (deviceId) => stack.ase.consent({ deviceId, decision: 'cancel', keyVaultName: 'any-vault', by: 'ada' }),
      ['status'],
    ],
    [
      'the key is still valid',
      activated,
      (deviceId) => stack.ase.regenerateActivationKey({ deviceId }),
      ['showActivationKey', 'regenerateActivationKey'],
    ],
    [
      'there is nothing to regenerate',
      order,
      (deviceId) => stack.ase.regenerateActivationKey({ deviceId }),
      ['generateActivationKey'],
    ],
    [
      'there is nothing to recover',
      order,
      (deviceId) => ended(stack.ase.startProcedure({ procedure: 'recoverKeyVault', input: { deviceId } })),
      ['generateActivationKey'],
    ],
    [
      'the vault is deleted',
      withoutVault,
      (deviceId) => stack.ase.regenerateActivationKey({ deviceId }),
      ['recoverKeyVault'],
    ],
    ['a step is blocked', blocked, (deviceId) => stack.ase.result({ deviceId }, soon()), ['retry', 'abort']],
    ['another procedure is blocked', blocked, (deviceId) => stack.ase.repair({ deviceId }), ['result', 'abort']],
    ['a filter is invalid', order, () => stack.ase.findBlocked({ step: "x'y" }), ['surveyBlocked']],
  ];

  for (const [name, stand, ask, advice] of situations) {
    test(`if ${name}, leads out: ${advice.join(', ')}`, async () => {
      for (const [index, wanted] of advice.entries()) {
        const deviceId = await stand();
        const { actions, message, type } = await errorOf(ask(deviceId));
        assert.deepEqual(
          actions.map(({ action }) => action),
          advice,
          `${type}: ${message}`,
        );
        const action = actions[index] ?? assert.fail();
        await act(action).catch((error: unknown) => {
          // To wait for what only a person can end is no failure of the advice.
          if (wanted === 'result' && error instanceof AseError && error.type === 'Blocked') return;
          throw error;
        });
        if (wanted === 'abort')
          await until('it has ended', async () => (await stack.ase.status({ deviceId })).execution === 'failed');
      }
    });
  }
});
