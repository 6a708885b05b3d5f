import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, newTenant, policyVault, type Answer, type Tenant } from './tenant.ts';

const apiVersion = '2021-05-01-preview';

const accountId = ({ group }: Tenant, name: string): string =>
  `${group}/providers/Microsoft.Storage/storageAccounts/${name}`;

const settingPath = (tenant: Tenant, name = 'Audit'): string =>
  `${tenant.vaultId('kv-one')}/providers/Microsoft.Insights/diagnosticSettings/${name}`;

const withVault = async (...accounts: [name: string, location: string][]): Promise<Tenant> => {
  const tenant = newTenant({ settings: { vaultDns: 0, storageAccount: 0 } });
  const { keyVault, storage } = tenant.as('owner');
  await keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
  for (const [name, location] of [['logs1', 'westeurope'], ...accounts] as const) {
    await storage.storageAccounts
      .create('g', name, { location, sku: { name: 'Standard_LRS' }, kind: 'StorageV2' })
      .submitted();
  }
  return tenant;
};

const auditTo = (storageAccountId: string, enabled = true) => ({
  properties: { storageAccountId, logs: [{ category: 'AuditEvent', enabled }] },
});

const put = (tenant: Tenant, name: string, body: unknown, as: 'owner' | 'worker' = 'worker'): Promise<Answer> =>
  tenant.call('PUT', settingPath(tenant, name), { as, apiVersion, body });

test('a setting answers 200, with a folded id and with null for each unset member', async () => {
  const tenant = await withVault();
  const answer = await put(tenant, 'Audit', auditTo(accountId(tenant, 'logs1')));
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, {
    id: `${tenant.vaultId('kv-one').toLowerCase()}/providers/microsoft.insights/diagnosticSettings/Audit`,
    type: 'Microsoft.Insights/diagnosticSettings',
    name: 'Audit',
    location: null,
    kind: null,
    tags: null,
    properties: {
      storageAccountId: accountId(tenant, 'logs1'),
      serviceBusRuleId: null,
      workspaceId: null,
      eventHubAuthorizationRuleId: null,
      eventHubName: null,
      metrics: [],
      logs: [
        { category: 'AuditEvent', enabled: true, retentionPolicy: { enabled: false, days: 0 }, categoryGroup: null },
      ],
      logAnalyticsDestinationType: null,
    },
    identity: null,
  });
});

test('a setting counts only against the budget of its provider', async () => {
  const tenant = await withVault();
  const { headers } = await put(tenant, 'Audit', auditTo(accountId(tenant, 'logs1')));
  const budgets = [...headers].filter(([name]) => name.startsWith('x-ms-ratelimit-remaining-'));
  assert.deepEqual(budgets, [['x-ms-ratelimit-remaining-subscription-resource-requests', '149']]);
});

test('the older api-version has no category groups', async () => {
  const tenant = await withVault();
  await put(tenant, 'Audit', auditTo(accountId(tenant, 'logs1')));
  const { body } = await tenant.call('GET', settingPath(tenant), { apiVersion: '2017-05-01-preview' });
  const [log] = (body as { properties: { logs: object[] } }).properties.logs;
  assert.ok(log && !('categoryGroup' in log));
});

test('the official client creates, reads, lists and deletes a setting', async () => {
  const tenant = await withVault();
  const { diagnosticSettings } = tenant.as('owner').monitor;
  const vault = tenant.vaultId('kv-one');
  const { storageAccountId, logs } = auditTo(accountId(tenant, 'logs1')).properties;
  await diagnosticSettings.createOrUpdate(vault, 'Audit', { storageAccountId, logs });
  assert.equal((await diagnosticSettings.get(vault, 'audit')).storageAccountId, storageAccountId);
  assert.equal((await Array.fromAsync(diagnosticSettings.list(vault))).length, 1);
  await diagnosticSettings.delete(vault, 'Audit');
  assert.deepEqual(await Array.fromAsync(diagnosticSettings.list(vault)), []);
  assert.equal(await codeOf(diagnosticSettings.get(vault, 'Audit')), '404 ResourceNotFound');
});

