/** A person who holds roles/operator.json alone, and what the commands ask of Azure with that person's own rights. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { roleActions } from '../../domain/rights.ts';
import { edgeOperator } from '../../local-azure/entra/roles.ts';
import { openStack, type Stack } from '../server/stack.ts';
import { runAse } from './ase.ts';

/** Tried, and done without: the vault is found by its tags as well, and what the record holds beside its link is nobody's to read. */
const doneWithout = 'Microsoft.DataBoxEdge/dataBoxEdgeDevices/getExtendedInformation/action';

suite('with the role operator', () => {
  let stack: Stack;
  before(async () => {
    stack = await openStack();
    await stack.ase.generateActivationKey({ deviceId: stack.device().id });
    const { control } = stack.azure;
    control.unassignRole({ principal: 'operator', role: 'Reader' });
    control.assignRole({ principal: 'operator', role: edgeOperator });
    control.clearRequests();
  });
  after(() => stack.close());

  for (const commandLine of [
    'key show -g edge-rg -n edge-1',
    'audit -g edge-rg -n edge-1',
    'doctor --rights -g edge-rg -n edge-1',
    'doctor --rights -g edge-rg',
  ]) {
    test(`ase ${commandLine} does its work`, async () => {
      const { stdout, stderr } = await runAse(commandLine, stack.operatorEnv);
      assert.doesNotMatch(stderr, /MissingPermission|AuthorizationFailed/);
      assert.notEqual(stdout, '');
    });
  }

  test('each right is used, and none is missing', () => {
    const asked = stack.azure.requests.filter(
      ({ principal, action }) => principal === 'operator' && action !== undefined,
    );
    const actionsOf = (refused: boolean): string[] => [
      ...new Set(
        asked
          .filter(({ status }) => (status === 403) === refused)
          .map(({ action = '' }) => action)
          .filter((action) => action.startsWith('Microsoft.')),
      ),
    ];
    assert.deepEqual(actionsOf(true), [doneWithout]);
    assert.deepEqual(actionsOf(false).toSorted(), [...roleActions.operator, ...edgeOperator.dataActions].toSorted());
  });
});
