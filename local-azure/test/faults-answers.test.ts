import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { FaultAction } from '../faults/index.ts';
import { codeOf, newTenant, policyVault, type Tenant } from './tenant.ts';

const create = (tenant: Tenant): PromiseLike<unknown> =>
  tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();

const account = { location: 'westeurope', sku: { name: 'Standard_LRS' }, kind: 'StorageV2' } as const;

const given: [status: number, code: string, headers: Record<string, string>][] = [
  [429, 'TooManyRequests', { 'retry-after': '7' }],
  [429, 'SubscriptionRequestsThrottled', {}],
  [500, 'InternalServerError', {}],
  [502, 'BadGatewayConnection', {}],
  [503, 'ServiceUnavailable', { 'retry-after': '3' }],
  [504, 'GatewayTimeout', {}],
];

for (const [status, code, headers] of given) {
  const wait = headers['retry-after'];
  test(`${status} ${code} is returned with ${wait ? `${wait} seconds to wait` : 'no time to wait'}, unexecuted`, async () => {
    const tenant = newTenant();
    tenant.azure.control.addFault({ method: 'PUT', action: { status, code, message: 'Not now.', headers } });
    await assert.rejects(
      async () => await create(tenant),
      (error: { statusCode: number; code: string; response: { headers: { get(name: string): string } } }) => {
        assert.deepEqual([error.statusCode, error.code], [status, code]);
        assert.equal(error.response.headers.get('retry-after'), wait);
        return true;
      },
    );
    assert.deepEqual(tenant.azure.state.vaults, {});
    assert.deepEqual(
      [tenant.azure.requests[0]?.status, tenant.azure.requests[0]?.fault],
      [status, `${status} ${code}`],
    );
  });
}

test('a storage service returns an answer in its own format', async () => {
  const tenant = newTenant();
  const busy = { status: 503, code: 'ServerBusy', message: 'The server is busy.' };
  tenant.azure.control.addFault({ host: '.blob.localhost', action: busy });
  const call = tenant.as('owner').blobs('accountone').getContainerClient('c').getProperties();
  assert.equal(await codeOf(call), '503 ServerBusy');
  const { headers, body } = await tenant.call('GET', '/c/b', { host: 'https://accountone.blob.localhost' });
  assert.equal(headers.get('x-ms-error-code'), 'ServerBusy');
  assert.match(String(body), /<Error><Code>ServerBusy<\/Code><Message>The server is busy\./);
});

test('the token endpoint returns an answer in its own format', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ host: 'login', action: { status: 503, code: 'temporarily_unavailable' } });
  const host = 'https://login.localhost';
  const { status, body } = await tenant.call('POST', '/tenant/oauth2/v2.0/token', { host });
  assert.equal(status, 503);
  assert.deepEqual(body, { error: 'temporarily_unavailable', error_description: 'temporarily_unavailable' });
});

const broken: [what: string, action: FaultAction, failure: string][] = [
  ['an interrupted answer', 'truncateBody', '- PARSE_ERROR'],
  ['half an answer', 'cutJson', '200 PARSE_ERROR'],
];

for (const [what, action, failure] of broken) {
  test(`${what} is not a vault for the official client, although the call was executed`, async () => {
    const tenant = newTenant();
    tenant.azure.control.addFault({ method: 'PUT', action });
    assert.equal(await codeOf(create(tenant)), failure);
    assert.ok(tenant.azure.state.vaults['kv-one']);
    assert.equal(tenant.azure.requests[0]?.status, 200);
  });
}

test('a page of HTML in place of a vault makes the official client fail, and nothing was created', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ method: 'PUT', action: 'htmlPage' });
  await assert.rejects(async () => await create(tenant), TypeError);
  assert.deepEqual(tenant.azure.state.vaults, {});
  assert.deepEqual([tenant.azure.requests[0]?.status, tenant.azure.requests[0]?.write], [200, false]);
  const answer = await tenant.call('PUT', tenant.vaultId('kv-one'));
  assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'text/html; charset=utf-8']);
});

test('an answer without a body is interrupted before it begins', async () => {
  const tenant = newTenant();
  await create(tenant);
  tenant.azure.control.addFault({ method: 'DELETE', action: 'truncateBody' });
  assert.equal(await codeOf(tenant.as('owner').keyVault.vaults.delete('g', 'kv-one')), '- ECONNRESET');
  assert.deepEqual(tenant.azure.state.vaults, {});
});

test('the official client sees the creation of a vault fail midway', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ path: '/vaults/', action: { failOperation: { code: 'InternalServerError' } } });
  const creation = tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant));
  await assert.rejects(async () => await creation, /long-running operation has failed/i);
  const { properties } = await tenant.as('owner').keyVault.vaults.get('g', 'kv-one');
  assert.equal(properties.provisioningState, 'Failed');
});

test('the poll of a failed operation returns 200 with the failure', async () => {
  const tenant = newTenant();
  const id = `${tenant.group}/providers/Microsoft.Storage/storageAccounts/accountone`;
  const { headers } = await tenant.call('PUT', id, { apiVersion: '2025-08-01', body: account });
  const error = { code: 'StorageAccountOperationFailed', message: 'It failed.' };
  tenant.azure.control.addFault({ path: '/asyncoperations/', action: { failOperation: error } });
  const poll = new URL(headers.get('location') ?? '');
  const answer = await tenant.call('GET', `${poll.pathname}${poll.search}`);
  assert.deepEqual([answer.status, answer.body], [200, { status: 'Failed', error }]);
  assert.equal(answer.headers.get('location'), null);
});

