import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, newTenant, policyVault, type Tenant } from './tenant.ts';

const apiVersion = '2026-02-01';
const day = 86_400_000;

/** A tenant whose premium vault `kv-one`, with one entry and one secret, has been deleted at the first moment of 2026. */
const withDeletedVault = async (): Promise<Tenant> => {
  const tenant = newTenant({ settings: { vaultDns: 0, accessPolicyEffect: 0 } });
  const { keyVault, secrets } = tenant.as('owner');
  const { objectId } = tenant.azure.principals.owner;
  const { location, properties } = policyVault(tenant, { objectId, secrets: ['get', 'set'] });
  const body = { location, tags: { a: 'b' }, properties: { ...properties, sku: { family: 'A', name: 'premium' } } };
  await tenant.call('PUT', tenant.vaultId('kv-one'), { apiVersion, body });
  await secrets('kv-one').setSecret('s', 'kept');
  await keyVault.vaults.delete('g', 'kv-one');
  return tenant;
};

const recoverBody = ({ azure }: Tenant) => ({
  location: 'westeurope',
  properties: { tenantId: azure.state.tenantId, sku: { family: 'A', name: 'standard' }, createMode: 'recover' },
});

test('a deleted vault is gone from its group and listed among the deleted vaults, with dates to the second', async () => {
  const tenant = await withDeletedVault();
  const { vaults } = tenant.as('worker').keyVault;
  assert.equal(await codeOf(vaults.get('g', 'kv-one')), '404 ResourceNotFound');
  const path = `/subscriptions/${tenant.subscriptionId}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/kv-one`;
  assert.deepEqual((await tenant.call('GET', path, { apiVersion })).body, {
    id: path,
    name: 'kv-one',
    type: 'Microsoft.KeyVault/deletedVaults',
    properties: {
      vaultId: tenant.vaultId('kv-one'),
      location: 'westeurope',
      tags: { a: 'b' },
      deletionDate: '2026-01-01T00:00:00Z',
      scheduledPurgeDate: '2026-04-01T00:00:00Z',
    },
  });
  assert.deepEqual(
    (await Array.fromAsync(vaults.listDeleted())).map(({ name }) => name),
    ['kv-one'],
  );
});

test('a deleted vault is not found in another region', async () => {
  const tenant = await withDeletedVault();
  const { vaults } = tenant.as('worker').keyVault;
  assert.equal(await codeOf(vaults.getDeleted('kv-one', 'eastus')), '404 ResourceNotFound');
});

test('the name of a deleted vault cannot be reused under its own id', async () => {
  const tenant = await withDeletedVault();
  const answer = await tenant.call('PUT', tenant.vaultId('kv-one'), { apiVersion, body: policyVault(tenant) });
  assert.deepEqual([answer.status, answer.code], [409, 'ConflictError']);
  assert.match(answer.message, /^A vault with the same name already exists in deleted state\./);
});

test('under another id, the name of a deleted vault is taken', async () => {
  const tenant = await withDeletedVault();
  tenant.azure.control.putGroup({ name: 'h', location: 'westeurope' });
  const elsewhere = tenant.vaultId('kv-one').replace('/resourceGroups/g/', '/resourceGroups/h/');
  const answer = await tenant.call('PUT', elsewhere, { apiVersion, body: policyVault(tenant) });
  assert.deepEqual([answer.status, answer.code], [409, 'VaultAlreadyExists']);
});

test('a recovery restores everything and ignores the rest of the body', async () => {
  const tenant = await withDeletedVault();
  const answer = await tenant.call('PUT', tenant.vaultId('kv-one'), { apiVersion, body: recoverBody(tenant) });
  assert.equal(answer.status, 200);
  const { properties, tags } = answer.body as { properties: Record<string, unknown>; tags: unknown };
  assert.deepEqual(properties['sku'], { family: 'A', name: 'premium' });
  assert.equal((properties['accessPolicies'] as unknown[]).length, 1);
  assert.deepEqual(tags, { a: 'b' });
  assert.equal((await tenant.as('owner').secrets('kv-one').getSecret('s')).value, 'kept');
  assert.deepEqual(await Array.fromAsync(tenant.as('worker').keyVault.vaults.listDeleted()), []);
});

test('a recovery keeps the creation time and counts as a modification', async () => {
  const tenant = await withDeletedVault();
  tenant.wait(day);
  const answer = await tenant.call('PUT', tenant.vaultId('kv-one'), { apiVersion, body: recoverBody(tenant) });
  const { createdAt, lastModifiedAt } = (answer.body as { systemData: Record<string, string> }).systemData;
  assert.equal(Date.parse(lastModifiedAt ?? '') - Date.parse(createdAt ?? ''), day);
});

test('a vault that was never deleted cannot be recovered', async () => {
  const tenant = newTenant();
  const answer = await tenant.call('PUT', tenant.vaultId('kv-one'), { apiVersion, body: recoverBody(tenant) });
  assert.deepEqual([answer.status, answer.code], [400, 'SoftDeletedVaultDoesNotExist']);
});

test('after 90 days the vault is gone permanently and its name is free', async () => {
  const tenant = await withDeletedVault();
  tenant.wait(90 * day);
  const { vaults } = tenant.as('owner').keyVault;
  assert.deepEqual(await Array.fromAsync(vaults.listDeleted()), []);
  assert.equal(await codeOf(vaults.getDeleted('kv-one', 'westeurope')), '404 ResourceNotFound');
  const recovered = await tenant.call('PUT', tenant.vaultId('kv-one'), { apiVersion, body: recoverBody(tenant) });
  assert.equal(recovered.code, 'SoftDeletedVaultDoesNotExist');
  const remade = await tenant.call('PUT', tenant.vaultId('kv-one'), { apiVersion, body: policyVault(tenant) });
  assert.equal(remade.status, 200);
});

test('the name of a deleted vault does not resolve', async () => {
  const tenant = await withDeletedVault();
  assert.equal(await codeOf(tenant.as('owner').secrets('kv-one').getSecret('s')), '- ENOTFOUND');
});

test('a live vault cannot be recovered', async () => {
  const tenant = await withDeletedVault();
  const recover = () => tenant.call('PUT', tenant.vaultId('kv-one'), { apiVersion, body: recoverBody(tenant) });
  await recover();
  assert.equal((await recover()).code, 'SoftDeletedVaultDoesNotExist');
});
