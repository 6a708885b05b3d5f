import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StorageAccountCreateParameters } from '@azure/arm-storage';
import type { Settings } from '../settings.ts';
import { codeOf, newTenant, type Answer, type Tenant } from './tenant.ts';

const apiVersion = '2025-08-01';
const account: StorageAccountCreateParameters = {
  location: 'westeurope',
  sku: { name: 'Standard_ZRS' },
  kind: 'StorageV2',
  tags: { a: 'b' },
};

const path = ({ group }: Tenant, name: string): string =>
  `${group}/providers/Microsoft.Storage/storageAccounts/${name}`;

const put = (tenant: Tenant, name: string, body: unknown = account): Promise<Answer> =>
  tenant.call('PUT', path(tenant, name), { apiVersion, body });

test('a new account is an operation with an empty text, an address to poll and a delay', async () => {
  const tenant = newTenant();
  const answer = await put(tenant, 'logs1');
  assert.equal(answer.status, 202);
  assert.equal(answer.body, '');
  assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
  assert.equal(answer.headers.get('retry-after'), '17');
  assert.equal(answer.headers.get('azure-asyncoperation'), null);
  const requestId = answer.headers.get('x-ms-request-id') ?? '';
  assert.equal(
    answer.headers.get('location'),
    `https://management.localhost/subscriptions/${tenant.subscriptionId}/providers/Microsoft.Storage/locations/westeurope` +
      `/asyncoperations/${requestId}?monitor=true&api-version=${apiVersion}`,
  );
});

test('the operation returns 202 until the account exists, and then the account; before that the account is not visible', async () => {
  const tenant = newTenant();
  const location = new URL((await put(tenant, 'logs1')).headers.get('location') ?? '');
  const poll = (): Promise<Answer> => tenant.call('GET', location.pathname + location.search);
  tenant.wait(19_999);
  assert.equal((await poll()).status, 202);
  assert.equal((await tenant.call('GET', path(tenant, 'logs1'), { apiVersion })).code, 'ResourceNotFound');
  tenant.wait(1);
  const done = await poll();
  assert.equal(done.status, 200);
  assert.deepEqual(done.body, (await tenant.call('GET', path(tenant, 'logs1'), { apiVersion })).body);
});

test('the official poller follows the operation to its end', async () => {
  const tenant = newTenant();
  const { storageAccounts } = tenant.as('worker').storage;
  const poller = storageAccounts.create('g', 'logs1', account);
  await poller.submitted();
  assert.equal((await poller.poll()).status, 'running');
  tenant.wait(20_000);
  assert.equal((await poller.poll()).status, 'succeeded');
  const found = await storageAccounts.getProperties('g', 'logs1');
  assert.equal(found.primaryEndpoints?.blob, 'https://logs1.blob.localhost/');
  assert.deepEqual(found.tags, { a: 'b' });
});

test('a repeated request is refused as in progress during the creation, and answers 200 afterwards', async () => {
  const tenant = newTenant();
  await put(tenant, 'logs1');
  const early = await put(tenant, 'logs1');
  assert.deepEqual([early.status, early.code], [409, 'StorageAccountOperationInProgress']);
  tenant.wait(20_000);
  const late = await put(tenant, 'logs1', { ...account, tags: { c: 'd' } });
  assert.equal(late.status, 200);
  assert.deepEqual((late.body as { tags: unknown }).tags, { c: 'd' });
});

test('the name of an account is taken worldwide as soon as its creation begins', async () => {
  const tenant = newTenant();
  tenant.azure.control.putGroup({ name: 'h', location: 'westeurope' });
  await put(tenant, 'logs1');
  const elsewhere = path(tenant, 'logs1').replace('/resourceGroups/g/', '/resourceGroups/h/');
  const answer = await tenant.call('PUT', elsewhere, { apiVersion, body: account });
  assert.deepEqual([answer.status, answer.code], [409, 'StorageAccountAlreadyTaken']);
  assert.equal(answer.message, 'The storage account named logs1 is already taken.');
  const checked = await tenant.as('owner').storage.storageAccounts.checkNameAvailability({
    name: 'logs1',
    type: 'Microsoft.Storage/storageAccounts',
  });
  assert.deepEqual([checked.nameAvailable, checked.reason], [false, 'AlreadyExists']);
});

for (const name of ['Logs1', 'ab', 'logs-1', 'a'.repeat(25)]) {
  test(`an account cannot be called ${name}`, async () => {
    const answer = await put(newTenant(), name);
    assert.deepEqual([answer.status, answer.code], [400, 'AccountNameInvalid']);
  });
}

