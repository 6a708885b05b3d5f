import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientSecretCredential } from '@azure/identity';
import { issuerOf, signToken } from '../entra/tokens.ts';
import { inProcess } from './http-client.ts';
import { arm, newTenant, type Tenant } from './tenant.ts';

const login = 'https://login.localhost';

const subscriptionOf = ({ subscriptionId }: Tenant): string =>
  `/subscriptions/${subscriptionId}?api-version=2022-12-01`;

const askForToken = async ({ azure }: Tenant, path: string, form: Record<string, string>) => {
  const answer = await azure.fetch(
    new Request(`${login}${path}`, { method: 'POST', body: new URLSearchParams(form).toString() }),
  );
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

test('the official credential signs in, and Azure Resource Manager accepts its token', async () => {
  const tenant = newTenant();
  const { azure } = tenant;
  const { clientId, clientSecret = '', tenantId } = azure.principals.reader;
  const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, {
    authorityHost: login,
    disableInstanceDiscovery: true,
    httpClient: inProcess((request) => azure.fetch(request)),
  });
  const { token } = await credential.getToken(`${arm}/.default`);
  const answer = await tenant.call('GET', subscriptionOf(tenant), {
    as: 'nobody',
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(answer.status, 200);
});

test('the older token endpoint grants a token for a resource', async () => {
  const tenant = newTenant();
  const { clientId, clientSecret = '', tenantId } = tenant.azure.principals.worker;
  const { status, body } = await askForToken(tenant, `/${tenantId}/oauth2/token`, {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    resource: 'https://vault.localhost',
  });
  assert.equal(status, 200);
  assert.equal(body['expires_in'], 3599);
});

const refusals: [why: string, change: Record<string, string>, status: number, error: string, code: number][] = [
  ['a wrong secret', { client_secret: 'wrong' }, 401, 'invalid_client', 7000215],
  ['an unknown application', { client_id: 'nobody' }, 400, 'unauthorized_client', 700016],
  ['a scope without /.default', { scope: arm }, 400, 'invalid_scope', 1002012],
  ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type', 70003],
];

for (const [why, change, status, error, code] of refusals) {
  test(`the token endpoint refuses ${why} with AADSTS${code}`, async () => {
    const tenant = newTenant();
    const { clientId, clientSecret = '', tenantId } = tenant.azure.principals.worker;
    const answer = await askForToken(tenant, `/${tenantId}/oauth2/v2.0/token`, {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: `${arm}/.default`,
      ...change,
    });
    assert.equal(answer.status, status);
    assert.equal(answer.body['error'], error);
    assert.deepEqual(answer.body['error_codes'], [code]);
    assert.match(String(answer.body['error_description']), new RegExp(`^AADSTS${code}: `));
  });
}

test('an unknown tenant is refused with AADSTS90002, also at discovery', async () => {
  const tenant = newTenant();
  const granted = await askForToken(tenant, '/elsewhere/oauth2/v2.0/token', {});
  assert.deepEqual([granted.status, granted.body['error_codes']], [400, [90002]]);
  const found = await tenant.azure.fetch(new Request(`${login}/elsewhere/v2.0/.well-known/openid-configuration`));
  assert.equal(found.status, 400);
});

test('discovery names the issuer and the endpoints on the requested port', async () => {
  const { azure } = newTenant();
  const address = `${login}:8443/${azure.state.tenantId}`;
  const answer = await azure.fetch(new Request(`${address}/v2.0/.well-known/openid-configuration`));
  const body = (await answer.json()) as Record<string, unknown>;
  assert.equal(body['issuer'], `${address}/v2.0`);
  assert.equal(body['token_endpoint'], `${address}/oauth2/v2.0/token`);
});

const audiences = [
  arm,
  `${arm}/`,
  `${arm}//`,
  'https://management.azure.com',
  'https://management.azure.com/',
  'https://management.core.windows.net/',
];

for (const audience of audiences) {
  test(`Azure Resource Manager accepts a token for ${audience}`, async () => {
    const tenant = newTenant();
    assert.equal((await tenant.call('GET', subscriptionOf(tenant), { audience })).status, 200);
  });
}

test('a call without a token is challenged', async () => {
  const tenant = newTenant();
  const answer = await tenant.call('GET', subscriptionOf(tenant), { as: 'nobody' });
  assert.deepEqual([answer.status, answer.code], [401, 'AuthenticationFailed']);
  assert.match(answer.headers.get('www-authenticate') ?? '', /authorization_uri="https:\/\/login\.localhost\//);
});

test('Azure Resource Manager refuses a token for the vaults', async () => {
  const tenant = newTenant();
  const answer = await tenant.call('GET', subscriptionOf(tenant), { audience: 'https://vault.localhost' });
  assert.deepEqual([answer.status, answer.code], [401, 'InvalidAuthenticationTokenAudience']);
});

test('a token expires after an hour by the clock of the local Azure', async () => {
  const tenant = newTenant();
  const authorization = `Bearer ${tenant.azure.issueToken(tenant.azure.principals.owner, arm)}`;
  tenant.wait(3_600_000);
  const answer = await tenant.call('GET', subscriptionOf(tenant), { as: 'nobody', headers: { authorization } });
  assert.deepEqual([answer.status, answer.code], [401, 'ExpiredAuthenticationToken']);
  assert.equal(
    answer.message,
    "The access token expiry UTC time '1/1/2026 12:59:59 AM' is earlier than current UTC time '1/1/2026 1:00:00 AM'.",
  );
});

test('a forged token is refused', async () => {
  const tenant = newTenant();
  const forged = signToken('another key', tenant.azure.principals.owner, arm, tenant.clock.now());
  const answer = await tenant.call('GET', subscriptionOf(tenant), {
    as: 'nobody',
    headers: { authorization: `Bearer ${forged}` },
  });
  assert.deepEqual([answer.status, answer.code], [401, 'InvalidAuthenticationToken']);
});

test('a token of another tenant is refused with both issuers in the message', async () => {
  const tenant = newTenant();
  const { owner } = tenant.azure.principals;
  const stranger = { ...owner, tenantId: '00000000-0000-4000-8000-000000000000' };
  const answer = await tenant.call('GET', subscriptionOf(tenant), { as: stranger });
  assert.deepEqual([answer.status, answer.code], [401, 'InvalidAuthenticationTokenTenant']);
  assert.ok(answer.message.includes(issuerOf(stranger.tenantId)) && answer.message.includes(issuerOf(owner.tenantId)));
});

test('a badly encoded client is unknown', async () => {
  const { azure } = newTenant();
  const request = new Request(`${login}/${azure.state.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('%:%')}` },
    body: 'grant_type=client_credentials',
  });
  const answer = await azure.fetch(request);
  assert.equal(answer.status, 400);
  assert.equal(((await answer.json()) as { error: string }).error, 'unauthorized_client');
});
