import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, newTenant, policyVault, type Tenant } from './tenant.ts';

const create = (tenant: Tenant): PromiseLike<unknown> =>
  tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();

const field = 'Microsoft.KeyVault/vaults/publicNetworkAccess';

const deny = (tenant: Tenant) =>
  tenant.azure.control.addFault({
    path: '/vaults/',
    action: { denyByPolicy: { assignment: 'no-public-vaults', definition: 'deny-public', field } },
  });

test('a policy denies a write, and the error names the policy and the field', async () => {
  const tenant = newTenant();
  deny(tenant);
  const answer = await tenant.call('PUT', tenant.vaultId('kv-one'), { apiVersion: '2026-02-01', body: {} });
  assert.deepEqual([answer.status, answer.code], [403, 'RequestDisallowedByPolicy']);
  assert.match(
    answer.message,
    /^Resource 'kv-one' was disallowed by policy\. Policy identifiers: '\[\{"policyAssignment"/,
  );
  const { error } = answer.body as { error: { target: string; additionalInfo: { type: string; info: object }[] } };
  assert.equal(error.target, 'kv-one');
  const scope = `/subscriptions/${tenant.subscriptionId}`;
  const [violation] = error.additionalInfo;
  assert.equal(violation?.type, 'PolicyViolation');
  assert.partialDeepStrictEqual(violation.info, {
    policyDefinitionId: `${scope}/providers/Microsoft.Authorization/policyDefinitions/deny-public`,
    policyDefinitionEffect: 'deny',
    policyAssignmentId: `${scope}/providers/Microsoft.Authorization/policyAssignments/no-public-vaults`,
    policyAssignmentScope: scope,
    evaluationDetails: {
      evaluatedExpressions: [
        { expression: 'type', expressionValue: 'Microsoft.KeyVault/vaults' },
        { expression: field, path: 'properties.publicNetworkAccess' },
      ],
    },
  });
});

test('the official client shows the refusal of a policy, and reads are not affected', async () => {
  const tenant = newTenant();
  await create(tenant);
  deny(tenant);
  const { vaults } = tenant.as('owner').keyVault;
  assert.equal(await codeOf(create(tenant)), '403 RequestDisallowedByPolicy');
  assert.equal(await codeOf(vaults.update('g', 'kv-one', { tags: {} })), '403 RequestDisallowedByPolicy');
  assert.equal(await codeOf(vaults.get('g', 'kv-one')), 'no failure');
});

const tagsOf = (tenant: Tenant): string => `${tenant.vaultId('kv-one')}/providers/Microsoft.Resources/tags/default`;
const mergedTag = { operation: 'Merge', properties: { tags: { a: '1' } } } as const;

for (const [method, body] of [['PATCH', mergedTag], ['PUT', mergedTag], ['DELETE']] as const) {
  test(`a policy for vaults denies ${method} of a vault's tags as a write of the vault`, async () => {
    const tenant = newTenant();
    await create(tenant);
    const fault = tenant.azure.control.addFault({
      path: /\/vaults\/[^/]+$/,
      action: { denyByPolicy: { assignment: 'tags', definition: 'need-a-tag', field: "tags['owner']" } },
    });
    const answer = await tenant.call(method, tagsOf(tenant), { apiVersion: '2025-04-01', body });
    assert.deepEqual([answer.status, answer.code], [403, 'RequestDisallowedByPolicy']);
    const { error } = answer.body as { error: { target: string } };
    assert.equal(error.target, 'kv-one');
    assert.match(JSON.stringify(error), /"expressionValue":"Microsoft\.KeyVault\/vaults"/);
    assert.equal((await tenant.call('GET', tagsOf(tenant), { apiVersion: '2025-04-01' })).status, 200);
    assert.equal(fault.fired, 1);
  });
}

test('a policy for accounts does not apply to the tags of a vault', async () => {
  const tenant = newTenant();
  await create(tenant);
  const denied = { assignment: 'a', definition: 'd', field: 'tags' };
  tenant.azure.control.addFault({ path: /\/storageAccounts\/[^/]+$/, action: { denyByPolicy: denied } });
  assert.equal((await tenant.call('PATCH', tagsOf(tenant), { apiVersion: '2025-04-01', body: mergedTag })).status, 200);
});

test('a policy changes a vault after its tags were written, in any spelling of their address', async () => {
  const tenant = newTenant();
  await create(tenant);
  tenant.azure.control.addFault({
    path: /\/vaults\/kv-one$/i,
    action: { modifyAfterWrite: { properties: { publicNetworkAccess: 'Disabled' }, tags: { changed: 'yes' } } },
  });
  for (const path of [tagsOf(tenant), `/${tagsOf(tenant).toUpperCase()}/`]) {
    const { status, body } = await tenant.call('PATCH', path, { apiVersion: '2025-04-01', body: mergedTag });
    assert.equal(status, 200);
    assert.equal((body as { properties: { tags: Record<string, string> } }).properties.tags['a'], '1');
    const { tags, publicNetworkAccess } = tenant.azure.state.vaults['kv-one']!;
    assert.deepEqual([tags, publicNetworkAccess], [{ changed: 'yes' }, 'Disabled']);
    tenant.azure.state.vaults['kv-one']!.tags = {};
  }
});

