/** What goes with a resource when it goes, and what is over when its time is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyVaultSecretsUser } from '../entra/roles.ts';
import { edgeTenant, makeVault } from './edge.ts';
import { newTenant, policyVault, type Tenant } from './tenant.ts';

const long = 3_600_000;

const assigned = ({ azure }: Tenant): string[] =>
  azure.state.roleAssignments.filter(({ role }) => role.name === keyVaultSecretsUser.name).map(({ scope }) => scope);

const assign = ({ azure }: Tenant, scope: string): void =>
  azure.control.assignRole({ principal: 'reader', role: keyVaultSecretsUser, scope });

const withVault = async (): Promise<Tenant> => {
  const tenant = newTenant();
  await tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
  return tenant;
};

test('a deleted vault loses the roles that were assigned on it and in it, and no others', async () => {
  const tenant = await withVault();
  const vault = tenant.vaultId('kv-one');
  for (const scope of [vault, `${vault}/secrets/s`, `${vault}s`, tenant.group]) assign(tenant, scope);
  await tenant.as('owner').keyVault.vaults.delete('g', 'kv-one');
  assert.deepEqual(assigned(tenant), [`${vault}s`, tenant.group]);
});

test('a recovered vault does not regain its roles', async () => {
  const tenant = await withVault();
  assign(tenant, tenant.vaultId('kv-one'));
  const { vaults } = tenant.as('owner').keyVault;
  await vaults.delete('g', 'kv-one');
  const body = policyVault(tenant);
  await vaults
    .createOrUpdate('g', 'kv-one', { ...body, properties: { ...body.properties, createMode: 'recover' } })
    .submitted();
  assert.deepEqual(assigned(tenant), []);
});

test('a lock does not outlive a vault that was deleted in spite of it', async () => {
  const tenant = await withVault();
  const scope = tenant.vaultId('kv-one');
  tenant.azure.control.putLock({ scope, name: 'keep', level: 'CanNotDelete' });
  tenant.azure.control.softDeleteVault({ vaultName: 'kv-one' });
  assert.deepEqual(tenant.azure.state.locks, {});
});

test('a deleted storage account loses the roles that were assigned on it', async () => {
  const tenant = newTenant();
  const account = `${tenant.group}/providers/Microsoft.Storage/storageAccounts/accone`;
  const apiVersion = '2025-08-01';
  await tenant.call('PUT', account, { apiVersion, body: { location: 'westeurope', sku: { name: 'Standard_LRS' } } });
  tenant.wait(long);
  assign(tenant, account);
  await tenant.call('DELETE', account, { apiVersion });
  assert.deepEqual(assigned(tenant), []);
});

test('a recreated resource group has none of the roles of its predecessor', async () => {
  const tenant = newTenant();
  const apiVersion = '2021-04-01';
  assign(tenant, tenant.group);
  await tenant.call('DELETE', tenant.group, { apiVersion });
  tenant.wait(long);
  await tenant.call('PUT', tenant.group, { apiVersion, body: { location: 'westeurope' } });
  assert.deepEqual(assigned(tenant), []);
});

test('the identity of a device ends with the deletion of the device, whatever is requested next', async () => {
  const tenant = edgeTenant();
  const objectId = await tenant.orderDevice('edge-1');
  await makeVault(tenant, 'edge-vault', objectId, ['list']);
  const identity = tenant.azure.state.principals[objectId];
  assert.ok(identity);
  const list = async (): Promise<number> => {
    const vault = { host: 'https://edge-vault.vault.localhost', audience: 'https://vault.localhost' };
    return (await tenant.call('GET', '/secrets', { ...vault, as: identity, apiVersion: '7.4' })).status;
  };
  await tenant.onDevice('DELETE', 'edge-1');
  assert.equal(await list(), 200);
  tenant.wait(long);
  assert.equal(await list(), 401);
});

test('operations that ended more than a day ago are forgotten', async () => {
  const tenant = edgeTenant();
  await tenant.orderDevice('edge-1');
  await tenant.onDevice('DELETE', 'edge-1');
  const { vaults } = tenant.as('owner').keyVault;
  await vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
  await vaults.delete('g', 'kv-one');
  const deleted = `/subscriptions/${tenant.subscriptionId}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/kv-one`;
  await tenant.call('POST', `${deleted}/purge`, { apiVersion: '2026-02-01' });
  tenant.wait(25 * long);
  await tenant.call('GET', '/subscriptions', { apiVersion: '2022-12-01' });
  const { deletedVaults, vaultPurges, dataBoxEdge } = tenant.azure.state;
  assert.deepEqual([deletedVaults, vaultPurges, dataBoxEdge], [{}, {}, { devices: {}, deletions: [] }]);
});
