import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOptions } from '../serve/options.ts';
import { newTenant, policyVault, type Answer, type Tenant } from './tenant.ts';

const throttled = (timeScale = 1): Tenant =>
  newTenant({ settings: { throttling: true, timeScale, vaultDns: 0, accessPolicyEffect: 0 } });

const repeat = async (times: number, request: () => Promise<Answer>): Promise<void> => {
  for (let time = 0; time < times; time += 1) assert.notEqual((await request()).status, 429);
};

const readGroup = (tenant: Tenant, as: 'owner' | 'reader' = 'owner') =>
  tenant.call('GET', tenant.group, { apiVersion: '2024-11-01', as });

const writeGroup = (tenant: Tenant) =>
  tenant.call('PUT', tenant.group, { apiVersion: '2024-11-01', body: { location: 'westeurope' } });

const deleteLock = (tenant: Tenant) =>
  tenant.call('DELETE', `${tenant.group}/providers/Microsoft.Authorization/locks/l`, { apiVersion: '2020-05-01' });

const kinds: [kind: string, size: number, perSecond: number, request: (tenant: Tenant) => Promise<Answer>][] = [
  ['read', 250, 25, readGroup],
  ['write', 200, 10, writeGroup],
  ['delete', 200, 10, deleteLock],
];

for (const [kind, size, perSecond, request] of kinds) {
  test(`after ${size} concurrent ${kind}s the next one is refused, and ${perSecond} more are allowed per second`, async () => {
    const tenant = throttled();
    await repeat(size, () => request(tenant));
    const refused = await request(tenant);
    assert.deepEqual([refused.status, refused.code], [429, 'SubscriptionRequestsThrottled']);
    assert.equal(
      refused.message,
      `Number of '${kind}' requests for subscription '${tenant.subscriptionId}' actor ` +
        `'${tenant.azure.principals.owner.objectId}' exceeded. Please try again after '1' seconds after additional tokens ` +
        'are available. Refer to https://aka.ms/arm-throttling for additional information.',
    );
    assert.equal(refused.headers.get('retry-after'), '1');
    assert.equal(refused.headers.get(`x-ms-ratelimit-remaining-subscription-${kind}s`), '0');
    tenant.wait(1000);
    await repeat(perSecond, () => request(tenant));
    assert.equal((await request(tenant)).status, 429);
  });
}

test('a header shows the remaining budget', async () => {
  const tenant = throttled();
  const left = async (): Promise<string | null> =>
    (await readGroup(tenant)).headers.get('x-ms-ratelimit-remaining-subscription-reads');
  assert.equal(await left(), '249');
  assert.equal(await left(), '248');
  tenant.wait(40);
  assert.equal(await left(), '248');
  tenant.wait(60_000);
  assert.equal(await left(), '249');
});

test('each principal has a budget of its own, and separate budgets for writes and reads', async () => {
  const tenant = throttled();
  await repeat(250, () => readGroup(tenant));
  assert.equal((await readGroup(tenant)).status, 429);
  assert.equal((await readGroup(tenant, 'reader')).status, 200);
  assert.equal((await writeGroup(tenant)).status, 200);
});

test('requests outside of subscriptions use the budget of the tenant', async () => {
  const tenant = throttled();
  const list = (): Promise<Answer> => tenant.call('GET', '/subscriptions', { apiVersion: '2022-12-01' });
  assert.equal((await list()).headers.get('x-ms-ratelimit-remaining-tenant-reads'), '249');
  await repeat(249, list);
  assert.equal((await list()).code, 'TenantRequestsThrottled');
  assert.equal((await readGroup(tenant)).status, 200);
});

test('a snapshot includes the used budget', async () => {
  const tenant = throttled();
  await repeat(250, () => readGroup(tenant));
  const exhausted = tenant.azure.snapshot();
  tenant.wait(1000);
  assert.equal((await readGroup(tenant)).status, 200);
  tenant.azure.restore(exhausted);
  await repeat(25, () => readGroup(tenant));
  assert.equal((await readGroup(tenant)).status, 429);
});

test('a faster local Azure refills its budgets faster', async () => {
  const tenant = throttled(10);
  await repeat(200, () => writeGroup(tenant));
  assert.equal((await writeGroup(tenant)).status, 429);
  tenant.wait(100);
  await repeat(10, () => writeGroup(tenant));
});