test('a policy denies a resource group by its own type', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({
    action: { denyByPolicy: { assignment: 'tags', definition: 'need-a-tag', field: 'tags' } },
  });
  const group = tenant.as('owner').resources.resourceGroups.createOrUpdate('other', { location: 'westeurope' });
  await assert.rejects(group, (error: { statusCode: number; details: object }) => {
    assert.equal(error.statusCode, 403);
    assert.match(JSON.stringify(error.details), /"Microsoft\.Resources\/subscriptions\/resourceGroups"/);
    return true;
  });
});

test('a policy changes a vault right after it was written', async () => {
  const tenant = newTenant();
  const fault = tenant.azure.control.addFault({
    path: '/vaults/kv-one',
    action: { modifyAfterWrite: { properties: { publicNetworkAccess: 'Disabled' }, tags: { changed: 'yes' } } },
  });
  const { vaults } = tenant.as('owner').keyVault;
  await create(tenant);
  const { properties, tags } = await vaults.get('g', 'kv-one');
  assert.equal(properties.publicNetworkAccess, 'Disabled');
  assert.deepEqual(tags, { changed: 'yes' });
  assert.equal(fault.fired, 1);
});

test('the answer to the write still shows the written values', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ action: { modifyAfterWrite: { tags: {} } } });
  const body = { ...policyVault(tenant), tags: { owner: 'me' } };
  const answer = await tenant.call('PUT', tenant.vaultId('kv-one'), { apiVersion: '2026-02-01', body });
  assert.deepEqual((answer.body as { tags: object }).tags, { owner: 'me' });
  assert.deepEqual(tenant.azure.state.vaults['kv-one']?.tags, {});
});

test('a policy changes a storage account as soon as it exists', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({
    path: '/storageAccounts/',
    times: 1,
    action: { modifyAfterWrite: { properties: { networkAcls: { defaultAction: 'Deny' } } } },
  });
  const { storageAccounts } = tenant.as('owner').storage;
  const account = { location: 'westeurope', sku: { name: 'Standard_LRS' }, kind: 'StorageV2' } as const;
  await storageAccounts.create('g', 'accountone', account).submitted();
  tenant.wait(60_000);
  const { networkRuleSet } = await storageAccounts.getProperties('g', 'accountone');
  assert.equal(networkRuleSet?.defaultAction, 'Deny');
});

test('a policy does not change a resource whose write is refused', async () => {
  const tenant = newTenant();
  await create(tenant);
  tenant.azure.control.addFault({ action: { modifyAfterWrite: { tags: { changed: 'yes' } } } });
  const body = { properties: { enablePurgeProtection: false } };
  assert.equal((await tenant.call('PATCH', tenant.vaultId('kv-one'), { apiVersion: '2026-02-01', body })).status, 400);
  assert.deepEqual(tenant.azure.state.vaults['kv-one']?.tags, {});
});

test('a policy does not apply to the contents of a vault', async () => {
  const tenant = newTenant({ settings: { vaultDns: 0, accessPolicyEffect: 0 } });
  const { objectId } = tenant.azure.principals.owner;
  const body = policyVault(tenant, { objectId, secrets: ['set'] });
  await tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', body).submitted();
  const denied = { assignment: 'a', definition: 'd', field: 'tags' };
  const fault = tenant.azure.control.addFault({ action: { denyByPolicy: denied } });
  await tenant.as('owner').secrets('kv-one').setSecret('s', 'v');
  assert.equal(fault.matched, 0);
});

test('a policy reports everything that its rule evaluated, in any tree', async () => {
  const tenant = newTenant();
  const leaf = {
    result: 'True',
    expressionKind: 'Field',
    expression: 'tags.owner',
    operator: 'Exists',
    targetValue: false,
  };
  const expressions = [
    { allOf: [leaf, { anyOf: [leaf, { not: { ...leaf, result: 'False' } }] }] },
    { operator: 'And', result: 'True', expressions: [{ operator: 'Or', expressions: [leaf, null] }] },
    {
      result: 'True',
      expressionKind: 'Value',
      expression: "[length(field('tags'))]",
      expressionValue: 0,
      operator: 'Less',
    },
  ];
  const denyByPolicy = { assignment: 'a', definition: 'd', expressions };
  tenant.azure.control.addFault({ path: '/vaults/', action: { denyByPolicy } });
  const { status, body } = await tenant.call('PUT', tenant.vaultId('kv-one'), { apiVersion: '2026-02-01', body: {} });
  assert.equal(status, 403);
  assert.partialDeepStrictEqual(body, {
    error: { additionalInfo: [{ info: { evaluationDetails: { evaluatedExpressions: expressions } } }] },
  });
});
