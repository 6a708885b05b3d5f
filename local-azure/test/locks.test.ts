import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, newTenant, policyVault, type Answer, type Tenant } from './tenant.ts';

const withVault = async (): Promise<Tenant> => {
  const tenant = newTenant({ settings: { vaultDns: 0, accessPolicyEffect: 0, storageAccount: 0 } });
  const { keyVault, storage } = tenant.as('owner');
  await keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
  await storage.storageAccounts
    .create('g', 'logs1', { location: 'westeurope', sku: { name: 'Standard_LRS' }, kind: 'StorageV2' })
    .submitted();
  return tenant;
};

const lockPath = (scope: string, name: string): string => `${scope}/providers/Microsoft.Authorization/locks/${name}`;

const putLock = (tenant: Tenant, scope: string, name: string, level: string): Promise<Answer> =>
  tenant.call('PUT', lockPath(scope, name), { apiVersion: '2020-05-01', body: { properties: { level } } });

const remove = (tenant: Tenant, id: string, apiVersion: string): Promise<Answer> =>
  tenant.call('DELETE', id, { apiVersion });

test('a lock is created with 201 and changed with 200, and its id keeps its spelling', async () => {
  const tenant = await withVault();
  const scope = tenant.vaultId('kv-one').replace('resourceGroups', 'resourcegroups');
  const made = await putLock(tenant, scope, 'keep', 'CanNotDelete');
  assert.equal(made.status, 201);
  const { systemData, ...body } = made.body as { systemData: unknown };
  assert.ok(systemData);
  assert.deepEqual(body, {
    properties: { level: 'CanNotDelete' },
    id: lockPath(scope, 'keep'),
    type: 'Microsoft.Authorization/locks',
    name: 'keep',
  });
  assert.equal((await putLock(tenant, tenant.vaultId('kv-one'), 'Keep', 'ReadOnly')).status, 200);
});

test('the official client creates, reads, lists and deletes a lock by scope and by resource', async () => {
  const tenant = await withVault();
  const { managementLocks } = tenant.as('owner').locks;
  await managementLocks.createOrUpdateByScope(tenant.vaultId('kv-one'), 'keep', {
    level: 'CanNotDelete',
    notes: 'ours',
  });
  const place = ['g', 'Microsoft.KeyVault', '', 'vaults', 'kv-one'] as const;
  assert.equal((await managementLocks.getAtResourceLevel(...place, 'keep')).notes, 'ours');
  const listed = await Array.fromAsync(managementLocks.listAtResourceLevel(...place));
  assert.deepEqual(
    listed.map(({ name }) => name),
    ['keep'],
  );
  await managementLocks.deleteByScope(tenant.vaultId('kv-one'), 'keep');
  assert.equal(await codeOf(managementLocks.getByScope(tenant.vaultId('kv-one'), 'keep')), '404 LockNotFound');
});

test('a locked vault cannot be deleted, and the refusal names the locked scope', async () => {
  const tenant = await withVault();
  const scope = tenant.vaultId('kv-one');
  await putLock(tenant, scope, 'keep', 'CanNotDelete');
  const answer = await remove(tenant, scope, '2026-02-01');
  assert.deepEqual([answer.status, answer.code], [409, 'ScopeLocked']);
  assert.equal(
    answer.message,
    `The scope '${scope}' cannot perform delete operation because following scope(s) are locked: '${scope}'. Please ` +
      'remove the lock and try again.',
  );
  assert.equal(answer.headers.get('x-ms-failure-cause'), 'gateway');
  await remove(tenant, lockPath(scope, 'keep'), '2020-05-01');
  assert.equal((await remove(tenant, scope, '2026-02-01')).status, 200);
});

const inherited: [from: string, scopeOf: (tenant: Tenant) => string][] = [
  ['the subscription', ({ subscriptionId }) => `/subscriptions/${subscriptionId}`],
  ['the group', ({ group }) => group],
  ['the vault', ({ vaultId }) => vaultId('kv-one')],
];

for (const [from, scopeOf] of inherited) {
  test(`a lock on ${from} protects a vault and its diagnostic settings`, async () => {
    const tenant = await withVault();
    await putLock(tenant, scopeOf(tenant), 'keep', 'CanNotDelete');
    assert.equal((await remove(tenant, tenant.vaultId('kv-one'), '2026-02-01')).code, 'ScopeLocked');
    const setting = `${tenant.vaultId('kv-one')}/providers/Microsoft.Insights/diagnosticSettings/audit`;
    assert.equal((await remove(tenant, setting, '2021-05-01-preview')).code, 'ScopeLocked');
  });
}

test('a locked child prevents the deletion of its group', async () => {
  const tenant = await withVault();
  await putLock(tenant, tenant.vaultId('kv-one'), 'keep', 'CanNotDelete');
  const answer = await remove(tenant, tenant.group, '2024-11-01');
  assert.equal(answer.code, 'ScopeLocked');
  assert.ok(answer.message.includes(`are locked: '${tenant.vaultId('kv-one')}'`));
});

test('a lock on one vault does not affect its neighbours, even with the same beginning of the name', async () => {
  const tenant = await withVault();
  await tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one-more', policyVault(tenant)).submitted();
  await putLock(tenant, tenant.vaultId('kv-one'), 'keep', 'CanNotDelete');
  assert.equal((await remove(tenant, tenant.vaultId('kv-one-more'), '2026-02-01')).status, 200);
});