test('an account requires an existing kind', async () => {
  const answer = await put(newTenant(), 'logs1', { ...account, kind: 'Shoebox' });
  assert.deepEqual([answer.status, answer.code], [400, 'InvalidValuesForRequestParameters']);
});

test('the older kinds of account can become the newest, and no other change is possible', async () => {
  const tenant = newTenant({ settings: { storageAccount: 0 } });
  await put(tenant, 'logs1', { ...account, kind: 'Storage' });
  const kinds = async (kind: string): Promise<unknown[]> => {
    const { status, code } = await put(tenant, 'logs1', { ...account, kind });
    return [status, code];
  };
  assert.deepEqual(await kinds('BlobStorage'), [400, 'AccountPropertyCannotBeUpdated']);
  assert.deepEqual(await kinds('StorageV2'), [200, undefined]);
  assert.deepEqual(await kinds('Storage'), [400, 'AccountPropertyCannotBeUpdated']);
  assert.deepEqual(await kinds('NoSuchKind'), [400, 'InvalidValuesForRequestParameters']);
});

test('an account requires an existing SKU', async () => {
  const answer = await put(newTenant(), 'logs1', { ...account, sku: { name: 'Standard_GOLD' } });
  assert.deepEqual([answer.status, answer.code], [400, 'InvalidValuesForRequestParameters']);
});

type AccountBody = { kind: string; sku: { name: string; tier: string }; properties: Record<string, unknown> };

const made = async (tenant: Tenant, body: object): Promise<AccountBody> => {
  await put(tenant, 'logs1', { ...account, ...body });
  return (await tenant.call('GET', path(tenant, 'logs1'), { apiVersion })).body as AccountBody;
};

test('a geo-redundant account has a second region, with addresses there if it is readable', async () => {
  const grs = await made(newTenant({ settings: { storageAccount: 0 } }), { sku: { name: 'Standard_GRS' } });
  assert.deepEqual(
    [grs.properties['secondaryLocation'], grs.properties['statusOfSecondary'], grs.properties['secondaryEndpoints']],
    ['northeurope', 'available', undefined],
  );
  const readable = await made(newTenant({ settings: { storageAccount: 0 } }), { sku: { name: 'standard_ragrs' } });
  assert.deepEqual(readable.sku, { name: 'Standard_RAGRS', tier: 'Standard' });
  assert.deepEqual(Object.keys(readable.properties['secondaryEndpoints'] ?? {}), [
    'dfs',
    'web',
    'blob',
    'queue',
    'table',
  ]);
});

test('a zone-redundant account has one region', async () => {
  const { properties } = await made(newTenant({ settings: { storageAccount: 0 } }), {});
  assert.ok(!('secondaryLocation' in properties));
});

test('an account of the first kind has fewer services and no access tier', async () => {
  const { properties } = await made(newTenant({ settings: { storageAccount: 0 } }), { kind: 'Storage' });
  assert.deepEqual(Object.keys(properties['primaryEndpoints'] ?? {}), ['blob', 'queue', 'table', 'file']);
  assert.ok(!('accessTier' in properties));
});

test('an update changes the members that it names: the SKU, a property, or the tags, which it replaces', async () => {
  const tenant = newTenant({ settings: { storageAccount: 0 } });
  await put(tenant, 'logs1', {
    ...account,
    sku: { name: 'Standard_LRS' },
    properties: { minimumTlsVersion: 'TLS1_2' },
  });
  const { storageAccounts } = tenant.as('owner').storage;
  await storageAccounts.update('g', 'logs1', { sku: { name: 'Standard_GRS' }, tags: { c: 'd' } });
  const updated = await storageAccounts.update('g', 'logs1', { allowBlobPublicAccess: false });
  assert.equal(updated.sku?.name, 'Standard_GRS');
  assert.deepEqual(updated.tags, { c: 'd' });
  assert.deepEqual([updated.minimumTlsVersion, updated.allowBlobPublicAccess], ['TLS1_2', false]);
});

test('the operation of a deleted account is not found', async () => {
  const tenant = newTenant({ settings: { storageAccount: 0 } });
  const location = new URL((await put(tenant, 'logs1')).headers.get('location') ?? '');
  await tenant.as('owner').storage.storageAccounts.delete('g', 'logs1');
  assert.equal((await tenant.call('GET', location.pathname + location.search)).status, 404);
});

test('an account that is being created cannot be deleted, and its name is taken', async () => {
  const tenant = newTenant();
  await put(tenant, 'logs1');
  const answer = await tenant.call('DELETE', path(tenant, 'logs1'), { apiVersion });
  assert.deepEqual([answer.status, answer.code], [409, 'StorageAccountOperationInProgress']);
});

