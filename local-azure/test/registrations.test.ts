import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newTenant, policyVault, type Tenant } from './tenant.ts';

const unregistered = (): Tenant => {
  const tenant = newTenant();
  tenant.azure.state.registrations = {};
  return tenant;
};

const stateOf = async (tenant: Tenant): Promise<string | undefined> =>
  (await tenant.as('worker').resources.providers.get('Microsoft.KeyVault')).registrationState;

test('a provider is Registering for a while before it is Registered', async () => {
  const tenant = unregistered();
  assert.equal(await stateOf(tenant), 'NotRegistered');
  const begun = await tenant.as('worker').resources.providers.register('Microsoft.KeyVault');
  assert.equal(begun.registrationState, 'Registering');
  tenant.wait(2_999);
  assert.equal(await stateOf(tenant), 'Registering');
  tenant.wait(1);
  assert.equal(await stateOf(tenant), 'Registered');
});

test('a repeated registration does not restart', async () => {
  const tenant = unregistered();
  const { providers } = tenant.as('worker').resources;
  await providers.register('Microsoft.KeyVault');
  tenant.wait(2_000);
  await providers.register('Microsoft.KeyVault');
  tenant.wait(1_000);
  assert.equal((await providers.register('Microsoft.KeyVault')).registrationState, 'Registered');
});

test('types of an unregistered provider are refused, even for reads', async () => {
  const tenant = unregistered();
  for (const method of ['GET', 'PUT']) {
    const answer = await tenant.call(method, tenant.vaultId('kv-one'), {
      apiVersion: '2026-02-01',
      ...(method === 'PUT' ? { body: policyVault(tenant) } : {}),
    });
    assert.deepEqual([answer.status, answer.code], [409, 'MissingSubscriptionRegistration']);
    assert.equal(
      answer.message,
      "The subscription is not registered to use namespace 'Microsoft.KeyVault'. See https://aka.ms/rps-not-found for " +
        'how to register subscriptions.',
    );
  }
});

test('a provider that never registers stays Registering until it is released', async () => {
  const tenant = unregistered();
  tenant.azure.control.neverRegister({ namespace: 'Microsoft.KeyVault' });
  await tenant.as('worker').resources.providers.register('Microsoft.KeyVault');
  tenant.wait(86_400_000);
  assert.equal(await stateOf(tenant), 'Registering');
  tenant.azure.control.letRegister({ namespace: 'Microsoft.KeyVault' });
  assert.equal(await stateOf(tenant), 'Registered');
});

test('an unregistered provider passes through Unregistering', async () => {
  const tenant = newTenant();
  const { providers } = tenant.as('owner').resources;
  assert.equal((await providers.unregister('Microsoft.KeyVault')).registrationState, 'Unregistering');
  tenant.wait(3_000);
  assert.equal(await stateOf(tenant), 'Unregistered');
  const answer = await tenant.call('GET', tenant.vaultId('kv-one'), { apiVersion: '2026-02-01' });
  assert.match(answer.message, /^The subscription registration is in 'Unregistered' state\./);
});

test('locks and groups need no registration', async () => {
  const tenant = unregistered();
  const { locks } = tenant.as('owner');
  await locks.managementLocks.createOrUpdateAtResourceGroupLevel('g', 'keep', { level: 'CanNotDelete' });
});

test('all providers are listed with their types and api-versions', async () => {
  const tenant = newTenant();
  const listed = await Array.fromAsync(tenant.as('reader').resources.providers.list());
  const keyVault = listed.find(({ namespace }) => namespace === 'Microsoft.KeyVault');
  const vaults = keyVault?.resourceTypes?.find(({ resourceType }) => resourceType === 'vaults');
  assert.ok(vaults?.apiVersions?.includes('2026-02-01'));
  assert.ok(listed.some(({ namespace }) => namespace === 'Microsoft.DataBoxEdge'));
});

test('the time scale shortens the wait', async () => {
  const tenant = newTenant({ settings: { timeScale: 10 } });
  tenant.azure.state.registrations = {};
  await tenant.as('owner').resources.providers.register('Microsoft.KeyVault');
  tenant.wait(300);
  assert.equal(await stateOf(tenant), 'Registered');
});

test('an unsupported provider can be registered and unregistered all the same', async () => {
  const tenant = newTenant();
  const { providers } = tenant.as('owner').resources;
  const namespace = 'Microsoft.ClassicInfrastructureMigrate';
  const found = await providers.get(namespace);
  assert.equal(found.registrationState, 'NotRegistered');
  assert.deepEqual(
    found.resourceTypes?.map(({ resourceType, locations }) => [resourceType, locations?.[0]]),
    [['classicInfrastructureResources', 'West Europe']],
  );
  assert.equal((await providers.register(namespace)).registrationState, 'Registering');
  tenant.wait(3_000);
  assert.equal((await providers.unregister(namespace)).registrationState, 'Unregistering');
});