test('a caller without the right to list the keys of the account cannot name the account in a setting', async () => {
  const tenant = await withVault();
  tenant.azure.control.takeRight({ principal: 'worker', action: 'Microsoft.Storage/storageAccounts/listKeys/action' });
  const answer = await put(tenant, 'Audit', auditTo(accountId(tenant, 'logs1')));
  assert.deepEqual([answer.status, answer.code], [403, 'LinkedAuthorizationFailed']);
  assert.ok(answer.message.includes(accountId(tenant, 'logs1')));
});

const refused: [why: string, body: (tenant: Tenant) => unknown, status: number][] = [
  ['an account that does not exist', (tenant) => auditTo(accountId(tenant, 'logs9')), 404],
  ['an account in another region', (tenant) => auditTo(accountId(tenant, 'logs2')), 400],
  ['no destination', () => ({ properties: { logs: [{ category: 'AuditEvent', enabled: true }] } }), 400],
  [
    'a category that vaults do not have',
    (tenant) => ({
      properties: { storageAccountId: accountId(tenant, 'logs1'), logs: [{ category: 'Gossip', enabled: true }] },
    }),
    400,
  ],
];

for (const [why, body, status] of refused) {
  test(`a setting with ${why} is refused with ${status}`, async () => {
    const tenant = await withVault(['logs2', 'eastus']);
    assert.equal((await put(tenant, 'Audit', body(tenant))).status, status);
  });
}

test('the same category cannot be sent to the same account twice, and that refusal has no wrapper', async () => {
  const tenant = await withVault();
  await put(tenant, 'First', auditTo(accountId(tenant, 'logs1')));
  const answer = await put(tenant, 'Second', auditTo(accountId(tenant, 'logs1')));
  assert.equal(answer.status, 409);
  assert.deepEqual(answer.body, {
    code: 'Conflict',
    message:
      `Data sink '${accountId(tenant, 'logs1')}' is already used in diagnostic setting 'First' for category 'AuditEvent'. ` +
      "Data sinks can't be reused in different settings on the same category for the same resource.",
  });
});

test('a setting may be rewritten, also for another account', async () => {
  const tenant = await withVault(['logs2', 'westeurope']);
  assert.equal((await put(tenant, 'First', auditTo(accountId(tenant, 'logs1')))).status, 200);
  assert.equal((await put(tenant, 'First', auditTo(accountId(tenant, 'logs1')))).status, 200);
  assert.equal((await put(tenant, 'Second', auditTo(accountId(tenant, 'logs2')))).status, 200);
});

test('a vault has at most five settings', async () => {
  const tenant = await withVault();
  const toWorkspace = (workspaceId: string) => ({
    properties: { workspaceId, logs: [{ category: 'AuditEvent', enabled: true }] },
  });
  for (const n of [1, 2, 3, 4, 5]) assert.equal((await put(tenant, `s${n}`, toWorkspace(`/w${n}`))).status, 200);
  const answer = await put(tenant, 's6', toWorkspace('/w6'));
  assert.deepEqual([answer.status, answer.code], [400, 'BadRequest']);
});

test('a setting that enables nothing is accepted and not found afterwards', async () => {
  const tenant = await withVault();
  assert.equal((await put(tenant, 'Audit', auditTo(accountId(tenant, 'logs1'), false))).status, 200);
  assert.equal((await tenant.call('GET', settingPath(tenant), { apiVersion })).status, 404);
});

const putVault = async (tenant: Tenant, createMode?: string): Promise<number> => {
  const { location, properties } = policyVault(tenant);
  const body = { location, properties: { ...properties, ...(createMode === undefined ? {} : { createMode }) } };
  return (await tenant.call('PUT', tenant.vaultId('kv-one'), { apiVersion: '2026-02-01', body })).status;
};

test('a setting outlives its vault and reappears after the recovery', async () => {
  const tenant = await withVault();
  await put(tenant, 'Audit', auditTo(accountId(tenant, 'logs1')));
  tenant.azure.control.softDeleteVault({ vaultName: 'kv-one' });
  assert.equal((await tenant.call('GET', settingPath(tenant), { apiVersion })).code, 'ResourceNotFound');
  assert.equal(await putVault(tenant, 'recover'), 200);
  assert.equal((await tenant.call('GET', settingPath(tenant), { apiVersion })).status, 200);
});