test('the name of a deleted account is free at once', async () => {
  const tenant = newTenant({ settings: { storageAccount: 0 } });
  const { storageAccounts } = tenant.as('owner').storage;
  await put(tenant, 'logs1');
  await storageAccounts.delete('g', 'logs1');
  const { nameAvailable } = await storageAccounts.checkNameAvailability({
    name: 'logs1',
    type: 'Microsoft.Storage/storageAccounts',
  });
  assert.equal(nameAvailable, true);
});

test('the check of an invalid name returns 200 with the reason', async () => {
  const { storageAccounts } = newTenant().as('owner').storage;
  const { nameAvailable, reason } = await storageAccounts.checkNameAvailability({
    name: 'Logs',
    type: 'Microsoft.Storage/storageAccounts',
  });
  assert.deepEqual([nameAvailable, reason], [false, 'AccountNameInvalid']);
});

test('an account may have the name of a built-in object property', async () => {
  const tenant = newTenant({ settings: { storageAccount: 0 } });
  assert.equal((await tenant.call('GET', path(tenant, 'constructor'), { apiVersion })).status, 404);
  assert.equal((await put(tenant, 'constructor')).status, 202);
});

test('the properties from the creation of an account are kept', async () => {
  const tenant = newTenant({ settings: { storageAccount: 0 } });
  await put(tenant, 'logs1', { ...account, properties: { minimumTlsVersion: 'TLS1_2', allowBlobPublicAccess: false } });
  const found = await tenant.as('reader').storage.storageAccounts.getProperties('g', 'logs1');
  assert.equal(found.minimumTlsVersion, 'TLS1_2');
  assert.equal(found.allowBlobPublicAccess, false);
});

test('accounts are listed once they exist, and until they are deleted', async () => {
  const tenant = newTenant();
  const { storageAccounts } = tenant.as('owner').storage;
  const names = async (): Promise<(string | undefined)[]> =>
    (await Array.fromAsync(storageAccounts.listByResourceGroup('g'))).map(({ name }) => name);
  await put(tenant, 'logs1');
  assert.deepEqual(await names(), []);
  tenant.wait(20_000);
  assert.deepEqual(await names(), ['logs1']);
  await storageAccounts.delete('g', 'logs1');
  assert.deepEqual(await names(), []);
  assert.equal((await tenant.call('DELETE', path(tenant, 'logs1'), { apiVersion })).status, 204);
});

test('keys are shown to callers with the right to list them, and to no reader', async () => {
  const tenant = newTenant({ settings: { storageAccount: 0 } });
  await put(tenant, 'logs1');
  assert.equal((await tenant.as('worker').storage.storageAccounts.listKeys('g', 'logs1')).keys?.length, 2);
  assert.equal(
    await codeOf(tenant.as('reader').storage.storageAccounts.listKeys('g', 'logs1')),
    '403 AuthorizationFailed',
  );
});

test('the blobs of an account exist and refuse every caller', async () => {
  const tenant = newTenant();
  await put(tenant, 'logs1');
  const read = (as: 'owner' | 'nobody'): Promise<Answer> =>
    tenant.call('GET', '/?comp=list', {
      as,
      host: 'https://logs1.blob.localhost',
      audience: 'https://storage.azure.com',
    });
  await assert.rejects(read('owner'), { code: 'ENOTFOUND' });
  tenant.wait(20_000);
  assert.equal((await read('nobody')).headers.get('x-ms-error-code'), 'NoAuthenticationInformation');
  assert.equal((await read('owner')).headers.get('x-ms-error-code'), 'AuthorizationPermissionMismatch');
});

test('the time scale shortens the delay of Retry-After, which is never zero', async () => {
  const retryAfter = async (settings: Partial<Settings>): Promise<string | null> =>
    (await put(newTenant({ settings }), 'logs1')).headers.get('retry-after');
  assert.equal(await retryAfter({ timeScale: 10 }), '2');
  assert.equal(await retryAfter({ retryAfter: 0 }), '1');
});

const refusedAs = ({ status, code, message }: Answer): unknown[] => [status, code, message];
const invalid = (what: string): unknown[] => [
  400,
  'InvalidValuesForRequestParameters',
  `Values for request parameters are invalid: ${what}`,
];