test('throttling can be enabled when the local Azure is served', () => {
  assert.equal(parseOptions(['--throttling']).settings.throttling, true);
  assert.equal(parseOptions([]).settings.throttling, undefined);
});

test('nothing is refused unless throttling is enabled', async () => {
  const tenant = newTenant();
  await repeat(300, () => writeGroup(tenant));
  const { headers } = await writeGroup(tenant);
  assert.equal(headers.get('x-ms-ratelimit-remaining-subscription-writes'), '1199');
});

const account = (tenant: Tenant, name: string, location = 'westeurope'): Promise<Answer> =>
  tenant.call('PUT', `${tenant.group}/providers/Microsoft.Storage/storageAccounts/${name}`, {
    apiVersion: '2025-08-01',
    body: { location, sku: { name: 'Standard_ZRS' }, kind: 'StorageV2' },
  });

test('the storage provider allows ten writes per second in one region', async () => {
  const tenant = throttled();
  await repeat(10, () => account(tenant, 'acc1'));
  const refused = await account(tenant, 'acc1');
  assert.deepEqual([refused.status, refused.code], [429, 'TooManyRequests']);
  assert.match(refused.message, /operation type - Write_ObservationWindow_00:00:01\. /);
  assert.equal(refused.headers.get('retry-after'), '1');
  assert.equal(refused.headers.get('x-ms-failure-cause'), null);
  assert.equal((await account(tenant, 'acc2', 'northeurope')).status, 202);
  tenant.wait(1000);
  assert.notEqual((await account(tenant, 'acc1')).status, 429);
});

test('the storage provider allows 1,200 writes per hour, and returns the time to wait', async () => {
  const tenant = throttled();
  for (let second = 0; second < 120; second += 1) {
    await repeat(10, () => account(tenant, 'acc1'));
    tenant.wait(1000);
  }
  const refused = await account(tenant, 'acc1');
  assert.match(refused.message, /Write_ObservationWindow_01:00:00/);
  assert.equal(refused.headers.get('retry-after'), '3480');
});

test('the storage provider allows a hundred lists in five minutes, and still allows reads', async () => {
  const tenant = throttled();
  const accounts = `${tenant.group}/providers/Microsoft.Storage/storageAccounts`;
  const read = (path: string): Promise<Answer> => tenant.call('GET', path, { apiVersion: '2025-08-01' });
  await repeat(100, () => read(accounts));
  assert.match((await read(accounts)).message, /List_ObservationWindow_00:05:00/);
  assert.equal((await read(`${accounts}/acc1`)).status, 404);
  tenant.wait(300_000);
  assert.equal((await read(accounts)).status, 200);
});

const vaultCall = (tenant: Tenant, method: 'PUT' | 'GET'): Promise<Answer> =>
  tenant.call(method, '/secrets/s', {
    host: 'https://kv-one.vault.localhost',
    audience: 'https://vault.localhost',
    apiVersion: '7.4',
    ...(method === 'PUT' ? { body: { value: 'v' } } : {}),
  });

const withVault = async (): Promise<Tenant> => {
  const tenant = throttled();
  const { objectId } = tenant.azure.principals.owner;
  const body = policyVault(tenant, { objectId, secrets: ['get', 'set'] });
  await tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', body).submitted();
  return tenant;
};

test('a vault accepts 300 new secrets in ten seconds, refuses more without a time to wait, and can still be read', async () => {
  const tenant = await withVault();
  await repeat(300, () => vaultCall(tenant, 'PUT'));
  const refused = await vaultCall(tenant, 'PUT');
  assert.deepEqual([refused.status, refused.code], [429, 'Throttled']);
  assert.equal(refused.headers.get('retry-after'), null);
  assert.equal((await vaultCall(tenant, 'GET')).status, 200);
  tenant.wait(10_000);
  assert.equal((await vaultCall(tenant, 'PUT')).status, 200);
});

test('a vault accepts 4,000 calls in ten seconds', async () => {
  const tenant = await withVault();
  await repeat(4000, () => vaultCall(tenant, 'GET'));
  assert.equal((await vaultCall(tenant, 'GET')).code, 'Throttled');
});