test('a new vault under the id of a former vault has the setting of that vault, with the old account', async () => {
  const tenant = await withVault();
  await put(tenant, 'Audit', auditTo(accountId(tenant, 'logs1')));
  await tenant.as('owner').storage.storageAccounts.delete('g', 'logs1');
  tenant.azure.control.softDeleteVault({ vaultName: 'kv-one' });
  tenant.wait(91 * 86_400_000);
  assert.equal((await tenant.call('GET', settingPath(tenant), { apiVersion })).code, 'ResourceNotFound');
  assert.equal(await putVault(tenant), 200);
  const found = await tenant.as('owner').monitor.diagnosticSettings.get(tenant.vaultId('kv-one'), 'Audit');
  assert.equal(found.storageAccountId, accountId(tenant, 'logs1'));
});

test('a setting can be removed while its vault is deleted, and does not reappear', async () => {
  const tenant = await withVault();
  await put(tenant, 'Audit', auditTo(accountId(tenant, 'logs1')));
  tenant.azure.control.softDeleteVault({ vaultName: 'kv-one' });
  assert.equal((await tenant.call('DELETE', settingPath(tenant), { apiVersion })).status, 200);
  await putVault(tenant, 'recover');
  assert.equal((await tenant.call('GET', settingPath(tenant), { apiVersion })).status, 404);
});

test('metrics, groups and tables in a setting are kept', async () => {
  const tenant = await withVault();
  const properties = {
    workspaceId: '/w1',
    logAnalyticsDestinationType: 'Dedicated',
    logs: [{ categoryGroup: 'audit', enabled: true, retentionPolicy: { enabled: true, days: 7 } }],
    metrics: [{ category: 'AllMetrics', enabled: true }],
  };
  const { body } = await put(tenant, 'Audit', { properties });
  const kept = (body as { properties: typeof properties }).properties;
  assert.equal(kept.logAnalyticsDestinationType, 'Dedicated');
  assert.deepEqual(kept.logs, [
    { category: null, categoryGroup: 'audit', enabled: true, retentionPolicy: { enabled: true, days: 7 } },
  ]);
  assert.deepEqual(kept.metrics, [
    { category: 'AllMetrics', enabled: true, retentionPolicy: { enabled: false, days: 0 } },
  ]);
});

const categoriesPath = (tenant: Tenant): string =>
  `${tenant.vaultId('kv-one')}/providers/Microsoft.Insights/diagnosticSettingsCategories`;

test('the categories of a vault are listed, in the older api-version without their groups', async () => {
  const tenant = await withVault();
  const { body } = await tenant.call('GET', categoriesPath(tenant), { apiVersion: '2017-05-01-preview' });
  const { value } = body as { value: { name: string; properties: object }[] };
  assert.deepEqual(
    value.map(({ name, properties }) => [name, properties]),
    [
      ['AuditEvent', { categoryType: 'Logs' }],
      ['AzurePolicyEvaluationDetails', { categoryType: 'Logs' }],
      ['AllMetrics', { categoryType: 'Metrics' }],
    ],
  );
});

test('the official client reads one category with its groups', async () => {
  const tenant = await withVault();
  const { diagnosticSettingsCategory } = tenant.as('reader').monitor;
  const found = await diagnosticSettingsCategory.get(tenant.vaultId('kv-one'), 'AuditEvent');
  assert.deepEqual([found.categoryType, found.categoryGroups], ['Logs', ['audit', 'allLogs']]);
  assert.equal(
    await codeOf(diagnosticSettingsCategory.get(tenant.vaultId('kv-one'), 'Gossip')),
    '404 ResourceNotFound',
  );
});

test('a deleted vault has no categories', async () => {
  const tenant = await withVault();
  tenant.azure.control.softDeleteVault({ vaultName: 'kv-one' });
  assert.equal((await tenant.call('GET', categoriesPath(tenant), { apiVersion })).code, 'ResourceNotFound');
});

