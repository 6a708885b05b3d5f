import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRequestLog, type RequestEntry } from '../request-log.ts';
import { newTenant, policyVault, type Tenant } from './tenant.ts';

const apiVersion = '2026-02-01';

const makeVault = (tenant: Tenant) =>
  tenant.call('PUT', tenant.vaultId('kv-one'), {
    apiVersion,
    body: policyVault(tenant, { objectId: tenant.azure.principals.owner.objectId, secrets: ['all'] }),
  });

test('a request is logged with its caller, its operation and its outcome', async () => {
  const tenant = newTenant();
  await makeVault(tenant);
  assert.deepEqual(tenant.azure.requests, [
    {
      at: tenant.clock.now(),
      method: 'PUT',
      host: 'management.localhost',
      path: tenant.vaultId('kv-one'),
      action: 'Microsoft.KeyVault/vaults/write',
      principal: 'owner',
      status: 200,
      write: true,
    },
  ]);
});

const effects: [what: string, write: boolean, request: (tenant: Tenant) => Promise<unknown>][] = [
  ['a read', false, (tenant) => tenant.call('GET', tenant.vaultId('kv-one'), { apiVersion })],
  [
    'a check of a name',
    false,
    ({ call, subscriptionId }) =>
      call('POST', `/subscriptions/${subscriptionId}/providers/Microsoft.KeyVault/checkNameAvailability`, {
        apiVersion,
        body: { name: 'kv-two', type: 'Microsoft.KeyVault/vaults' },
      }),
  ],
  ['a refused write', false, (tenant) => tenant.call('PUT', tenant.vaultId('x'), { apiVersion, body: {} })],
  ['a write', true, (tenant) => tenant.call('PATCH', tenant.vaultId('kv-one'), { apiVersion, body: { tags: {} } })],
  ['a deletion of a missing resource', false, (tenant) => tenant.call('DELETE', tenant.vaultId('x'), { apiVersion })],
  ['a write of a secret', true, (tenant) => secret(tenant, 'PUT')],
  ['a read of a secret', false, (tenant) => secret(tenant, 'GET')],
  [
    'a backup of a secret',
    false,
    async (tenant) => {
      await secret(tenant, 'PUT');
      await tenant.as('owner').secrets('kv-one').backupSecret('s');
    },
  ],
];

const secret = ({ call }: Tenant, method: string): Promise<unknown> =>
  call(method, '/secrets/s', {
    host: 'https://kv-one.vault.localhost',
    audience: 'https://vault.localhost',
    apiVersion: '7.4',
    ...(method === 'PUT' ? { body: { value: 'top secret' } } : {}),
  });

for (const [what, write, request] of effects) {
  test(`${what} is ${write ? 'a change' : 'not a change'}`, async () => {
    const tenant = newTenant({ settings: { vaultDns: 0, accessPolicyEffect: 0 } });
    await makeVault(tenant);
    await request(tenant);
    assert.equal(tenant.azure.requests.at(-1)?.write, write);
  });
}

test('the challenge for a token is not a change, and names no caller', async () => {
  const tenant = newTenant({ settings: { vaultDns: 0, accessPolicyEffect: 0 } });
  await makeVault(tenant);
  await tenant.as('owner').secrets('kv-one').setSecret('s', 'v');
  const [, challenge, set] = tenant.azure.requests;
  assert.deepEqual([challenge?.status, challenge?.principal, challenge?.write], [401, undefined, false]);
  assert.deepEqual([set?.status, set?.action, set?.write], [200, 'secrets/set', true]);
});

test('a call to a vault has its name from the audit log, and so has the challenged call', async () => {
  const tenant = newTenant({ settings: { vaultDns: 0, accessPolicyEffect: 0 } });
  await makeVault(tenant);
  await tenant.as('owner').secrets('kv-one').setSecret('s', 'v');
  assert.deepEqual(
    tenant.azure.requests.map(({ status, operation }) => [status, operation]),
    [
      [200, undefined],
      [401, 'SecretSet'],
      [200, 'SecretSet'],
    ],
  );
});

test('a fault appears in the log, and a lost answer has its original status', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ times: 1, action: 'loseAnswer' });
  await assert.rejects(makeVault(tenant), { code: 'ECONNRESET' });
  const [entry] = tenant.azure.requests;
  assert.deepEqual([entry?.fault, entry?.status, entry?.write], ['loseAnswer', 200, true]);
});

test('neither tokens nor bodies nor secrets are logged', async () => {
  const tenant = newTenant({ settings: { vaultDns: 0, accessPolicyEffect: 0 } });
  await makeVault(tenant);
  await secret(tenant, 'PUT');
  const log = JSON.stringify(tenant.azure.requests);
  assert.ok(!log.includes('top secret') && !log.includes('Bearer') && !log.includes('eyJ'));
});

test('a very long log drops its oldest requests, and a reader continues at its position', () => {
  const log = createRequestLog();
  const entry = (at: number): RequestEntry => ({ at, method: 'GET', host: 'h', path: '/', write: false });
  for (let at = 0; at < 60_000; at += 1) log.add(entry(at));
  assert.ok(log.entries.length <= 51_000);
  assert.deepEqual(log.since(59_998), [entry(59_998), entry(59_999)]);
  log.clear();
  log.add(entry(1));
  assert.deepEqual(log.since(0), [entry(1)]);
});
