import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newTenant, type Answer, type Tenant } from './tenant.ts';

const host = 'https://graph.localhost';

const ask = ({ call, azure }: Tenant, audience = `${host}/`): Promise<Answer> => {
  const filter = `servicePrincipalNames/any(c:c eq '${azure.principals.worker.clientId}')`;
  return call('GET', `/v1.0/servicePrincipals?$filter=${encodeURIComponent(filter)}`, { host, audience });
};

test('an application is found by its client id', async () => {
  const tenant = newTenant();
  const { objectId, clientId } = tenant.azure.principals.worker;
  const { body } = await ask(tenant);
  const [found, ...more] = (body as { value: Record<string, unknown>[] }).value;
  assert.deepEqual([found?.['id'], found?.['appId'], found?.['displayName']], [objectId, clientId, 'worker']);
  assert.equal(more.length, 0);
});

test('an application is found by its name and by its object id', async () => {
  const { call, azure } = newTenant();
  const named = await call('GET', "/v1.0/servicePrincipals?$filter=displayName eq 'worker'", { host });
  const [found] = (named.body as { value: { id: string }[] }).value;
  assert.equal(found?.id, azure.principals.worker.objectId);
  assert.deepEqual((await call('GET', `/v1.0/servicePrincipals/${found.id}`, { host })).body, found);
});

test('a filter that the graph does not support is refused, and a missing application is not found', async () => {
  const { call } = newTenant();
  const odd = await call('GET', "/v1.0/servicePrincipals?$filter=startswith(displayName,'w')", { host });
  assert.deepEqual([odd.status, odd.code], [400, 'Request_UnsupportedQuery']);
  assert.equal((await call('GET', '/v1.0/servicePrincipals/nobody', { host })).status, 404);
  assert.equal((await call('GET', '/v1.0/users', { host })).status, 404);
});

test('an application has no "me"', async () => {
  const answer = await newTenant().call('GET', '/v1.0/me', { host });
  assert.deepEqual([answer.status, answer.code], [400, 'BadRequest']);
});

test('the graph requires a token of its own', async () => {
  assert.equal((await ask(newTenant(), 'https://management.localhost')).status, 401);
});
