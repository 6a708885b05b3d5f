import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arm, codeOf, newTenant, policyVault, type Tenant } from './tenant.ts';

const list = (tenant: Tenant): Promise<string> =>
  codeOf(tenant.as('owner').keyVault.vaults.listBySubscription().next());

const create = async (tenant: Tenant): Promise<string> =>
  await codeOf(tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted());

test('a refused call is not executed', async () => {
  const tenant = newTenant();
  const fault = tenant.azure.control.addFault({ method: 'PUT', path: '/vaults/', action: 'refuse' });
  assert.equal(await create(tenant), '- ECONNREFUSED');
  assert.deepEqual(tenant.azure.state.vaults, {});
  assert.equal(fault.fired, 1);
});

test('a call to a name that does not resolve is not executed', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ method: 'PUT', path: '/vaults/', action: 'unresolved' });
  assert.equal(await create(tenant), '- ENOTFOUND');
  assert.deepEqual(tenant.azure.state.vaults, {});
});

test('a call whose answer is lost was executed', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ method: 'PUT', path: '/vaults/', action: 'loseAnswer' });
  assert.equal(await create(tenant), '- ECONNRESET');
  assert.ok(tenant.azure.state.vaults['kv-one']);
});

test('a given answer replaces the real one, with its headers', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({
    path: /\/vaults$/,
    action: { status: 429, code: 'TooManyRequests', headers: { 'retry-after': '33' } },
  });
  const path = `/subscriptions/${tenant.subscriptionId}/providers/Microsoft.KeyVault/vaults`;
  const answer = await tenant.call('GET', path, { apiVersion: '2026-02-01' });
  assert.deepEqual([answer.status, answer.code, answer.headers.get('retry-after')], [429, 'TooManyRequests', '33']);
});

test('a hanging call ends when its caller aborts it, and is never executed', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ action: 'hang' });
  const caller = new AbortController();
  const call = tenant.azure.fetch(new Request(`${arm}/subscriptions`, { signal: caller.signal }));
  caller.abort(new Error('enough'));
  await assert.rejects(call, { message: 'enough' });
  assert.equal(tenant.azure.requests[0]?.status, undefined);
});

test('the official client ends a hanging call with an abort', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ action: 'hang' });
  const abort = new AbortController();
  const call = tenant.as('owner').keyVault.vaults.get('g', 'kv-one', { abortSignal: abort.signal });
  setImmediate(() => abort.abort());
  await assert.rejects(async () => await call, { name: 'AbortError' });
});

test('a rule hits the calls that match it, and counts them', async () => {
  const tenant = newTenant();
  const fault = tenant.azure.control.addFault({ host: 'management', nth: 2, times: 2, action: 'refuse' });
  const outcomes: string[] = [];
  for (let i = 0; i < 4; i += 1) outcomes.push(await list(tenant));
  assert.deepEqual(outcomes, ['no failure', '- ECONNREFUSED', '- ECONNREFUSED', 'no failure']);
  assert.deepEqual([fault.matched, fault.fired], [4, 2]);
});

const others: [why: string, rule: { method?: string; host?: string | RegExp; path?: string | RegExp }][] = [
  ['method', { method: 'DELETE' }],
  ['host', { host: 'vault.localhost' }],
  ['path', { path: '/locks/' }],
  ['expression', { path: /storageAccounts/ }],
];

for (const [why, rule] of others) {
  test(`a rule for another ${why} does not affect a call`, async () => {
    const tenant = newTenant();
    const fault = tenant.azure.control.addFault({ ...rule, action: 'refuse' });
    assert.equal(await list(tenant), 'no failure');
    assert.equal(fault.matched, 0);
  });
}

test('when two rules match, both count and the first one fires', async () => {
  const tenant = newTenant();
  const first = tenant.azure.control.addFault({ times: 1, action: 'refuse' });
  const second = tenant.azure.control.addFault({ nth: 2, action: 'loseAnswer' });
  assert.deepEqual([await list(tenant), await list(tenant)], ['- ECONNREFUSED', '- ECONNRESET']);
  assert.deepEqual([first.fired, second.fired, second.matched], [1, 1, 2]);
});

test('cleared faults hit no further calls', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ action: 'refuse' });
  tenant.azure.control.clearFaults();
  assert.equal(await list(tenant), 'no failure');
});
