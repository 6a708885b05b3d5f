import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contributor } from '../entra/roles.ts';
import { codeOf, newTenant, policyVault, type Answer, type Tenant } from './tenant.ts';

const apiVersion = '2026-02-01';

/** A tenant whose vault `kv-one` has been deleted at the first moment of 2026. */
const withDeletedVault = async (properties: Record<string, unknown> = {}): Promise<Tenant> => {
  const tenant = newTenant();
  const body = policyVault(tenant);
  await tenant.call('PUT', tenant.vaultId('kv-one'), {
    apiVersion,
    body: { ...body, properties: { ...body.properties, ...properties } },
  });
  await tenant.as('owner').keyVault.vaults.delete('g', 'kv-one');
  return tenant;
};

const pathOf = ({ subscriptionId }: Tenant): string =>
  `/subscriptions/${subscriptionId}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/kv-one`;

const purge = (tenant: Tenant): Promise<Answer> => tenant.call('POST', `${pathOf(tenant)}/purge`, { apiVersion });

/** What the address that a purge names answers now. */
const poll = (tenant: Tenant, { headers }: Answer): Promise<Answer> => {
  const { pathname, search } = new URL(headers.get('location') ?? '');
  return tenant.call('GET', pathname + search);
};

test('a purge is an operation that shows the time of its start, and finally of its end', async () => {
  const tenant = await withDeletedVault();
  const begun = await purge(tenant);
  assert.deepEqual([begun.status, begun.body], [202, '']);
  const running = await poll(tenant, begun);
  assert.equal(running.status, 202);
  assert.deepEqual(running.body, { createdDateTime: '2026-01-01 00:00:00Z', status: 'NotStarted' });
  assert.equal(running.headers.get('location'), begun.headers.get('location'));
  tenant.wait(3_000);
  const ended = await poll(tenant, begun);
  assert.equal(ended.status, 200);
  assert.deepEqual(ended.body, {
    createdDateTime: '2026-01-01 00:00:00Z',
    lastActionDateTime: '2026-01-01 00:00:03Z',
    status: 'Succeeded',
  });
});

test('a vault that is being purged is still among the deleted vaults, and cannot be recovered or recreated', async () => {
  const tenant = await withDeletedVault();
  await purge(tenant);
  assert.equal((await Array.fromAsync(tenant.as('owner').keyVault.vaults.listDeleted())).length, 1);
  const body = policyVault(tenant);
  const recovery = { ...body, properties: { ...body.properties, createMode: 'recover' } };
  for (const sent of [body, recovery]) {
    const answer = await tenant.call('PUT', tenant.vaultId('kv-one'), { apiVersion, body: sent });
    assert.deepEqual([answer.status, answer.code], [409, 'ConflictError']);
  }
});

test('a purged vault is gone permanently and its name is free at once', async () => {
  const tenant = await withDeletedVault();
  const { vaults } = tenant.as('owner').keyVault;
  await purge(tenant);
  tenant.wait(3_000);
  assert.equal(await codeOf(vaults.getDeleted('kv-one', 'westeurope')), '404 ResourceNotFound');
  assert.equal((await purge(tenant)).code, 'ResourceNotFound');
  const { nameAvailable } = await vaults.checkNameAvailability({ name: 'kv-one', type: 'Microsoft.KeyVault/vaults' });
  assert.equal(nameAvailable, true);
  await vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
  assert.equal((await vaults.get('g', 'kv-one')).name, 'kv-one');
});

test('the official poller follows a purge to its end', async () => {
  const tenant = await withDeletedVault();
  const poller = tenant.as('owner').keyVault.vaults.purgeDeleted('kv-one', 'westeurope');
  await poller.submitted();
  assert.equal((await poller.poll()).status, 'running');
  tenant.wait(3_000);
  assert.equal((await poller.poll()).status, 'succeeded');
});

test('a second purge ends with the first', async () => {
  const tenant = await withDeletedVault();
  await purge(tenant);
  tenant.wait(2_000);
  const second = await purge(tenant);
  tenant.wait(1_000);
  assert.equal((await poll(tenant, second)).status, 200);
});

test('a vault with purge protection cannot be purged', async () => {
  const tenant = await withDeletedVault({ enablePurgeProtection: true });
  const answer = await purge(tenant);
  assert.deepEqual([answer.status, answer.code], [405, 'MethodNotAllowed']);
  assert.equal(answer.message, "Operation 'DeletedVaultPurge' is not allowed.");
});

test('a purge requires a right of its own', async () => {
  const tenant = await withDeletedVault();
  const { control } = tenant.azure;
  control.assignRole({ principal: 'reader', role: contributor });
  control.takeRight({ principal: 'reader', action: 'Microsoft.KeyVault/locations/deletedVaults/purge/action' });
  const answer = await tenant.call('POST', `${pathOf(tenant)}/purge`, { apiVersion, as: 'reader' });
  assert.deepEqual([answer.status, answer.code], [403, 'AuthorizationFailed']);
});

test('a poll may name its region in any alphabet', async () => {
  const tenant = await withDeletedVault();
  const location = (await purge(tenant)).headers.get('location') ?? '';
  const asked = location.replace('/westeurope/', '/%E6%97%A5%E6%9C%AC/');
  const answer = await poll(tenant, { ...(await purge(tenant)), headers: new Headers({ location: asked }) });
  assert.deepEqual([answer.status, answer.headers.get('location')], [202, asked]);
});

test('a purge that was never started has no result', async () => {
  const tenant = await withDeletedVault();
  const results = pathOf(tenant).replace('deletedVaults/kv-one', 'operationResults');
  for (const operation of ['0', 'constructor']) {
    assert.equal((await tenant.call('GET', `${results}/${operation}`, { apiVersion })).status, 404);
  }
});
