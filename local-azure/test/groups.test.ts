import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, newTenant, policyVault, type Tenant } from './tenant.ts';

const apiVersion = '2024-11-01';
const path = ({ subscriptionId }: Tenant, name: string): string =>
  `/subscriptions/${subscriptionId}/resourcegroups/${name}`;

test('a group is created with 201 and changed with 200, and its id is spelt as in Azure', async () => {
  const tenant = newTenant();
  const body = { location: 'West Europe', tags: { a: 'b' } };
  const made = await tenant.call('PUT', path(tenant, 'New'), { apiVersion, body });
  assert.equal(made.status, 201);
  assert.deepEqual(made.body, {
    id: `/subscriptions/${tenant.subscriptionId}/resourceGroups/New`,
    name: 'New',
    type: 'Microsoft.Resources/resourceGroups',
    location: 'westeurope',
    tags: { a: 'b' },
    properties: { provisioningState: 'Succeeded' },
  });
  assert.equal((await tenant.call('PUT', path(tenant, 'new'), { apiVersion, body })).status, 200);
});

test('HEAD shows whether a group exists, without a body', async () => {
  const tenant = newTenant();
  assert.equal((await tenant.call('HEAD', path(tenant, 'g'), { apiVersion })).status, 204);
  assert.equal((await tenant.call('HEAD', path(tenant, 'other'), { apiVersion })).status, 404);
});

test('a group that does not exist is not found, nor are its resources', async () => {
  const tenant = newTenant();
  const { resources, keyVault } = tenant.as('reader');
  assert.equal(await codeOf(resources.resourceGroups.get('other')), '404 ResourceGroupNotFound');
  assert.equal(await codeOf(keyVault.vaults.get('other', 'kv-one')), '404 ResourceGroupNotFound');
});

test('a group cannot be created in an unknown region', async () => {
  const { call, subscriptionId } = newTenant();
  const answer = await call('PUT', `/subscriptions/${subscriptionId}/resourceGroups/h`, {
    apiVersion: '2024-11-01',
    body: { location: 'atlantis' },
  });
  assert.deepEqual([answer.status, answer.code], [400, 'LocationNotAvailableForResourceGroup']);
  assert.match(answer.message, /'atlantis' is not available for resource group\. List of available regions is '/);
});

test('groups are listed', async () => {
  const tenant = newTenant();
  const groups = await Array.fromAsync(tenant.as('reader').resources.resourceGroups.list());
  assert.deepEqual(
    groups.map(({ name }) => name),
    ['g'],
  );
});

test('the deletion of a group takes some time and includes its resources; its vaults can be recovered', async () => {
  const tenant = newTenant();
  const { keyVault } = tenant.as('owner');
  await keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
  const begun = await tenant.call('DELETE', path(tenant, 'g'), { apiVersion });
  assert.equal(begun.status, 202);
  const operation = new URL(begun.headers.get('location') ?? '');
  const poll = async (): Promise<number> => (await tenant.call('GET', operation.pathname, { apiVersion })).status;
  assert.equal(await poll(), 202);
  const late = await tenant.call('PUT', tenant.vaultId('kv-two'), {
    apiVersion: '2026-02-01',
    body: policyVault(tenant),
  });
  assert.deepEqual([late.status, late.code], [409, 'ResourceGroupBeingDeleted']);
  tenant.wait(5_000);
  assert.equal(await codeOf(keyVault.vaults.get('g', 'kv-two')), '404 ResourceGroupNotFound');
  assert.equal(await poll(), 200);
  assert.equal((await tenant.call('HEAD', path(tenant, 'g'), { apiVersion })).status, 404);
  assert.equal((await keyVault.vaults.getDeleted('kv-one', 'westeurope')).name, 'kv-one');
});

test('an unknown subscription is not found', async () => {
  const tenant = newTenant();
  const answer = await tenant.call('GET', '/subscriptions/00000000-0000-0000-0000-000000000000', { apiVersion });
  assert.deepEqual([answer.status, answer.code], [404, 'SubscriptionNotFound']);
});

test('resources of one type and name are found across groups', async () => {
  const tenant = newTenant();
  const { keyVault, resources } = tenant.as('owner');
  await keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
  await keyVault.vaults.createOrUpdate('g', 'kv-two', policyVault(tenant)).submitted();
  const filter = "resourceType eq 'Microsoft.KeyVault/vaults' and name eq 'kv-two'";
  const found = await Array.fromAsync(resources.resources.list({ filter }));
  assert.deepEqual(
    found.map(({ id }) => id),
    [tenant.vaultId('kv-two')],
  );
});

test('tags that were never sent are not shown, and empty tags are shown', async () => {
  const tenant = newTenant();
  const put = async (tags: unknown): Promise<object> => {
    const { body } = await tenant.call('PUT', path(tenant, 'new'), {
      apiVersion,
      body: { location: 'westeurope', tags },
    });
    return body as object;
  };
  assert.ok(!('tags' in (await put(null))));
  assert.deepEqual(((await put({})) as { tags: unknown }).tags, {});
});

test('groups are found by a tag, in any case of its name, and by its value', async () => {
  const tenant = newTenant();
  const { resourceGroups } = tenant.as('owner').resources;
  await resourceGroups.createOrUpdate('tagged', { location: 'westeurope', tags: { Team: 'edge' } });
  const found = async (filter: string): Promise<(string | undefined)[]> =>
    (await Array.fromAsync(resourceGroups.list({ filter }))).map(({ name }) => name);
  assert.deepEqual(await found("tagName eq 'team'"), ['tagged']);
  assert.deepEqual(await found("tagname eq 'team' and tagvalue eq 'edge'"), ['tagged']);
  assert.deepEqual(await found("tagName eq 'team' and tagValue eq 'Edge'"), []);
});

test('the manager of a group and its tags can be changed alone', async () => {
  const tenant = newTenant();
  const { resourceGroups } = tenant.as('owner').resources;
  await resourceGroups.update('g', { managedBy: 'somebody' });
  const changed = await resourceGroups.update('g', { tags: { a: 'b' } });
  assert.deepEqual([changed.managedBy, changed.tags], ['somebody', { a: 'b' }]);
});

const badNames: [name: string, problem: RegExp][] = [
  ['a b', /has these invalid characters: ' '\. The name can only be a letter/],
  ['a'.repeat(91), /has a length of '91'/],
  ['a.', /ends with a period/],
];

for (const [name, problem] of badNames) {
  test(`a group cannot be called '${name.slice(0, 5)}' because it ${problem.source.slice(0, 20)}`, async () => {
    const tenant = newTenant();
    const body = { location: 'westeurope' };
    const answer = await tenant.call('PUT', path(tenant, encodeURIComponent(name)), { apiVersion, body });
    assert.deepEqual([answer.status, answer.code], [400, 'InvalidResourceGroup']);
    assert.match(answer.message, problem);
  });
}

test('a group is exported as a template with its resources', async () => {
  const tenant = newTenant();
  const { keyVault, resources } = tenant.as('owner');
  const emptyTemplate = await resources.resourceGroups.exportTemplate('g', { resources: ['*'] });
  assert.deepEqual((emptyTemplate.template as { resources: unknown[] }).resources, []);
  await keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
  const { template } = await resources.resourceGroups.exportTemplate('g', { resources: ['*'] });
  const { parameters, resources: exported } = template as { parameters: object; resources: { name: string }[] };
  assert.deepEqual(Object.keys(parameters), ['vaults_kv_one_name']);
  assert.equal(exported[0]?.name, "[parameters('vaults_kv_one_name')]");
});
