import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newTenant, type Tenant } from './tenant.ts';

const refusals: [why: string, method: string, path: (tenant: Tenant) => string, status: number, code: string][] = [
  ['no api-version', 'GET', ({ group }) => group, 400, 'MissingApiVersionParameter'],
  [
    'an api-version of vaults that never existed',
    'GET',
    ({ vaultId }) => `${vaultId('kv-one')}?api-version=2000-01-01`,
    400,
    'NoRegisteredProviderFound',
  ],
  [
    'an api-version of groups that never existed',
    'GET',
    ({ group }) => `${group}?api-version=1`,
    400,
    'InvalidApiVersionParameter',
  ],
  [
    'an unknown provider',
    'GET',
    ({ group }) => `${group}/providers/Microsoft.Nothing/things/a?api-version=2024-01-01`,
    404,
    'InvalidResourceNamespace',
  ],
  [
    'an unknown type',
    'GET',
    ({ group }) => `${group}/providers/Microsoft.KeyVault/safes/a?api-version=2026-02-01`,
    404,
    'InvalidResourceType',
  ],
  [
    'a body that is not an object',
    'PUT',
    ({ group }) => `${group}?api-version=2024-11-01`,
    400,
    'InvalidRequestContent',
  ],
];

test('the refusal of an unknown provider keeps its spelling', async () => {
  const { call, group } = newTenant();
  const { message } = await call('GET', `${group}/providers/Microsoft.Nothing/things/a`, { apiVersion: '2024-01-01' });
  assert.equal(message, "The resource namespace 'Microsoft.Nothing' is invalid.");
});

for (const [why, method, path, status, code] of refusals) {
  test(`a request with ${why} is refused with ${status} ${code}`, async () => {
    const tenant = newTenant();
    const answer = await tenant.call(method, path(tenant), method === 'PUT' ? { body: [1] } : {});
    assert.deepEqual([answer.status, answer.code], [status, code]);
    assert.equal(answer.headers.get('x-ms-failure-cause'), 'gateway');
  });
}

const spellings: [why: string, path: (tenant: Tenant) => string][] = [
  ['in capitals', ({ group }) => group.toUpperCase()],
  ['with doubled slashes and one at its end', ({ group }) => `/${group.replaceAll('/', '//')}/`],
  ['with an encoded scope', ({ group }) => `/${encodeURIComponent(group)}`],
  ['with dot segments', ({ group }) => `${group}/x/../y/%2e%2e/.`],
];

for (const [why, path] of spellings) {
  test(`a group is found by its path ${why}`, async () => {
    const tenant = newTenant();
    const answer = await tenant.call('GET', path(tenant), { apiVersion: '2024-11-01' });
    assert.equal((answer.body as { id: string }).id, tenant.group);
  });
}

for (const name of ['api-version', 'api%2Dversion', 'API-Version']) {
  test(`the api-version may be given as ${name}`, async () => {
    const tenant = newTenant();
    assert.equal((await tenant.call('GET', `${tenant.group}?${name}=2024-11-01`)).status, 200);
  });
}

for (const method of ['PROPFIND', 'OPTIONS', 'REPORT', 'put.']) {
  test(`${method} is an unsupported method`, async () => {
    const tenant = newTenant();
    const answer = await tenant.call(method, tenant.group, { apiVersion: '2024-11-01' });
    assert.equal(answer.status, 405);
  });
}

const oddPaths: [why: string, path: (tenant: Tenant) => string, status: number, code: string][] = [
  ['none', () => '/', 404, 'InvalidResourceType'],
  ['slashes only', () => '///', 404, 'InvalidResourceType'],
  ['badly encoded', ({ group }) => `${group}%`, 400, 'BadRequest'],
  ['with a hidden dot segment', ({ group }) => `${group}%2F..`, 400, 'BadRequest'],
  ['with a hidden end', ({ group }) => `${group}%00`, 400, 'BadRequest'],
  ['encoded twice', ({ group }) => `/${encodeURIComponent(encodeURIComponent(group))}`, 400, 'BadRequest'],
  ['endless', ({ group }) => group + '/a'.repeat(50_000), 404, 'InvalidResourceType'],
  [
    'of providers within providers',
    ({ group }) => `${group}/providers/Microsoft.KeyVault/providers/b/c`,
    404,
    'InvalidResourceNamespace',
  ],
  ['named like a built-in object property', () => '/subscriptions/constructor', 404, 'SubscriptionNotFound'],
];

