import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, newTenant, policyVault, type Tenant } from './tenant.ts';

const apiVersion = '2026-02-01';

const put = (tenant: Tenant, name: string, body: unknown, version = apiVersion) =>
  tenant.call('PUT', tenant.vaultId(name), { apiVersion: version, body });

const propertiesOf = (body: unknown): Record<string, unknown> =>
  (body as { properties: Record<string, unknown> }).properties;

test('a new vault answers 200, registers its name for a while, and shows its address with the port in use, at first without a slash', async () => {
  const tenant = newTenant();
  const made = await tenant.call('PUT', tenant.vaultId('Kv-One'), {
    apiVersion,
    body: policyVault(tenant),
    host: 'https://management.localhost:8443',
  });
  assert.equal(made.status, 200);
  assert.equal(propertiesOf(made.body)['vaultUri'], 'https://kv-one.vault.localhost:8443');
  assert.equal(propertiesOf(made.body)['provisioningState'], 'RegisteringDns');
  tenant.wait(2_000);
  const { properties } = await tenant.as('reader').keyVault.vaults.get('g', 'kv-one');
  assert.equal(properties.provisioningState, 'Succeeded');
  assert.equal(properties.vaultUri, 'https://kv-one.vault.localhost/');
});

test('the answer to the creation of a vault shows its name as unregistered even if it resolves at once', async () => {
  const tenant = newTenant({ settings: { vaultDns: 0 } });
  const made = await put(tenant, 'kv-one', policyVault(tenant));
  assert.equal(propertiesOf(made.body)['provisioningState'], 'RegisteringDns');
  const again = await put(tenant, 'kv-one', policyVault(tenant));
  assert.equal(propertiesOf(again.body)['provisioningState'], 'Succeeded');
});

test('the official poller of a new vault waits until its name is registered', async () => {
  const tenant = newTenant();
  const poller = tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant));
  await poller.submitted();
  assert.equal((await poller.poll()).status, 'running');
  tenant.wait(2_000);
  assert.equal((await poller.poll()).status, 'succeeded');
});

const models: [version: string, sent: boolean | undefined, rbac: unknown][] = [
  ['2026-02-01', undefined, true],
  ['2026-02-01', false, false],
  ['2024-11-01', undefined, undefined],
  ['2024-11-01', true, true],
];

for (const [version, sent, rbac] of models) {
  test(`a vault that ${version} creates with enableRbacAuthorization ${sent} shows ${String(rbac)}`, async () => {
    const tenant = newTenant();
    const { location, properties } = policyVault(tenant);
    const { enableRbacAuthorization: _, ...rest } = properties;
    const body = {
      location,
      properties: { ...rest, ...(sent === undefined ? {} : { enableRbacAuthorization: sent }) },
    };
    const made = await put(tenant, 'kv-one', body, version);
    assert.equal(propertiesOf(made.body)['enableRbacAuthorization'], rbac);
  });
}

test('a later PUT without a permission model leaves it unchanged', async () => {
  const tenant = newTenant();
  await put(tenant, 'kv-one', policyVault(tenant));
  const { enableRbacAuthorization: _, ...properties } = policyVault(tenant).properties;
  const again = await put(tenant, 'kv-one', { location: 'westeurope', properties });
  assert.equal(propertiesOf(again.body)['enableRbacAuthorization'], false);
});

const badNames = ['ab', '1kv', 'kv-', 'kv--1', 'a'.repeat(25), 'kv_one'];

for (const name of badNames) {
  test(`a vault cannot be called ${name}`, async () => {
    const tenant = newTenant();
    const answer = await put(tenant, name, policyVault(tenant));
    assert.deepEqual([answer.status, answer.code], [400, 'VaultNameNotValid']);
  });
}

test('the name of a vault is taken worldwide, in any case', async () => {
  const tenant = newTenant();
  tenant.azure.control.putStrangersVault({ name: 'somebodys-vault' });
  const answer = await put(tenant, 'Somebodys-Vault', policyVault(tenant));
  assert.deepEqual([answer.status, answer.code], [409, 'VaultAlreadyExists']);
  const { vaults } = tenant.as('owner').keyVault;
  const checked = await vaults.checkNameAvailability({ name: 'somebodys-vault', type: 'Microsoft.KeyVault/vaults' });
  assert.deepEqual([checked.nameAvailable, checked.reason], [false, 'AlreadyExists']);
});

test('the check of a name reports whether it is free or invalid', async () => {
  const { vaults } = newTenant().as('owner').keyVault;
  const free = await vaults.checkNameAvailability({ name: 'kv-one', type: 'Microsoft.KeyVault/vaults' });
  assert.equal(free.nameAvailable, true);
  const wrong = await vaults.checkNameAvailability({ name: 'kv--one', type: 'Microsoft.KeyVault/vaults' });
  assert.equal(wrong.reason, 'AccountNameInvalid');
});

