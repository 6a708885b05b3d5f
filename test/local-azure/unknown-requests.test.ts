import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newTenant, type Tenant } from './tenant.ts';

const refusals: [why: string, method: string, path: (tenant: Tenant) => string, status: number, code: string][] = [
  ['no api-version', 'GET', ({ group }) => group, 400, 'MissingApiVersionParameter'],
  [
    'an api-version of vaults that never was',
    'GET',
    ({ vaultId }) => `${vaultId('kv-one')}?api-version=2000-01-01`,
    400,
    'NoRegisteredProviderFound',
  ],
  [
    'an api-version of groups that never was',
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
    'a type at the wrong scope',
    'GET',
    ({ subscriptionId }) =>
      `/subscriptions/${subscriptionId}/providers/Microsoft.KeyVault/vaults/a?api-version=2026-02-01`,
    405,
    'HttpMethodNotAllowed',
  ],
  ['an unknown method', 'POST', ({ vaultId }) => `${vaultId('a')}?api-version=2026-02-01`, 405, 'HttpMethodNotAllowed'],
  ['a body that is no object', 'PUT', ({ group }) => `${group}?api-version=2024-11-01`, 400, 'InvalidRequestContent'],
];

for (const [why, method, path, status, code] of refusals) {
  test(`a request with ${why} is refused with ${status} ${code}`, async () => {
    const tenant = newTenant();
    const answer = await tenant.call(method, path(tenant), method === 'PUT' ? { body: [1] } : {});
    assert.deepEqual([answer.status, answer.code], [status, code]);
    assert.equal(answer.headers.get('x-ms-failure-cause'), 'gateway');
  });
}

test('hosts that nobody has do not resolve, the control host among them', async () => {
  const { azure } = newTenant();
  for (const host of [
    'example.com',
    'nothing.localhost',
    'a.b.vault.localhost',
    'control.localhost',
    'no.vault.localhost',
  ]) {
    await assert.rejects(azure.fetch(new Request(`https://${host}/`)), { code: 'ENOTFOUND' });
  }
});

test('answers of Azure Resource Manager carry its headers and the time of the clock', async () => {
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

test('the metadata of the cloud come as one object, or as a list in the older form, without a token', async () => {
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
