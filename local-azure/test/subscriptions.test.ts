import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { codeOf, newTenant, policyVault, type Tenant } from './tenant.ts';

const apiVersion = '2022-12-01';

test('the regions of a subscription are listed with their display names', async () => {
  const tenant = newTenant();
  const { body } = await tenant.call('GET', `/subscriptions/${tenant.subscriptionId}/locations`, { apiVersion });
  const [region] = (body as { value: { name: string; displayName: string }[] }).value;
  assert.deepEqual([region?.name, region?.displayName], ['westeurope', 'West Europe']);
});

test('the tenant is listed for every principal that can sign in', async () => {
  const tenant = newTenant();
  const { body } = await tenant.call('GET', '/tenants', { apiVersion, as: 'operator' });
  assert.deepEqual(
    (body as { value: { tenantId: string }[] }).value.map(({ tenantId }) => tenantId),
    [tenant.azure.state.tenantId],
  );
});

let tenant: Tenant;
before(async () => {
  tenant = newTenant({ settings: { storageAccount: 0 } });
  const { keyVault, storage, resources } = tenant.as('owner');
  await resources.resourceGroups.createOrUpdate('other', { location: 'northeurope' });
  await keyVault.vaults.createOrUpdate('g', 'kv-one', { ...policyVault(tenant), tags: { Team: 'edge' } }).submitted();
  await keyVault.vaults
    .createOrUpdate('other', 'kv-two', { ...policyVault(tenant), location: 'northeurope' })
    .submitted();
  const account = { location: 'westeurope', sku: { name: 'Standard_LRS' }, kind: 'StorageV2' } as const;
  await storage.storageAccounts.create('g', 'logs1', account).submitted();
});

const filters: [filter: string | undefined, expected: string[]][] = [
  [undefined, ['kv-one', 'kv-two', 'logs1']],
  ["resourceType eq 'microsoft.keyvault/vaults'", ['kv-one', 'kv-two']],
  ["resourceType ne 'Microsoft.KeyVault/vaults'", ['logs1']],
  ["resourceType eq 'Microsoft.KeyVault/vaults' and name eq 'KV-TWO'", ['kv-two']],
  ["location eq 'West Europe'", ['kv-one', 'logs1']],
  ["resourceGroup eq 'OTHER'", ['kv-two']],
  ["tagName eq 'team' and tagValue eq 'edge'", ['kv-one']],
  ["tagName eq 'team' and tagValue eq 'o''clock'", []],
];

for (const [filter, expected] of filters) {
  test(`resources are found by ${filter ?? 'no filter'}`, async () => {
    const list = tenant.as('reader').resources.resources.list(filter === undefined ? {} : { filter });
    const names = (await Array.fromAsync(list)).map(({ name }) => name ?? '');
    assert.deepEqual(names.toSorted(), expected);
  });
}

for (const filter of ['managedBy eq 1', "plan eq 'x'", "name eq 'a' or name eq 'b'", "name eq 'a' and"]) {
  test(`a filter that is not supported is refused: ${filter}`, async () => {
    const { resources } = tenant.as('reader').resources;
    assert.equal(await codeOf(resources.list({ filter }).next()), '400 InvalidFilterInQueryString');
  });
}
