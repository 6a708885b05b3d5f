import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, newTenant, policyVault, type Tenant } from './tenant.ts';

/** A tenant with the open vault `kv-one`, which the owner may use at once. */
const tenantWithVault = async (): Promise<Tenant> => {
  const tenant = newTenant({ settings: { vaultDns: 0, accessPolicyEffect: 0 } });
  assert.equal(await create(tenant), 'no failure');
  return tenant;
};

const create = async (tenant: Tenant): Promise<string> => {
  const { objectId } = tenant.azure.principals.owner;
  const vault = policyVault(tenant, { objectId, secrets: ['all'] });
  return await codeOf(tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', vault).submitted());
};

const names = (tenant: Tenant): string[] => Object.keys(tenant.azure.state.vaults);

const versions = (tenant: Tenant): number => tenant.azure.state.vaults['kv-one']?.secrets['s']?.versions.length ?? 0;

/** Any call that has nothing to do with the faults. */
const otherCall = (tenant: Tenant) => tenant.call('GET', '/subscriptions', { apiVersion: '2022-12-01' });

test('a call on a reset connection is not executed', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ method: 'PUT', action: 'reset' });
  assert.equal(await create(tenant), '- ECONNRESET');
  assert.deepEqual(names(tenant), []);
  assert.equal(tenant.azure.requests[0]?.status, undefined);
});

test('a request that is delivered twice creates two versions and returns the second', async () => {
  const tenant = await tenantWithVault();
  tenant.azure.control.addFault({ method: 'PUT', path: '/secrets/', nth: 2, action: 'deliverTwice' });
  const { properties } = await tenant.as('owner').secrets('kv-one').setSecret('s', 'v');
  const made = tenant.azure.state.vaults['kv-one']?.secrets['s']?.versions ?? [];
  assert.equal(made.length, 2);
  assert.equal(properties.version, made[1]?.version);
});

test('a late request appears to be lost, and is executed at the next call', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ method: 'PUT', times: 1, action: { deliverLate: {} } });
  assert.equal(await create(tenant), '- ECONNRESET');
  assert.deepEqual(names(tenant), []);
  await otherCall(tenant);
  assert.deepEqual(names(tenant), ['kv-one']);
  assert.deepEqual(
    tenant.azure.requests.map(({ fault, status, write }) => [fault, status, write]),
    [
      ['deliverLate', 200, true],
      [undefined, 200, false],
    ],
  );
});

test('a late request lets the configured number of other calls pass', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ method: 'PUT', times: 1, action: { deliverLate: { afterCalls: 2 } } });
  await create(tenant);
  await otherCall(tenant);
  await otherCall(tenant);
  assert.deepEqual(names(tenant), []);
  await otherCall(tenant);
  assert.deepEqual(names(tenant), ['kv-one']);
});

test('a late request arrives at its time, and not before', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ method: 'PUT', times: 1, action: { deliverLate: { afterMs: 60_000 } } });
  await create(tenant);
  tenant.wait(59_999);
  await otherCall(tenant);
  assert.deepEqual(names(tenant), []);
  tenant.wait(1);
  await otherCall(tenant);
  assert.deepEqual(names(tenant), ['kv-one']);
});

test('a late request meets the present state: a vault that was deleted meanwhile makes it fail', async () => {
  const tenant = await tenantWithVault();
  tenant.azure.control.addFault({ method: 'PUT', times: 1, action: { deliverLate: { afterCalls: 1 } } });
  await create(tenant);
  await tenant.as('owner').keyVault.vaults.delete('g', 'kv-one');
  await otherCall(tenant);
  assert.deepEqual(names(tenant), []);
  assert.equal(tenant.azure.requests.find(({ fault }) => fault === 'deliverLate')?.status, 409);
});

test('clearing the faults does not recall a late request', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ method: 'PUT', action: { deliverLate: {} } });
  await create(tenant);
  tenant.azure.control.clearFaults();
  await otherCall(tenant);
  assert.deepEqual(names(tenant), ['kv-one']);
});

test('a late request does not arrive in a world that was restored meanwhile', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ method: 'PUT', action: { deliverLate: {} } });
  await create(tenant);
  tenant.azure.restore(tenant.azure.snapshot());
  await otherCall(tenant);
  assert.deepEqual(names(tenant), []);
});

test('stale reads return the state before the last write, as many as the rule sets', async () => {
  const tenant = await tenantWithVault();
  const { vaults } = tenant.as('owner').keyVault;
  const fault = tenant.azure.control.addFault({ path: '/vaults/', times: 2, action: 'staleRead' });
  await vaults.update('g', 'kv-one', { tags: { a: '1' } });
  await vaults.update('g', 'kv-one', { tags: { a: '2' } });
  const seen = async () => (await vaults.get('g', 'kv-one')).tags;
  assert.deepEqual([await seen(), await seen(), await seen()], [{ a: '1' }, { a: '1' }, { a: '2' }]);
  assert.equal(fault.matched, 3);
});

test('a stale read does not find later resources, and changes nothing', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ path: '/vaults/', times: 1, action: 'staleRead' });
  await create(tenant);
  const { vaults } = tenant.as('owner').keyVault;
  assert.equal(await codeOf(vaults.get('g', 'kv-one')), '404 ResourceNotFound');
  assert.equal((await vaults.get('g', 'kv-one')).name, 'kv-one');
});

test('a stale read ignores writes from before its fault was added', async () => {
  const tenant = await tenantWithVault();
  const { control } = tenant.azure;
  const { vaults } = tenant.as('owner').keyVault;
  const { id } = control.addFault({ action: 'staleRead' });
  await vaults.update('g', 'kv-one', { tags: { a: '1' } });
  control.removeFault({ id });
  control.addFault({ action: 'staleRead' });
  assert.deepEqual((await vaults.get('g', 'kv-one')).tags, { a: '1' });
});

test('a vault in a closed network refuses with its own error, and its neighbour does not', async () => {
  const tenant = await tenantWithVault();
  tenant.azure.control.addFault({ host: 'kv-one.vault', times: 1, action: 'closeNetwork' });
  const call = tenant.as('owner').secrets('kv-one').setSecret('s', 'v');
  await assert.rejects(call, (error: { statusCode: number; code: string; details: { error: object } }) => {
    assert.deepEqual([error.statusCode, error.code], [403, 'Forbidden']);
    assert.match(JSON.stringify(error.details), /Public network access is disabled.*ForbiddenByFirewall/);
    return true;
  });
  assert.equal(versions(tenant), 0);
  await tenant.as('owner').secrets('kv-one').setSecret('s', 'v');
  assert.equal(tenant.azure.state.vaults['kv-one']?.publicNetworkAccess, 'Enabled');
});

test('a storage account in a closed network refuses with its own error', async () => {
  const tenant = newTenant({ settings: { storageAccount: 0 } });
  const account = { location: 'westeurope', sku: { name: 'Standard_LRS' }, kind: 'StorageV2' } as const;
  await tenant.as('owner').storage.storageAccounts.create('g', 'accountone', account).submitted();
  tenant.azure.control.assignRole({ principal: 'owner', role: 'Storage Blob Data Reader' });
  const find = () => codeOf(tenant.as('owner').blobs('accountone').listContainers().next());
  tenant.azure.control.addFault({ host: 'accountone.blob', times: 1, action: 'closeNetwork' });
  assert.deepEqual([await find(), await find()], ['403 AuthorizationFailure', 'no failure']);
});

test('Azure Resource Manager in a closed network does not answer', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ host: 'management', action: 'closeNetwork' });
  assert.equal(await create(tenant), '- ECONNREFUSED');
});