for (const other of ['Standard_LRS', 'Standard_GRS', 'Standard_GZRS', 'Premium_ZRS']) {
  test(`an account that is sent again as ${other} is unchanged`, async () => {
    const tenant = newTenant({ settings: { storageAccount: 0 } });
    await put(tenant, 'logs1');
    const answer = await put(tenant, 'logs1', { ...account, sku: { name: other }, tags: { c: 'd' } });
    assert.deepEqual(refusedAs(answer), invalid('sku.'));
    const found = await tenant.as('reader').storage.storageAccounts.getProperties('g', 'logs1');
    assert.deepEqual([found.sku?.name, found.tags], ['Standard_ZRS', { a: 'b' }]);
  });
}

test('an account that is sent again with its own SKU in another letter case is unchanged', async () => {
  const tenant = newTenant({ settings: { storageAccount: 0 } });
  await put(tenant, 'logs1');
  assert.equal((await put(tenant, 'logs1', { ...account, sku: { name: 'STANDARD_zrs' } })).status, 200);
});

const changes: [from: string, to: string, status: number][] = [
  ['Standard_LRS', 'Standard_RAGRS', 200],
  ['Standard_RAGRS', 'Standard_LRS', 200],
  ['Standard_GZRS', 'Standard_RAGZRS', 200],
  ['Standard_LRS', 'Standard_ZRS', 400],
  ['Standard_ZRS', 'Standard_GZRS', 400],
  ['Standard_LRS', 'Premium_LRS', 400],
];

for (const [from, to, status] of changes) {
  test(`an update ${status === 200 ? 'turns' : 'does not turn'} ${from} into ${to}`, async () => {
    const tenant = newTenant({ settings: { storageAccount: 0 } });
    await put(tenant, 'logs1', { ...account, sku: { name: from } });
    const body = { sku: { name: to }, tags: {} };
    const answer = await tenant.call('PATCH', path(tenant, 'logs1'), { apiVersion, body });
    if (status === 400) assert.deepEqual(refusedAs(answer), invalid('sku.'));
    const found = await tenant.as('reader').storage.storageAccounts.getProperties('g', 'logs1');
    assert.deepEqual([answer.status, found.sku?.name], [status, status === 200 ? to : from]);
  });
}

const redundancies: [location: string, sku: string, isOffered: boolean][] = [
  ['westus', 'Standard_ZRS', false],
  ['westus', 'Premium_ZRS', false],
  ['northcentralus', 'Standard_GZRS', false],
  ['westcentralus', 'standard_ragzrs', false],
  ['ukwest', 'Standard_ZRS', false],
  ['westus', 'Standard_GRS', true],
  ['westeurope', 'Standard_ZRS', true],
  ['eastus2', 'Standard_GZRS', true],
];

for (const [location, sku, isOffered] of redundancies) {
  test(`${sku} ${isOffered ? 'is available' : 'is not available'} in ${location}`, async () => {
    const tenant = newTenant();
    const kind = sku.startsWith('Premium') ? 'BlockBlobStorage' : 'StorageV2';
    const answer = await put(tenant, 'logs1', { location, kind, sku: { name: sku } });
    if (isOffered) return assert.equal(answer.status, 202);
    assert.deepEqual([answer.status, answer.code], [400, 'RedundancyConfigurationNotAvailableInRegion']);
    assert.match(
      answer.message,
      new RegExp(`configuration - Sku: ${sku}, Kind: ${kind} - not available in selected Region - ${location}\\.`, 'i'),
    );
    assert.deepEqual(tenant.azure.state.storageAccounts, {});
  });
}

const addresses: [address: string, isTaken: boolean][] = [
  ['10.0.0.0/8', false],
  ['10.20.30.40', false],
  ['172.16.5.0/24', false],
  ['172.31.255.255', false],
  ['192.168.1.0/24', false],
  ['172.32.0.1', true],
  ['203.0.113.0/24', true],
  ['110.1.2.3', true],
];

for (const [address, isTaken] of addresses) {
  test(`an account ${isTaken ? 'accepts' : 'refuses'} the network rule ${address}, at its creation and in a change`, async () => {
    const tenant = newTenant({ settings: { storageAccount: 0 } });
    const properties = {
      networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '203.0.113.7' }, { value: address }] },
    };
    const problem = invalid(
      'networkAcls.ipRule[*].value. For more information, see - https://aka.ms/storagenetworkruleset',
    );
    const created = await put(tenant, 'logs1', { ...account, properties });
    if (isTaken) return assert.equal(created.status, 202);
    assert.deepEqual(refusedAs(created), problem);
    await put(tenant, 'logs1');
    assert.deepEqual(refusedAs(await put(tenant, 'logs1', { ...account, properties })), problem);
    const patched = await tenant.call('PATCH', path(tenant, 'logs1'), { apiVersion, body: { properties } });
    assert.deepEqual(refusedAs(patched), problem);
  });
}