const vaultVersion = '2026-02-01';
const underReadOnly: [method: string, path: string, version: string, body: unknown, expected: string][] = [
  ['PUT', '/providers/Microsoft.KeyVault/vaults/kv-one', vaultVersion, {}, 'ScopeLocked'],
  ['PATCH', '/providers/Microsoft.KeyVault/vaults/kv-one', vaultVersion, {}, 'ScopeLocked'],
  ['PUT', '/providers/Microsoft.KeyVault/vaults/kv-one/accessPolicies/add', vaultVersion, {}, 'ScopeLocked'],
  ['POST', '/providers/Microsoft.Storage/storageAccounts/logs1/listKeys', '2025-08-01', undefined, 'ScopeLocked'],
  ['GET', '/providers/Microsoft.KeyVault/vaults/kv-one', vaultVersion, undefined, '200'],
];

for (const [method, path, apiVersion, body, expected] of underReadOnly) {
  test(`under a ReadOnly lock on the group, ${method} ${path} gives ${expected}`, async () => {
    const tenant = await withVault();
    await putLock(tenant, tenant.group, 'freeze', 'ReadOnly');
    const answer = await tenant.call(method, tenant.group + path, { apiVersion, body });
    assert.equal(answer.code ?? String(answer.status), expected);
  });
}

test('a ReadOnly lock forbids the write with that reason, allows name checks, and can be removed', async () => {
  const tenant = await withVault();
  const scope = `/subscriptions/${tenant.subscriptionId}`;
  await putLock(tenant, scope, 'freeze', 'ReadOnly');
  const refused = await tenant.call('PUT', tenant.vaultId('kv-two'), {
    apiVersion: vaultVersion,
    body: policyVault(tenant),
  });
  assert.match(refused.message, /cannot perform write operation/);
  const { vaults } = tenant.as('owner').keyVault;
  const checked = await vaults.checkNameAvailability({ name: 'kv-two', type: 'Microsoft.KeyVault/vaults' });
  assert.equal(checked.nameAvailable, true);
  assert.equal((await remove(tenant, lockPath(scope, 'freeze'), '2020-05-01')).status, 200);
});

test('locks do not protect secrets', async () => {
  const tenant = await withVault();
  const { objectId } = tenant.azure.principals.owner;
  const body = policyVault(tenant, { objectId, secrets: ['set', 'delete'] });
  await tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', body).submitted();
  await putLock(tenant, tenant.vaultId('kv-one'), 'freeze', 'ReadOnly');
  const secrets = tenant.as('owner').secrets('kv-one');
  await secrets.setSecret('s', 'v');
  assert.equal(await codeOf(secrets.beginDeleteSecret('s')), 'no failure');
});

test('a list of locks at a scope includes those above and below it, and with atScope() excludes those below', async () => {
  const tenant = await withVault();
  await tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-two', policyVault(tenant)).submitted();
  await putLock(tenant, `/subscriptions/${tenant.subscriptionId}`, 'on-all', 'CanNotDelete');
  await putLock(tenant, tenant.group, 'on-group', 'CanNotDelete');
  await putLock(tenant, tenant.vaultId('kv-one'), 'on-vault', 'CanNotDelete');
  const { managementLocks } = tenant.as('worker').locks;
  const names = async (list: AsyncIterable<{ name?: string }>): Promise<(string | undefined)[]> =>
    (await Array.fromAsync(list)).map(({ name }) => name);
  assert.deepEqual(await names(managementLocks.listAtSubscriptionLevel()), ['on-all', 'on-group', 'on-vault']);
  assert.deepEqual(await names(managementLocks.listAtSubscriptionLevel({ filter: 'atScope()' })), ['on-all']);
  assert.deepEqual(await names(managementLocks.listAtResourceGroupLevel('g')), ['on-all', 'on-group', 'on-vault']);
  const atGroup = managementLocks.listAtResourceGroupLevel('g', { filter: 'atScope()' });
  assert.deepEqual(await names(atGroup), ['on-all', 'on-group']);
  const atVault = managementLocks.listByScope(tenant.vaultId('kv-one'));
  assert.deepEqual(await names(atVault), ['on-all', 'on-group', 'on-vault']);
  const atNeighbour = managementLocks.listByScope(tenant.vaultId('kv-two'));
  assert.deepEqual(await names(atNeighbour), ['on-all', 'on-group']);
});

test('versions from 2020 on show who created and changed a lock', async () => {
  const tenant = await withVault();
  await putLock(tenant, tenant.group, 'keep', 'CanNotDelete');
  tenant.wait(60_000);
  await putLock(tenant, tenant.group, 'keep', 'ReadOnly');
  const read = async (apiVersion: string): Promise<Record<string, unknown>> =>
    (await tenant.call('GET', lockPath(tenant.group, 'keep'), { apiVersion })).body as Record<string, unknown>;
  const { createdAt, lastModifiedAt } = (await read('2020-05-01'))['systemData'] as Record<string, string>;
  assert.equal(Date.parse(lastModifiedAt ?? '') - Date.parse(createdAt ?? ''), 60_000);
  assert.equal('systemData' in (await read('2016-09-01')), false);
});

test('a resource that does not exist cannot be locked', async () => {
  const tenant = await withVault();
  const answer = await putLock(tenant, tenant.vaultId('kv-two'), 'keep', 'CanNotDelete');
  assert.deepEqual([answer.status, answer.code], [404, 'ResourceNotFound']);
});

test('an unknown level is refused', async () => {
  const tenant = await withVault();
  assert.equal((await putLock(tenant, tenant.group, 'keep', 'Maybe')).status, 400);
});
