import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesAction, mayDo, mayDoWithData } from '../arm/rights.ts';
import { addManagedIdentity } from '../entra/principals.ts';
import { edgeActivator, edgeDeleter, storageBlobDataReader } from '../entra/roles.ts';
import type { PrincipalName } from '../new-state.ts';
import { codeOf, newTenant, policyVault } from './tenant.ts';

const matches: [pattern: string, action: string, expected: boolean][] = [
  ['*', 'Microsoft.KeyVault/vaults/write', true],
  ['*/read', 'Microsoft.KeyVault/vaults/read', true],
  ['*/read', 'Microsoft.KeyVault/vaults/write', false],
  ['microsoft.keyvault/VAULTS/read', 'Microsoft.KeyVault/vaults/read', true],
  ['Microsoft.KeyVault/locations/*/read', 'Microsoft.KeyVault/locations/deletedVaults/read', true],
  ['Microsoft.KeyVault/vaults', 'Microsoft.KeyVault/vaults/read', false],
];

for (const [pattern, action, expected] of matches) {
  test(`${pattern} ${expected ? 'covers' : 'does not cover'} ${action}`, () => {
    assert.equal(matchesAction(pattern, action), expected);
  });
}

test('a reader may read and not write, and the refusal names the missing action and the scope', async () => {
  const tenant = newTenant();
  const path = `${tenant.vaultId('kv-one')}?api-version=2026-02-01`;
  assert.equal((await tenant.call('GET', path, { as: 'reader' })).status, 404);
  const refused = await tenant.call('PUT', path, { as: 'reader', body: policyVault(tenant) });
  const { clientId, objectId } = tenant.azure.principals.reader;
  assert.deepEqual([refused.status, refused.code], [403, 'AuthorizationFailed']);
  assert.equal(
    refused.message,
    `The client '${clientId}' with object id '${objectId}' does not have authorization to perform action ` +
      `'Microsoft.KeyVault/vaults/write' over scope '${tenant.vaultId('kv-one')}' or the scope is invalid. If access was ` +
      'recently granted, please refresh your credentials.',
  );
  assert.equal(refused.headers.get('x-ms-failure-cause'), 'gateway');
});

test('the worker cannot delete a vault until it has the role for that', async () => {
  const tenant = newTenant();
  await tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
  const { keyVault } = tenant.as('worker');
  assert.equal(await codeOf(keyVault.vaults.delete('g', 'kv-one')), '403 AuthorizationFailed');
  tenant.azure.control.assignRole({ principal: 'worker', role: edgeDeleter });
  assert.equal(await codeOf(keyVault.vaults.delete('g', 'kv-one')), 'no failure');
});

test('a right that is removed is missing at once, and effective again when it is restored', async () => {
  const tenant = newTenant();
  const { control } = tenant.azure;
  const list = (): Promise<string> => codeOf(tenant.as('worker').keyVault.vaults.listDeleted().next());
  control.takeRight({ principal: 'worker', action: 'Microsoft.KeyVault/deletedVaults/read' });
  assert.equal(await list(), '403 AuthorizationFailed');
  control.giveBackRight({ principal: 'worker', action: 'Microsoft.KeyVault/deletedVaults/read' });
  assert.equal(await list(), 'no failure');
});

test('a managed identity has no rights in Azure Resource Manager', async () => {
  const tenant = newTenant();
  const identity = addManagedIdentity(tenant.azure.state, 'edge-1');
  const answer = await tenant.call('GET', `${tenant.group}?api-version=2021-04-01`, { as: identity });
  assert.equal(answer.code, 'AuthorizationFailed');
});

test('the permissions of a caller are its role at the group, without the removed rights', async () => {
  const { as, azure } = newTenant();
  azure.control.takeRight({ principal: 'worker', action: 'Microsoft.Authorization/locks/write' });
  const [permission, ...more] = await Array.fromAsync(as('worker').authorization.permissions.listForResourceGroup('g'));
  assert.deepEqual(permission?.actions, edgeActivator.actions);
  assert.deepEqual(permission.notActions, ['Microsoft.Authorization/locks/write']);
  assert.equal(more.length, 0);
});

