import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addManagedIdentity } from '../entra/principals.ts';
import { storageBlobDataReader } from '../entra/roles.ts';
import { accountId, auditDelay, auditedTenant, blobNames, container, putAccount } from './audit.ts';
import { codeOf, type Answer, type CallOptions, type Tenant } from './tenant.ts';

const host = 'https://logs1.blob.localhost';
const audience = 'https://storage.azure.com';

/** One record is in the log. */
const withRecord = async (): Promise<Tenant> => {
  const tenant = await auditedTenant();
  await tenant.as('owner').keyVault.vaults.get('g', 'kv-one');
  tenant.wait(auditDelay);
  return tenant;
};

/** Records of this many hours are in the log. */
const withHours = async (hours: number): Promise<Tenant> => {
  const tenant = await auditedTenant();
  for (let hour = 0; hour < hours; hour += 1) {
    await tenant.as('owner').keyVault.vaults.get('g', 'kv-one');
    tenant.wait(3_600_000);
  }
  return tenant;
};

const call = (tenant: Tenant, path: string, options: CallOptions & { method?: string } = {}): Promise<Answer> =>
  tenant.call(options.method ?? 'GET', path, { as: 'reader', host, audience, ...options });

const errorOf = ({ status, headers }: Answer): string => `${status} ${headers.get('x-ms-error-code') ?? '-'}`;

const blobPath = async (tenant: Tenant): Promise<string> => `/${container}/${(await blobNames(tenant))[0] ?? ''}`;

test('a principal with the role for reading blobs sees the container and the blob', async () => {
  const tenant = await withRecord();
  const service = tenant.as('reader').blobs('logs1');
  const containers = await Array.fromAsync(service.listContainers());
  assert.deepEqual(
    containers.map(({ name }) => name),
    [container],
  );
  const found = await Array.fromAsync(service.getContainerClient(container).listBlobsFlat());
  assert.deepEqual(
    found.map(({ properties }) => [properties.blobType, properties.contentType]),
    [['AppendBlob', 'application/octet-stream']],
  );
});

for (const who of ['owner', 'operator', 'worker'] as const) {
  test(`the ${who} has no role for data and is refused`, async () => {
    const tenant = await withRecord();
    const client = tenant.as(who).blobs('logs1').getContainerClient(container);
    const refused = '403 AuthorizationPermissionMismatch';
    assert.equal(await codeOf(tenant.as(who).blobs('logs1').listContainers().next()), refused);
    assert.equal(await codeOf(client.listBlobsFlat().next()), refused);
    assert.equal(await codeOf(client.getBlobClient((await blobNames(tenant))[0] ?? '').download()), refused);
  });
}

test('a contributor is refused, too', async () => {
  const tenant = await withRecord();
  tenant.azure.control.assignRole({ principal: 'operator', role: 'Contributor' });
  const client = tenant.as('operator').blobs('logs1').getContainerClient(container);
  assert.equal(await codeOf(client.listBlobsFlat().next()), '403 AuthorizationPermissionMismatch');
});

test('a role at the container opens this container and not the list of all containers', async () => {
  const tenant = await withRecord();
  const identity = addManagedIdentity(tenant.azure.state, 'auditor');
  tenant.azure.state.roleAssignments.push({
    objectId: identity.objectId,
    scope: `${accountId(tenant)}/blobServices/default/containers/${container}`,
    role: storageBlobDataReader,
  });
  const service = tenant.as(identity).blobs('logs1');
  assert.equal((await Array.fromAsync(service.getContainerClient(container).listBlobsFlat())).length, 1);
  assert.equal(await codeOf(service.listContainers().next()), '403 AuthorizationPermissionMismatch');
});

test('the properties of a blob include its length, its age and its blocks', async () => {
  const tenant = await withRecord();
  const client = tenant.as('reader').blobs('logs1').getContainerClient(container);
  const blob = client.getBlobClient((await blobNames(tenant))[0] ?? '');
  const first = await blob.getProperties();
  assert.equal(first.contentLength, (await blob.downloadToBuffer()).length);
  assert.equal(first.blobCommittedBlockCount, 1);
  assert.equal(first.createdOn?.getTime(), Math.floor(tenant.azure.now() / 1000) * 1000);
  await tenant.as('owner').keyVault.vaults.get('g', 'kv-one');
  tenant.wait(auditDelay);
  const second = await blob.getProperties();
  assert.equal(second.blobCommittedBlockCount, 2);
  assert.notEqual(second.etag, first.etag);
  assert.deepEqual(second.createdOn, first.createdOn);
  assert.ok(second.lastModified && first.lastModified && second.lastModified > first.lastModified);
});