const badBodies: [why: string, change: Record<string, unknown>][] = [
  ['purge protection off', { enablePurgeProtection: false }],
  ['soft delete off', { enableSoftDelete: false }],
  ['a retention of 91 days', { softDeleteRetentionInDays: 91 }],
  ['a retention of 6 days', { softDeleteRetentionInDays: 6 }],
  ['no sku', { sku: undefined }],
  ['an unknown sku', { sku: { family: 'A', name: 'gold' } }],
  ['a tenant by its domain', { tenantId: 'contoso.onmicrosoft.com' }],
  ['no tenant', { tenantId: null }],
  ['no policies in the policy model', { accessPolicies: undefined }],
];

for (const [why, change] of badBodies) {
  test(`a vault with ${why} is a bad request`, async () => {
    const tenant = newTenant();
    const { location, properties } = policyVault(tenant);
    const answer = await put(tenant, 'kv-one', { location, properties: { ...properties, ...change } });
    assert.deepEqual([answer.status, answer.code], [400, 'BadRequest']);
  });
}

test('a vault without a location, or with an unknown location, is refused', async () => {
  const tenant = newTenant();
  const { properties } = policyVault(tenant);
  assert.equal((await put(tenant, 'kv-one', { properties })).code, 'LocationRequired');
  const nowhere = await put(tenant, 'kv-one', { properties, location: 'atlantis' });
  assert.equal(nowhere.code, 'LocationNotAvailableForResourceType');
  assert.match(nowhere.message, /'atlantis' is not available for resource type 'Microsoft\.KeyVault\/vaults'/);
});

test('a vault cannot move to another region, and its retention cannot change', async () => {
  const tenant = newTenant();
  const { properties } = policyVault(tenant);
  await put(tenant, 'kv-one', policyVault(tenant));
  const moved = await put(tenant, 'kv-one', { properties, location: 'eastus' });
  assert.deepEqual([moved.status, moved.code], [409, 'InvalidResourceLocation']);
  const changed = await put(tenant, 'kv-one', {
    location: 'westeurope',
    properties: { ...properties, softDeleteRetentionInDays: 30 },
  });
  assert.equal(changed.code, 'BadRequest');
});

test('purge protection stays on once it is on', async () => {
  const tenant = newTenant();
  const { location, properties } = policyVault(tenant);
  await put(tenant, 'kv-one', { location, properties: { ...properties, enablePurgeProtection: true } });
  const again = await put(tenant, 'kv-one', policyVault(tenant));
  assert.equal(propertiesOf(again.body)['enablePurgeProtection'], true);
});

test('a full PUT replaces policies and tags, and a PATCH keeps the members that it omits', async () => {
  const tenant = newTenant();
  const { objectId } = tenant.azure.principals.worker;
  const withEntry = policyVault(tenant, { objectId, secrets: ['get'] });
  await put(tenant, 'kv-one', { ...withEntry, tags: { a: 'b' } });
  const patched = await tenant.call('PATCH', tenant.vaultId('kv-one'), { apiVersion, body: { tags: { c: 'd' } } });
  assert.deepEqual((patched.body as { tags: unknown }).tags, { c: 'd' });
  assert.equal((propertiesOf(patched.body)['accessPolicies'] as unknown[]).length, 1);
  const replaced = await put(tenant, 'kv-one', policyVault(tenant));
  assert.deepEqual(propertiesOf(replaced.body)['accessPolicies'], []);
  assert.deepEqual((replaced.body as { tags: unknown }).tags, {});
});

test('vaults are listed by name in a group, and by subscription, page by page', async () => {
  const tenant = newTenant({ settings: { pageSize: 2 } });
  const { vaults } = tenant.as('owner').keyVault;
  for (const name of ['kv-one', 'kv-two', 'kv-three']) {
    await vaults.createOrUpdate('g', name, policyVault(tenant)).submitted();
  }
  tenant.azure.control.putStrangersVault({ name: 'far-away' });
  const names = async (list: AsyncIterable<{ name?: string }>): Promise<(string | undefined)[]> =>
    (await Array.fromAsync(list)).map(({ name }) => name);
  assert.deepEqual(await names(vaults.listByResourceGroup('g')), ['kv-one', 'kv-three', 'kv-two']);
  assert.deepEqual(await names(vaults.listBySubscription()), ['kv-one', 'kv-two', 'kv-three']);
});