test('the permissions can be read at the subscription as well', async () => {
  const tenant = newTenant();
  const path = `/subscriptions/${tenant.subscriptionId}/providers/Microsoft.Authorization/permissions`;
  const { body } = await tenant.call('GET', path, { as: 'reader', apiVersion: '2022-04-01' });
  assert.deepEqual((body as { value: { actions: string[] }[] }).value[0]?.actions, ['*/read']);
});

test('only subscriptions on which the caller holds a role are listed', async () => {
  const tenant = newTenant();
  tenant.azure.control.putStrangersVault({ name: 'far-away' });
  const { body } = await tenant.call('GET', '/subscriptions', { as: 'reader', apiVersion: '2022-12-01' });
  const ids = (body as { value: { subscriptionId: string }[] }).value.map(({ subscriptionId }) => subscriptionId);
  assert.deepEqual(ids, [tenant.subscriptionId]);
});

test('the right to everything does not include the data in a resource, and a role with data actions does', () => {
  const { azure, subscriptionId } = newTenant();
  const dataAction = 'Microsoft.KeyVault/vaults/secrets/getSecret/action';
  const mayRead = (principal: PrincipalName): boolean =>
    mayDoWithData(azure.state, azure.principals[principal].objectId, dataAction, `/subscriptions/${subscriptionId}/x`);
  assert.deepEqual([mayRead('owner'), mayRead('reader')], [false, false]);
  azure.control.assignRole({ principal: 'reader', role: 'Key Vault Secrets User' });
  assert.deepEqual([mayRead('owner'), mayRead('reader')], [false, true]);
});

test('data actions are shown among the permissions', async () => {
  const { as, azure } = newTenant();
  azure.control.assignRole({ principal: 'reader', role: storageBlobDataReader });
  const entries = await Array.fromAsync(as('reader').authorization.permissions.listForResourceGroup('g'));
  assert.deepEqual(
    entries.map(({ dataActions }) => dataActions),
    [[], storageBlobDataReader.dataActions],
  );
});

test('an unknown role cannot be assigned', () => {
  const { control } = newTenant().azure;
  assert.throws(
    () => control.assignRole({ principal: 'reader', role: 'Caretaker' }),
    /no role 'Caretaker'.*Contributor/,
  );
});

test('a role that was assigned temporarily can be revoked, and only that one', () => {
  const { azure, subscriptionId } = newTenant();
  const { control, principals } = azure;
  const mayDelete = (): boolean =>
    mayDo(
      azure.state,
      principals.worker.objectId,
      'Microsoft.KeyVault/vaults/delete',
      `/subscriptions/${subscriptionId}`,
    );
  control.assignRole({ principal: 'worker', role: 'Edge Key Vault Deleter' });
  control.assignRole({ principal: 'reader', role: 'Edge Key Vault Deleter' });
  const before = azure.state.roleAssignments.length;
  assert.equal(mayDelete(), true);
  control.unassignRole({ principal: 'worker', role: 'edge key vault deleter' });
  assert.equal(mayDelete(), false);
  assert.equal(azure.state.roleAssignments.length, before - 1);
});

test('a role that is not held at a scope cannot be revoked there', () => {
  const { azure, subscriptionId } = newTenant();
  const { control } = azure;
  const scope = `/subscriptions/${subscriptionId}/resourceGroups/g`;
  control.assignRole({ principal: 'reader', role: 'Contributor', scope });
  assert.throws(
    () => control.unassignRole({ principal: 'reader', role: 'Contributor' }),
    /^Error: reader does not hold the role 'Contributor' on \/subscriptions\//,
  );
  control.unassignRole({ principal: 'reader', role: 'Contributor', scope: scope.toUpperCase() });
});