test('the properties of the container can be read', async () => {
  const tenant = await withRecord();
  const client = tenant.as('reader').blobs('logs1').getContainerClient(container);
  const { lastModified, leaseState } = await client.getProperties();
  assert.equal(lastModified?.getTime(), Math.floor(tenant.azure.now() / 1000) * 1000);
  assert.equal(leaseState, 'available');
});

test('a part of a blob is returned with its position and the total length', async () => {
  const tenant = await withRecord();
  const client = tenant.as('reader').blobs('logs1').getContainerClient(container);
  const blob = client.getBlobClient((await blobNames(tenant))[0] ?? '');
  const whole = await blob.downloadToBuffer();
  assert.deepEqual(await blob.downloadToBuffer(10, 20), whole.subarray(10, 30));
  const { status, headers } = await call(tenant, await blobPath(tenant), { headers: { range: 'bytes=5-' } });
  assert.equal(status, 206);
  assert.equal(headers.get('content-range'), `bytes 5-${whole.length - 1}/${whole.length}`);
});

test('x-ms-range takes precedence over range', async () => {
  const tenant = await withRecord();
  const headers = { range: 'bytes=0-9', 'x-ms-range': 'bytes=0-4' };
  assert.equal((await call(tenant, await blobPath(tenant), { headers })).headers.get('content-length'), '5');
});

test('a range beyond the end is refused', async () => {
  const tenant = await withRecord();
  const answer = await call(tenant, await blobPath(tenant), { headers: { range: 'bytes=999999-' } });
  assert.equal(errorOf(answer), '416 InvalidRange');
});

test('conditional reads detect a blob that has grown, and do not return an unchanged blob again', async () => {
  const tenant = await withRecord();
  const path = await blobPath(tenant);
  const etag = (await call(tenant, path)).headers.get('etag') ?? '';
  assert.equal((await call(tenant, path, { headers: { 'if-none-match': etag } })).status, 304);
  await tenant.as('owner').keyVault.vaults.get('g', 'kv-one');
  tenant.wait(auditDelay);
  assert.equal(errorOf(await call(tenant, path, { headers: { 'if-match': etag } })), '412 ConditionNotMet');
});

test('two records of one moment create two versions of the blob', async () => {
  const tenant = await auditedTenant(0);
  const etag = async (): Promise<string | null> => {
    await tenant.as('owner').keyVault.vaults.get('g', 'kv-one');
    return (await call(tenant, await blobPath(tenant))).headers.get('etag');
  };
  assert.notEqual(await etag(), await etag());
});

test('lists are returned in pages', async () => {
  const tenant = await withHours(5);
  const pages = tenant
    .as('reader')
    .blobs('logs1')
    .getContainerClient(container)
    .listBlobsFlat()
    .byPage({ maxPageSize: 2 });
  const sizes = (await Array.fromAsync(pages)).map(({ segment }) => segment.blobItems.length);
  assert.deepEqual(sizes, [2, 2, 1]);
});

test('hierarchical lists show deeper levels as prefixes', async () => {
  const tenant = await withHours(3);
  const client = tenant.as('reader').blobs('logs1').getContainerClient(container);
  const below = async (prefix: string): Promise<string[]> =>
    (await Array.fromAsync(client.listBlobsByHierarchy('/', { prefix }))).map(({ kind, name }) => `${kind} ${name}`);
  const [name = ''] = await blobNames(tenant);
  const upTo = (part: string): string => name.slice(0, name.indexOf(part) + part.length);
  assert.deepEqual(await below(''), ['prefix resourceId=/']);
  assert.equal((await below(upTo('/d='))).length, 1);
  assert.deepEqual(await below(upTo('/m=00/')), [`blob ${name}`]);
});

test('a prefix excludes other blobs, whatever characters it contains', async () => {
  const tenant = await withRecord();
  const client = tenant.as('reader').blobs('logs1').getContainerClient(container);
  assert.equal((await Array.fromAsync(client.listBlobsFlat({ prefix: 'resourceId=/SUBSCRIPTIONS/' }))).length, 1);
  assert.deepEqual(await Array.fromAsync(client.listBlobsFlat({ prefix: '<&"\u0001' })), []);
});

