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
  assert.deepEqual((await ask(tenant)).body, { value: [{ id: objectId, appId: clientId, displayName: 'worker' }] });
});

test('an application has no "me"', async () => {
  assert.equal((await newTenant().call('GET', '/v1.0/me', { host })).status, 404);
});

test('the graph wants a token of its own', async () => {
  assert.equal((await ask(newTenant(), 'https://management.localhost')).status, 401);
});