test('an operation that would be refused anyway is refused as usual', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ action: { failOperation: { code: 'InternalServerError' } } });
  assert.equal(await codeOf(tenant.as('owner').keyVault.vaults.get('g', 'none')), '404 ResourceNotFound');
});

test('a given answer has the ids by which failures are reported, of Resource Manager and of a vault', async () => {
  const tenant = newTenant({ settings: { vaultDns: 0 } });
  await tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
  tenant.azure.control.addFault({ action: { status: 503, code: 'ServerTimeout' } });
  const gateway = await tenant.call('GET', tenant.group, { headers: { 'x-ms-client-request-id': 'mine' } });
  const vault = await tenant.call('GET', '/secrets', { host: 'https://kv-one.vault.localhost' });
  assert.deepEqual([gateway.status, vault.status], [503, 503]);
  assert.equal(gateway.headers.get('x-ms-client-request-id'), 'mine');
  for (const name of ['x-ms-request-id', 'x-ms-correlation-request-id', 'x-ms-routing-request-id']) {
    assert.ok(gateway.headers.has(name), name);
  }
  for (const name of ['x-ms-request-id', 'x-ms-keyvault-region']) assert.ok(vault.headers.has(name), name);
});

suite('an error can have all fields of an Azure error', () => {
  const more = {
    target: 'kv-one',
    innererror: { code: 'SubscriptionNotAllowed', innererror: null },
    details: [{ code: 'Why', message: 'Because.' }, null],
    additionalInfo: [{ type: 'PolicyViolation', info: { policyAssignmentName: 'a' } }],
  };

  test('in addition to code and message', async () => {
    const tenant = newTenant();
    tenant.azure.control.addFault({ action: { status: 409, code: 'Conflict', message: 'No.', ...more } });
    const { status, body } = await tenant.call('GET', tenant.vaultId('kv-one'));
    assert.deepEqual([status, body], [409, { error: { code: 'Conflict', message: 'No.', ...more } }]);
  });

  test('also with null in place of each field', async () => {
    const tenant = newTenant();
    const nulls = { innererror: null, details: null, additionalInfo: null };
    tenant.azure.control.addFault({ action: { status: 500, code: 'Oops', ...nulls } });
    const { body } = await tenant.call('GET', tenant.vaultId('kv-one'));
    assert.deepEqual(body, { error: { code: 'Oops', message: 'Oops', ...nulls } });
  });

  test('for a vault, with the inner code that the official client reads', async () => {
    const tenant = newTenant({ settings: { vaultDns: 0, accessPolicyEffect: 0 } });
    await create(tenant);
    const action = { status: 403, code: 'Forbidden', innererror: { code: 'ForbiddenByNsp' } };
    tenant.azure.control.addFault({ host: '.vault.', action });
    const host = 'https://kv-one.vault.localhost';
    const { headers, body } = await tenant.call('GET', '/secrets/s', { host, audience: 'https://vault.localhost' });
    assert.deepEqual(body, {
      error: { code: 'Forbidden', message: 'Forbidden', innererror: { code: 'ForbiddenByNsp' } },
    });
    assert.ok(headers.get('x-ms-keyvault-service-version'));
  });
});

suite('an answer can consist of any bytes', () => {
  const raw = async (action: FaultAction): Promise<{ response: Response; bytes: Buffer }> => {
    const tenant = newTenant();
    tenant.azure.control.addFault({ action });
    const url = `https://management.localhost${tenant.vaultId('kv-one')}?api-version=2026-02-01`;
    const response = await tenant.azure.fetch(new Request(url));
    const { status, fault } = tenant.azure.requests[0] ?? {};
    assert.deepEqual([status, fault], [response.status, `${response.status} raw`]);
    assert.deepEqual(tenant.azure.state.vaults, {});
    return { response, bytes: Buffer.from(await response.arrayBuffer()) };
  };

  test('a text with these headers, the time, and no others', async () => {
    const page = '<html>502 Bad Gateway – ü</html>';
    const date = 'Tue, 02 Jun 2020 07:00:00 GMT';
    const headers = { 'content-type': 'text/html', 'x-azure-ref': 'abc', 'retry-after': '7', date };
    const { response, bytes } = await raw({ status: 502, headers, body: page });
    assert.equal(bytes.toString('utf8'), page);
    assert.deepEqual(Object.fromEntries(response.headers), headers);
  });

  test('bytes that are not text', async () => {
    const utf16 = Buffer.from('\ufeff{"error":{"code":"Conflict"}}', 'utf16le');
    const { response, bytes } = await raw({ status: 409, base64: utf16.toString('base64') });
    assert.equal(response.status, 409);
    assert.deepEqual(bytes, utf16);
    assert.deepEqual([...response.headers.keys()], ['date']);
  });

  for (const status of [200, 202, 204, 304, 403, 599]) {
    test(`nothing at all, with ${status}`, async () => {
      assert.equal((await raw({ status, body: '' })).bytes.length, 0);
    });
  }

  test('a megabyte', async () => {
    const body = 'x'.repeat(2 ** 20);
    assert.equal((await raw({ status: 500, body })).bytes.length, 2 ** 20);
  });

  test('in place of a token and of a blob', async () => {
    for (const host of ['https://login.localhost', 'https://accountone.blob.localhost']) {
      const tenant = newTenant();
      tenant.azure.control.addFault({ action: { status: 503, body: 'Come back.' } });
      assert.equal((await tenant.call('GET', '/any', { host })).body, 'Come back.');
    }
  });
});