const refusals: [what: string, path: string, options: CallOptions & { method?: string }, expected: string][] = [
  ['a call without a token', '/?comp=list', { as: 'nobody' }, '401 NoAuthenticationInformation'],
  [
    'a token for another service',
    '/?comp=list',
    { audience: 'https://vault.azure.net' },
    '401 InvalidAuthenticationInfo',
  ],
  ['a shared key', '/?comp=list', { headers: { authorization: 'SharedKey logs1:c2ln' } }, '403 AuthenticationFailed'],
  ['a shared access signature', '/?comp=list&sig=c2ln', { as: 'nobody' }, '403 AuthenticationFailed'],
  ['a missing container', '/gossip?restype=container', {}, '404 ContainerNotFound'],
  ['a list of a missing container', '/gossip?restype=container&comp=list', {}, '404 ContainerNotFound'],
  ['a missing blob', `/${container}/gossip`, {}, '404 BlobNotFound'],
  ['a path that is not well encoded', '/%zz/gossip', {}, '400 InvalidUri'],
  [
    'a page without a size',
    `/${container}?restype=container&comp=list&maxresults=x`,
    {},
    '400 InvalidQueryParameterValue',
  ],
  ['an empty page', `/${container}?restype=container&comp=list&maxresults=0`, {}, '400 OutOfRangeQueryParameterValue'],
  ['an unknown part of the service', '/?comp=gossip', {}, '400 InvalidQueryParameterValue'],
  ['a write', `/${container}/gossip`, { method: 'PUT', body: {} }, '403 AuthorizationPermissionMismatch'],
  ['a deletion', `/${container}`, { method: 'DELETE' }, '403 AuthorizationPermissionMismatch'],
];

for (const [what, path, options, expected] of refusals) {
  test(`${what} is refused with ${expected}`, async () => {
    const answer = await call(await withRecord(), path, options);
    assert.equal(errorOf(answer), expected);
    assert.match(String(answer.body), /^<\?xml .*<Error><Code>\w+<\/Code><Message>/);
  });
}

test('a token that has expired is refused', async () => {
  const tenant = await withRecord();
  const token = tenant.azure.issueToken(tenant.azure.principals.reader, audience);
  tenant.wait(2 * 3_600_000);
  const answer = await call(tenant, '/?comp=list', { headers: { authorization: `Bearer ${token}` } });
  assert.equal(errorOf(answer), '401 InvalidAuthenticationInfo');
  assert.match(String(answer.body), /Lifetime validation failed/);
});

test('tokens for this account alone are accepted, also under its local name', async () => {
  const tenant = await withRecord();
  for (const accepted of [host, `${host}/`, 'https://logs1.blob.core.windows.net', 'https://storage.localhost']) {
    assert.equal((await call(tenant, '/?comp=list', { audience: accepted })).status, 200);
  }
});

test('an account that forbids keys refuses a key with that reason', async () => {
  const tenant = await withRecord();
  await tenant.as('owner').storage.storageAccounts.update('g', 'logs1', { allowSharedKeyAccess: false });
  const answer = await call(tenant, '/?comp=list', { headers: { authorization: 'SharedKey logs1:c2ln' } });
  assert.equal(errorOf(answer), '403 KeyBasedAuthenticationNotPermitted');
});

test('a write is refused as unsupported, even with the right to write', async () => {
  const tenant = await withRecord();
  tenant.azure.control.assignRole({
    principal: 'reader',
    role: {
      ...storageBlobDataReader,
      dataActions: ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*'],
    },
  });
  const answer = await call(tenant, `/${container}/gossip`, { method: 'PUT', body: {} });
  assert.equal(errorOf(answer), '405 UnsupportedHttpVerb');
});

test('the firewall of the account refuses readers, and the log is still written', async () => {
  const tenant = await withRecord();
  const { storageAccounts } = tenant.as('owner').storage;
  await storageAccounts.update('g', 'logs1', { networkRuleSet: { defaultAction: 'Deny' } });
  await tenant.as('owner').keyVault.vaults.get('g', 'kv-one');
  tenant.wait(auditDelay);
  assert.equal(errorOf(await call(tenant, '/?comp=list')), '403 AuthorizationFailure');
  await storageAccounts.update('g', 'logs1', { networkRuleSet: { defaultAction: 'Allow' } });
  const blob = tenant
    .as('reader')
    .blobs('logs1')
    .getContainerClient(container)
    .getBlobClient((await blobNames(tenant))[0] ?? '');
  assert.equal((await blob.getProperties()).blobCommittedBlockCount, 2);
});

test('an account without a log has no container', async () => {
  const tenant = await withRecord();
  await putAccount(tenant, 'logs2');
  assert.deepEqual(await Array.fromAsync(tenant.as('reader').blobs('logs2').listContainers()), []);
});

test('an answer repeats the version and the request id of the client', async () => {
  const headers = { 'x-ms-version': '2026-04-06', 'x-ms-client-request-id': 'abc' };
  const answer = await call(await withRecord(), '/?comp=list', { headers });
  assert.equal(answer.headers.get('x-ms-version'), '2026-04-06');
  assert.equal(answer.headers.get('x-ms-client-request-id'), 'abc');
  assert.ok(answer.headers.get('x-ms-request-id'));
});
