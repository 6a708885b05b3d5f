import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addManagedIdentity, removePrincipal } from '../entra/principals.ts';
import { codeOf, newTenant, policyVault, type Tenant } from './tenant.ts';

const one = '11111111-1111-4111-8111-111111111111';
const two = '22222222-2222-4222-8222-222222222222';

type Entry = { objectId: string; secrets: string[] };

const withVault = async (...entries: Entry[]): Promise<Tenant> => {
  const tenant = newTenant({ settings: { vaultDns: 0 } });
  await tenant
    .as('owner')
    .keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant, ...entries))
    .submitted();
  return tenant;
};

const bodyOf = ({ azure }: Tenant, ...entries: Entry[]) => ({
  properties: {
    accessPolicies: entries.map(({ objectId, secrets }) => ({
      tenantId: azure.state.tenantId,
      objectId,
      permissions: { secrets },
    })),
  },
});

const edit = (tenant: Tenant, operation: string, ...entries: Entry[]) =>
  tenant.call('PUT', `${tenant.vaultId('kv-one')}/accessPolicies/${operation}`, {
    as: 'worker',
    apiVersion: '2026-02-01',
    body: bodyOf(tenant, ...entries),
  });

const entriesNow = async (tenant: Tenant): Promise<Entry[]> => {
  const { properties } = await tenant.as('reader').keyVault.vaults.get('g', 'kv-one');
  return (properties.accessPolicies ?? []).map(({ objectId, permissions }) => ({
    objectId,
    secrets: permissions.secrets ?? [],
  }));
};

const edits: [operation: string, before: Entry[], sent: Entry[], after: Entry[]][] = [
  ['add', [], [{ objectId: one, secrets: ['Get'] }], [{ objectId: one, secrets: ['Get'] }]],
  [
    'add',
    [{ objectId: one, secrets: ['get'] }],
    [{ objectId: one, secrets: ['Get', 'set'] }],
    [{ objectId: one, secrets: ['get', 'set'] }],
  ],
  [
    'replace',
    [
      { objectId: one, secrets: ['get', 'purge'] },
      { objectId: two, secrets: ['list'] },
    ],
    [{ objectId: one, secrets: ['get', 'set'] }],
    [
      { objectId: one, secrets: ['get', 'set'] },
      { objectId: two, secrets: ['list'] },
    ],
  ],
  ['replace', [], [{ objectId: two, secrets: ['get'] }], [{ objectId: two, secrets: ['get'] }]],
  [
    'remove',
    [{ objectId: one, secrets: ['get', 'set'] }],
    [{ objectId: one, secrets: ['SET'] }],
    [{ objectId: one, secrets: ['get'] }],
  ],
  ['remove', [{ objectId: one, secrets: ['get'] }], [{ objectId: one, secrets: ['get'] }], []],
  [
    'remove',
    [{ objectId: one, secrets: ['get'] }],
    [{ objectId: two, secrets: ['get'] }],
    [{ objectId: one, secrets: ['get'] }],
  ],
];

for (const [operation, before, sent, after] of edits) {
  test(`${operation} ${JSON.stringify(sent)} turns ${JSON.stringify(before)} into ${JSON.stringify(after)}`, async () => {
    const tenant = await withVault(...before);
    await edit(tenant, operation, ...sent);
    assert.deepEqual(await entriesNow(tenant), after);
  });
}

test('the answer to an edit contains only the entries that were sent', async () => {
  const tenant = await withVault({ objectId: one, secrets: ['get'] });
  const answer = await edit(tenant, 'add', { objectId: two, secrets: ['list'] });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, {
    id: `${tenant.vaultId('kv-one')}/accessPolicies/`,
    type: 'Microsoft.KeyVault/vaults/accessPolicies',
    properties: bodyOf(tenant, { objectId: two, secrets: ['list'] }).properties,
  });
});

test('the control plane shows a new entry at once, and the data plane honours it a moment later', async () => {
  const tenant = await withVault();
  const { objectId } = tenant.azure.principals.worker;
  const secrets = tenant.as('worker').secrets('kv-one');
  await edit(tenant, 'add', { objectId, secrets: ['set'] });
  assert.equal((await entriesNow(tenant)).length, 1);
  tenant.wait(1_999);
  assert.equal(await codeOf(secrets.setSecret('s', 'v')), '403 Forbidden');
  tenant.wait(1);
  assert.equal(await codeOf(secrets.setSecret('s', 'v')), 'no failure');
});