test('the last page of a list of vaults is empty', async () => {
  const tenant = newTenant();
  const list = async (path: string): Promise<{ value: unknown[]; nextLink?: string }> =>
    (await tenant.call('GET', path)).body as { value: unknown[]; nextLink?: string };
  await put(tenant, 'kv-one', policyVault(tenant));
  const first = await list(`${tenant.group}/providers/Microsoft.KeyVault/vaults?api-version=${apiVersion}`);
  assert.equal(first.value.length, 1);
  const next = new URL(first.nextLink ?? '');
  assert.deepEqual(await list(next.pathname + next.search), { value: [] });
});

test('the result of GET can be sent back by PUT and changes nothing', async () => {
  const tenant = newTenant();
  const { objectId } = tenant.azure.principals.worker;
  await put(tenant, 'kv-one', policyVault(tenant, { objectId, secrets: ['get', 'set'] }));
  const before = await tenant.call('GET', tenant.vaultId('kv-one'), { apiVersion });
  const after = await put(tenant, 'kv-one', before.body);
  assert.deepEqual(after.body, before.body);
});

test('unknown members of a body are dropped', async () => {
  const tenant = newTenant();
  const { location, properties } = policyVault(tenant);
  const made = await put(tenant, 'kv-one', { location, colour: 'red', properties: { ...properties, colour: 'red' } });
  assert.ok(made.status === 200 && !JSON.stringify(made.body).includes('red'));
});

test('a PATCH can neither disable soft delete or purge protection nor change the retention', async () => {
  const tenant = newTenant();
  await put(tenant, 'kv-one', policyVault(tenant));
  const patch = (properties: Record<string, unknown>) =>
    tenant.call('PATCH', tenant.vaultId('kv-one'), { apiVersion, body: { properties } });
  for (const change of [
    { enableSoftDelete: false },
    { enablePurgeProtection: false },
    { softDeleteRetentionInDays: 7 },
  ]) {
    assert.equal((await patch(change)).code, 'BadRequest');
  }
  assert.equal((await patch({ enableSoftDelete: true, softDeleteRetentionInDays: 90 })).status, 200);
});

test('a vault may have the name of a built-in object property', async () => {
  const tenant = newTenant();
  const { vaults } = tenant.as('owner').keyVault;
  assert.equal(await codeOf(vaults.get('g', 'constructor')), '404 ResourceNotFound');
  await vaults.createOrUpdate('g', 'constructor', policyVault(tenant)).submitted();
  assert.equal((await vaults.get('g', 'constructor')).name, 'constructor');
});

test('in the list of all resources, vaults are sorted by group and name', async () => {
  const tenant = newTenant();
  tenant.azure.control.putGroup({ name: 'a', location: 'westeurope' });
  const { keyVault, resources } = tenant.as('owner');
  for (const [group = '', name = ''] of [
    ['g', 'kv-two'],
    ['g', 'Kv-one'],
    ['a', 'kv-three'],
  ]) {
    await keyVault.vaults.createOrUpdate(group, name, policyVault(tenant)).submitted();
  }
  assert.deepEqual(
    (await Array.fromAsync(resources.resources.list())).map(({ name }) => name),
    ['kv-three', 'Kv-one', 'kv-two'],
  );
});

test('no managed HSM exists, so every valid name of one is free', async () => {
  const { subscriptionId, call } = newTenant();
  const provider = `/subscriptions/${subscriptionId}/providers/Microsoft.KeyVault`;
  const check = async (name: string) =>
    (await call('POST', `${provider}/checkMhsmNameAvailability`, { apiVersion, body: { name } })).body;
  assert.deepEqual(await check('hsm-one'), { nameAvailable: true });
  assert.equal(((await check('1')) as { reason: string }).reason, 'AccountNameInvalid');
  for (const list of ['managedHSMs', 'deletedManagedHSMs']) {
    assert.deepEqual((await call('GET', `${provider}/${list}`, { apiVersion })).body, { value: [] });
  }
});

test('the error for a vault that does not exist names it', async () => {
  const tenant = newTenant();
  const answer = await tenant.call('GET', tenant.vaultId('kv-one'), { apiVersion });
  assert.deepEqual([answer.status, answer.code], [404, 'ResourceNotFound']);
  assert.equal(
    answer.message,
    "The Resource 'Microsoft.KeyVault/vaults/kv-one' under resource group 'g' was not found. For more details please go " +
      'to https://aka.ms/ARMResourceNotFoundFix',
  );
  assert.equal(await codeOf(tenant.as('owner').keyVault.vaults.delete('g', 'kv-one')), 'no failure');
});

const elsewhere = '11111111-2222-4333-8444-555555555555';