test('a storage account emits no events, so every setting is refused', async () => {
  const tenant = await withVault();
  const path = `${accountId(tenant, 'logs1')}/providers/Microsoft.Insights/diagnosticSettings/Audit`;
  const answer = await tenant.call('PUT', path, { apiVersion, body: auditTo(accountId(tenant, 'logs1')) });
  assert.deepEqual([answer.status, answer.message], [400, "Category 'AuditEvent' is not supported."]);
});

type Part = { category: string | null; categoryGroup?: string | null; enabled: boolean; retentionPolicy: object };
type Shown = { logs: Part[]; metrics: Part[] };

const off = { enabled: false, retentionPolicy: { enabled: false, days: 0 } };
const on = { enabled: true, retentionPolicy: { enabled: false, days: 0 } };

const partsOf = ({ body }: Answer): Shown => {
  const { logs, metrics } = (body as { properties: Shown }).properties;
  return { logs, metrics };
};

const shown = async (tenant: Tenant): Promise<Shown> =>
  partsOf(await tenant.call('GET', settingPath(tenant), { as: 'worker', apiVersion }));

test('a second after a setting was written, omitted categories and metrics are shown as disabled', async () => {
  const tenant = await withVault();
  const sent = { logs: [{ category: 'AuditEvent', categoryGroup: null, ...on }], metrics: [] };
  const answer = await put(tenant, 'Audit', auditTo(accountId(tenant, 'logs1')));
  assert.deepEqual(partsOf(answer), sent);
  tenant.wait(999);
  assert.deepEqual(await shown(tenant), sent);
  tenant.wait(1);
  const whole = {
    logs: [...sent.logs, { category: 'AzurePolicyEvaluationDetails', categoryGroup: null, ...off }],
    metrics: [{ category: 'AllMetrics', ...off }],
  };
  assert.deepEqual(await shown(tenant), whole);
  const path = settingPath(tenant).replace('/Audit', '');
  const { value } = (await tenant.call('GET', path, { apiVersion })).body as { value: { properties: Shown }[] };
  assert.deepEqual([value[0]?.properties.logs, value[0]?.properties.metrics], [whole.logs, whole.metrics]);
});

test('a setting with a category group shows the other group and no single category', async () => {
  const tenant = await withVault();
  const storageAccountId = accountId(tenant, 'logs1');
  await put(tenant, 'Audit', { properties: { storageAccountId, logs: [{ categoryGroup: 'audit', enabled: true }] } });
  tenant.wait(1_000);
  assert.deepEqual(await shown(tenant), {
    logs: [
      { category: null, categoryGroup: 'audit', ...on },
      { category: null, categoryGroup: 'allLogs', ...off },
    ],
    metrics: [{ category: 'AllMetrics', ...off }],
  });
});

test('a setting that names every category is shown as it was sent, however late', async () => {
  const tenant = await withVault();
  const properties = {
    storageAccountId: accountId(tenant, 'logs1'),
    logs: [
      { category: 'AzurePolicyEvaluationDetails', enabled: true },
      { category: 'AuditEvent', enabled: false },
    ],
    metrics: [{ category: 'AllMetrics', enabled: true }],
  };
  const sent = partsOf(await put(tenant, 'Audit', { properties }));
  tenant.wait(60_000);
  assert.deepEqual(await shown(tenant), sent);
});

test('categories that are shown as disabled neither prevent another setting nor a write of what was read', async () => {
  const tenant = await withVault();
  const storageAccountId = accountId(tenant, 'logs1');
  await put(tenant, 'Audit', auditTo(storageAccountId));
  tenant.wait(1_000);
  const read = await tenant.call('GET', settingPath(tenant), { apiVersion });
  assert.equal((await put(tenant, 'Audit', read.body)).status, 200);
  const metrics = [{ category: 'AllMetrics', enabled: true }];
  assert.equal((await put(tenant, 'Metrics', { properties: { storageAccountId, metrics } })).status, 200);
});