test('a right that was removed stays effective for a moment, also when another change follows', async () => {
  const { objectId } = newTenant().azure.principals.worker;
  const tenant = await withVault({ objectId, secrets: ['set', 'get'] });
  const secrets = tenant.as('worker').secrets('kv-one');
  tenant.wait(2_000);
  await edit(tenant, 'replace', { objectId, secrets: ['get'] });
  tenant.wait(1_000);
  await edit(tenant, 'add', { objectId: two, secrets: ['get'] });
  assert.equal(await codeOf(secrets.setSecret('s', 'v')), 'no failure');
  tenant.wait(1_000);
  assert.equal(await codeOf(secrets.setSecret('s', 'v')), '403 Forbidden');
});

const badEntries: [why: string, change: Record<string, unknown>, place: string][] = [
  ['an object id that is not a GUID', { objectId: 'me' }, 'accessPolicies[0].ObjectId: me'],
  ['another tenant', { tenantId: two }, `accessPolicies[0].TenantId: ${two}`],
  ['an unknown permission', { permissions: { secrets: ['look'] } }, 'accessPolicies[0].Permissions.secrets: look'],
];

for (const [why, change, place] of badEntries) {
  test(`an entry with ${why} is refused, and the error names its position`, async () => {
    const tenant = await withVault();
    const [entry] = bodyOf(tenant, { objectId: one, secrets: ['get'] }).properties.accessPolicies;
    const answer = await tenant.call('PUT', `${tenant.vaultId('kv-one')}/accessPolicies/add`, {
      apiVersion: '2026-02-01',
      body: { properties: { accessPolicies: [{ ...entry, ...change }] } },
    });
    assert.deepEqual([answer.status, answer.message], [400, `Invalid value found at ${place}`]);
  });
}

test('if the directory is checked, an entry for an unknown principal is refused, and the error names its position', async () => {
  const tenant = newTenant({ settings: { unknownPrincipals: 'refused' } });
  const { objectId } = tenant.azure.principals.worker;
  const body = policyVault(tenant, { objectId, secrets: ['get'] }, { objectId: one, secrets: ['get'] });
  const answer = await tenant.call('PUT', tenant.vaultId('kv-one'), { apiVersion: '2026-02-01', body });
  assert.deepEqual([answer.status, answer.code], [400, 'BadRequest']);
  assert.equal(answer.message, `Invalid value found at accessPolicies[1].ObjectId: ${one}`);
  const known = policyVault(tenant, { objectId: objectId.toUpperCase(), secrets: ['get'] });
  await tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', known).submitted();
  const added = await edit(tenant, 'add', { objectId: two, secrets: ['get'] });
  assert.deepEqual([added.status, added.message], [400, `Invalid value found at accessPolicies[0].ObjectId: ${two}`]);
});

test('the entry of a principal that no longer exists can be sent back', async () => {
  const tenant = newTenant({ settings: { unknownPrincipals: 'refused' } });
  const { objectId } = addManagedIdentity(tenant.azure.state, 'edge-1');
  const body = policyVault(tenant, { objectId, secrets: ['get'] });
  const put = () => tenant.call('PUT', tenant.vaultId('kv-one'), { apiVersion: '2026-02-01', body });
  await put();
  removePrincipal(tenant.azure.state, objectId);
  assert.equal((await put()).status, 200);
});

test('names of built-in object properties are neither kinds of permissions nor operations', async () => {
  const tenant = await withVault();
  assert.equal((await edit(tenant, 'constructor', { objectId: one, secrets: ['get'] })).status, 400);
  const [entry] = bodyOf(tenant, { objectId: one, secrets: ['get'] }).properties.accessPolicies;
  const answer = await tenant.call('PUT', `${tenant.vaultId('kv-one')}/accessPolicies/add`, {
    apiVersion: '2026-02-01',
    body: { properties: { accessPolicies: [{ ...entry, permissions: { constructor: ['get'] } }] } },
  });
  assert.equal(answer.message, 'Invalid value found at accessPolicies[0].Permissions: constructor');
});

test('a vault has at most 1024 entries, by whatever operations they were added', async () => {
  const entries = (digit: number): Entry[] =>
    Array.from({ length: 600 }, (_, index) => ({
      objectId: `${digit}${one.slice(1, -4)}${String(index).padStart(4, '0')}`,
      secrets: ['get'],
    }));
  const tenant = await withVault(...entries(1));
  const { status, code } = await edit(tenant, 'add', ...entries(2));
  assert.deepEqual([status, code], [400, 'BadRequest']);
  assert.equal((await entriesNow(tenant)).length, 600);
});

test('an edit of the policies of a vault that does not exist reports a missing parent', async () => {
  const tenant = await withVault();
  const { status, code, message } = await tenant.call('PUT', `${tenant.vaultId('kv-two')}/accessPolicies/add`, {
    apiVersion: '2026-02-01',
    body: bodyOf(tenant),
  });
  assert.deepEqual([status, code], [404, 'ParentResourceNotFound']);
  assert.ok(message.includes(`the parent resource '${tenant.vaultId('kv-two')}' could not be found`), message);
});