test('a vault of another tenant requires tokens of that tenant, and refuses all others', async () => {
  const tenant = newTenant({ settings: { vaultDns: 0, accessPolicyEffect: 0 } });
  const { objectId } = tenant.azure.principals.owner;
  const body = policyVault(tenant, { objectId, secrets: ['all'] });
  await put(tenant, 'kv-one', body);
  const host = 'https://kv-one.vault.localhost';
  const list = (as: 'owner' | 'nobody') =>
    tenant.call('GET', '/secrets', { as, host, audience: 'https://vault.localhost', apiVersion: '7.4' });
  assert.equal((await list('owner')).status, 200);
  await tenant.call('PATCH', tenant.vaultId('kv-one'), { apiVersion, body: { properties: { tenantId: elsewhere } } });
  const { status, code, message, headers } = await list('owner');
  assert.deepEqual([status, code], [401, 'Unauthorized']);
  assert.match(message, new RegExp(`^AKV10032: Invalid issuer\\. Expected one of \\S*/${elsewhere}/, found `));
  assert.match(headers.get('www-authenticate') ?? '', new RegExp(`authorization="\\S+/${elsewhere}"`));
  assert.match((await list('nobody')).headers.get('www-authenticate') ?? '', new RegExp(elsewhere));
  await put(tenant, 'kv-one', body);
  assert.equal((await list('owner')).status, 200);
});

test('a vault can be created for another tenant, and its policies are for that tenant alone', async () => {
  const tenant = newTenant({ settings: { vaultDns: 0 } });
  const { objectId } = tenant.azure.principals.owner;
  const { location, properties } = policyVault(tenant, { objectId, secrets: ['all'] });
  const made = (more: object) => put(tenant, 'kv-one', { location, properties: { ...properties, ...more } });
  const mixed = await made({ tenantId: elsewhere });
  assert.equal(mixed.message, `Invalid value found at accessPolicies[0].TenantId: ${tenant.azure.state.tenantId}`);
  assert.equal((await made({ tenantId: elsewhere, accessPolicies: [] })).status, 200);
  const { tenantId } = (await tenant.as('reader').keyVault.vaults.get('g', 'kv-one')).properties;
  assert.equal(tenantId, elsewhere);
});

const addresses: [address: string, range: string | undefined][] = [
  ['10.0.0.0/8', '10.0.0.0–10.255.255.255'],
  ['10.20.30.40/32', '10.0.0.0–10.255.255.255'],
  ['172.31.0.0/16', '172.16.0.0–172.31.255.255'],
  ['192.168.1.0/24', '192.168.0.0–192.168.255.255'],
  ['172.15.0.1/32', undefined],
  ['203.0.113.0/24', undefined],
];

for (const [address, range] of addresses) {
  test(`a vault ${range ? 'refuses' : 'accepts'} the network rule ${address}, at its creation and in a change`, async () => {
    const tenant = newTenant();
    const networkAcls = { defaultAction: 'Deny', ipRules: [{ value: '203.0.113.7/32' }, { value: address }] };
    const plain = policyVault(tenant);
    const created = await put(tenant, 'kv-one', { ...plain, properties: { ...plain.properties, networkAcls } });
    if (!range) return assert.equal(created.status, 200);
    const problem =
      `Invalid value found at properties.networkAcls.ipRules[1].value: ${address} belongs to forbidden range ${range} ` +
      '(private IP addresses)';
    assert.deepEqual([created.status, created.code, created.message], [400, 'BadRequest', problem]);
    await put(tenant, 'kv-one', plain);
    const patch = { apiVersion, body: { properties: { networkAcls } } };
    assert.equal((await tenant.call('PATCH', tenant.vaultId('kv-one'), patch)).message, problem);
  });
}

test('a list of vaults may have an empty page after each full one, with further pages behind it', async () => {
  const tenant = newTenant({ settings: { pageSize: 1, emptyPages: true } });
  for (const name of ['kv-two', 'kv-one']) await put(tenant, name, policyVault(tenant));
  const pages = async (scope: string): Promise<number[]> => {
    const sizes: number[] = [];
    let next: string | undefined = `${scope}/providers/Microsoft.KeyVault/vaults?api-version=${apiVersion}`;
    while (next !== undefined) {
      const { value, nextLink } = (await tenant.call('GET', next)).body as { value: unknown[]; nextLink?: string };
      sizes.push(value.length);
      next = nextLink === undefined ? undefined : nextLink.slice(new URL(nextLink).origin.length);
    }
    return sizes;
  };
  assert.deepEqual(await pages(tenant.group), [1, 0, 1, 0, 0]);
  assert.deepEqual(await pages(`/subscriptions/${tenant.subscriptionId}`), [1, 0, 1, 0, 0]);
  const { vaults } = tenant.as('reader').keyVault;
  assert.deepEqual(
    (await Array.fromAsync(vaults.listByResourceGroup('g'))).map(({ name }) => name),
    ['kv-one', 'kv-two'],
  );
});