for (const [why, path, status, code] of oddPaths) {
  test(`a path (${why}) is refused with ${status} ${code}`, async () => {
    const tenant = newTenant();
    const answer = await tenant.call('GET', path(tenant), { apiVersion: '2024-11-01' });
    assert.deepEqual([answer.status, answer.code], [status, code]);
  });
}

test('a body is read to a depth of 64 levels', async () => {
  const tenant = newTenant();
  const nested = (levels: number): object => (levels === 1 ? {} : { inner: nested(levels - 1) });
  const put = (levels: number) =>
    tenant.call('PUT', tenant.group, { apiVersion: '2024-11-01', body: { location: 'westeurope', ...nested(levels) } });
  assert.equal((await put(64)).status, 200);
  assert.equal((await put(65)).code, 'InvalidRequestContent');
});

for (const top of ['0', '-5', 'many', '1.5', '']) {
  test(`a list of '${top}' entries is refused`, async () => {
    const { call } = newTenant();
    const answer = await call('GET', `/subscriptions?$top=${top}`, { apiVersion: '2022-12-01' });
    assert.deepEqual([answer.status, answer.code], [400, 'InvalidTopParameter']);
  });
}

const unsupported: [why: string, method: string, path: (tenant: Tenant) => string][] = [
  [
    'a type at the wrong scope',
    'GET',
    ({ subscriptionId }) =>
      `/subscriptions/${subscriptionId}/providers/Microsoft.KeyVault/vaults/a?api-version=2026-02-01`,
  ],
  ['an unknown method', 'POST', ({ vaultId }) => `${vaultId('a')}?api-version=2026-02-01`],
];

for (const [why, method, path] of unsupported) {
  test(`a request with ${why} is refused with 405 and a body in another format`, async () => {
    const tenant = newTenant();
    const answer = await tenant.call(method, path(tenant));
    assert.equal(answer.status, 405);
    assert.deepEqual(answer.body, { Message: `The requested resource does not support http method '${method}'.` });
  });
}

test('the refusal of an unknown type names the requested api-version', async () => {
  const tenant = newTenant();
  const path = `${tenant.group}/providers/microsoft.keyvault/safes/a`;
  const { message } = await tenant.call('GET', path, { apiVersion: '2026-02-01' });
  assert.equal(
    message,
    "The resource type could not be found in the namespace 'Microsoft.KeyVault' for api version '2026-02-01'.",
  );
});

test('unknown hosts do not resolve, including the control host', async () => {
  const { azure } = newTenant();
  for (const host of [
    'example.com',
    'nothing.localhost',
    'a.b.vault.localhost',
    'control.localhost',
    'no.vault.localhost',
    'constructor',
    'constructor.vault.localhost',
    'constructor.blob.localhost',
  ]) {
    await assert.rejects(azure.fetch(new Request(`https://${host}/`)), { code: 'ENOTFOUND' });
  }
});

test('answers of Azure Resource Manager have its headers and the time of the clock', async () => {
  const tenant = newTenant();
  const { headers } = await tenant.call('GET', tenant.group, {
    apiVersion: '2024-11-01',
    headers: { 'x-ms-client-request-id': 'mine' },
  });
  const correlation = headers.get('x-ms-correlation-request-id');
  assert.equal(headers.get('x-ms-routing-request-id'), `LOCAL:20260101T000000Z:${correlation}`);
  assert.equal(headers.get('x-ms-client-request-id'), 'mine');
  assert.equal(headers.get('x-ms-ratelimit-remaining-subscription-reads'), '11999');
  assert.equal(headers.get('strict-transport-security'), 'max-age=31536000; includeSubDomains');
  assert.equal(headers.get('date'), 'Thu, 01 Jan 2026 00:00:00 GMT');
});

test('the metadata of the cloud are one object, or a list in the older format, without a token', async () => {
  const tenant = newTenant();
  const read = async (apiVersion: string): Promise<unknown> =>
    (
      await tenant.call('GET', '/metadata/endpoints', {
        as: 'nobody',
        apiVersion,
        host: 'https://management.localhost:8443',
      })
    ).body;
  const cloud = (await read('2022-09-01')) as Record<string, Record<string, unknown>>;
  assert.equal(cloud['authentication']?.['loginEndpoint'], 'https://login.localhost:8443');
  assert.equal(cloud['suffixes']?.['keyVaultDns'], 'vault.localhost:8443');
  assert.deepEqual(await read('2019-05-01'), [cloud]);
});