test('the storage provider names no charset of its JSON, and Azure Resource Manager names one', async () => {
  const tenant = newTenant({ settings: { storageAccount: 0 } });
  await put(tenant, 'logs1');
  const type = async (method: string, below: string, body?: object): Promise<string | null> =>
    (await tenant.call(method, path(tenant, below), { apiVersion, ...(body ? { body } : {}) })).headers.get(
      'content-type',
    );
  const plain = 'application/json';
  assert.equal(await type('GET', 'logs1'), plain);
  assert.equal(await type('PUT', 'logs1', account), plain);
  assert.equal(await type('PATCH', 'logs1', { tags: {} }), plain);
  assert.equal(await type('POST', 'logs1/listKeys'), plain);
  assert.equal(await type('POST', 'logs1/regenerateKey', { keyName: 'key1' }), plain);
  assert.equal(await type('GET', ''), plain);
  assert.equal(await type('PUT', 'LOGS1', account), plain, 'a refusal of its own');
  assert.equal(await type('GET', 'logs2'), `${plain}; charset=utf-8`);
  assert.equal(await type('DELETE', 'logs1'), 'text/plain; charset=utf-8');
});

test('the address of static websites names the zone that serves them', async () => {
  const webOf = async (location: string): Promise<unknown> => {
    const body = { location, sku: { name: 'Standard_RAGRS' } };
    const { properties } = await made(newTenant({ settings: { storageAccount: 0 } }), body);
    const { primaryEndpoints, secondaryEndpoints } = properties as Record<string, Record<string, string>>;
    return [primaryEndpoints?.['web'], secondaryEndpoints?.['web']];
  };
  const web = (zone: string) => [
    `https://logs1.${zone}.web.localhost/`,
    `https://logs1-secondary.${zone}.web.localhost/`,
  ];
  assert.deepEqual(await webOf('westeurope'), web('z6'));
  assert.deepEqual(await webOf('southcentralus'), web('z21'));
  assert.deepEqual(await webOf('eastus2euap'), web('z3'));
  assert.deepEqual(await webOf('eastasia'), web('z7'));
});

test('a regenerated key has another value and a later time, and the other key is unchanged', async () => {
  const tenant = newTenant({ settings: { storageAccount: 0 } });
  await put(tenant, 'logs1');
  const { storageAccounts } = tenant.as('owner').storage;
  const [first, second] = (await storageAccounts.listKeys('g', 'logs1')).keys ?? [];
  tenant.wait(60_000);
  const { keys = [] } = await storageAccounts.regenerateKey('g', 'logs1', { keyName: 'key1' });
  assert.notEqual(keys[0]?.value, first?.value);
  assert.equal((keys[0]?.creationTime?.getTime() ?? 0) - (first?.creationTime?.getTime() ?? 0), 60_000);
  assert.deepEqual(keys[1], second);
  assert.deepEqual((await storageAccounts.listKeys('g', 'logs1')).keys, keys);
  const again = await storageAccounts.regenerateKey('g', 'logs1', { keyName: 'key1' });
  assert.notEqual(again.keys?.[0]?.value, keys[0]?.value);
  const { keyCreationTime } = await storageAccounts.getProperties('g', 'logs1');
  assert.deepEqual([keyCreationTime?.key1, keyCreationTime?.key2], [keys[0]?.creationTime, second?.creationTime]);
});

for (const keyName of ['key3', 'constructor', '']) {
  test(`there is no key "${keyName}" to regenerate`, async () => {
    const tenant = newTenant({ settings: { storageAccount: 0 } });
    await put(tenant, 'logs1');
    const answer = await tenant.call('POST', `${path(tenant, 'logs1')}/regenerateKey`, {
      apiVersion,
      body: { keyName },
    });
    assert.deepEqual(refusedAs(answer), invalid('keyName.'));
  });
}

test('regenerating a key requires the right to it, and no lock against writes', async () => {
  const tenant = newTenant({ settings: { storageAccount: 0 } });
  await put(tenant, 'logs1');
  const code = (as: 'reader' | 'owner') =>
    codeOf(tenant.as(as).storage.storageAccounts.regenerateKey('g', 'logs1', { keyName: 'key2' }));
  assert.equal(await code('reader'), '403 AuthorizationFailed');
  tenant.azure.control.putLock({ scope: path(tenant, 'logs1'), name: 'keep', level: 'ReadOnly' });
  assert.equal(await code('owner'), '409 ScopeLocked');
});
