import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appendRecord, visibleBlobs } from '../audit/log.ts';
import {
  accountId,
  allRecords,
  auditDelay,
  auditedTenant,
  blobNames,
  putAccount,
  recordsIn,
  sendLogsTo,
  settingPath,
  type AuditRecord,
} from './audit.ts';
import { codeOf, newTenant, policyVault, type Tenant } from './tenant.ts';

const operationsOf = (records: AuditRecord[]): string[] => records.map(({ operationName }) => operationName);

const last = (records: AuditRecord[]): AuditRecord => {
  const record = records.at(-1);
  assert.ok(record);
  return record;
};

test('reads and writes of a secret are recorded, including the first call without a token', async () => {
  const tenant = await auditedTenant();
  const secrets = tenant.as('worker').secrets('kv-one');
  await secrets.setSecret('key', 'value');
  await secrets.getSecret('key');
  const records = await allRecords(tenant);
  assert.deepEqual(
    records.map(({ operationName, resultType, properties }) => [operationName, resultType, properties.httpStatusCode]),
    [
      ['SecretSet', 'Failed', 401],
      ['SecretSet', 'Success', 200],
      ['SecretGet', 'Success', 200],
    ],
  );
});

test('a record shows caller, operation, time and outcome', async () => {
  const tenant = await auditedTenant();
  const { worker } = tenant.azure.principals;
  const secrets = tenant.as('worker').secrets('kv-one');
  const { properties } = await secrets.setSecret('key', 'value');
  const calledAt = new Date(tenant.azure.now());
  await tenant.call('GET', '/secrets/key/?api-version=7.4', {
    as: 'worker',
    host: 'https://kv-one.vault.localhost',
    audience: 'https://vault.localhost',
    headers: { 'user-agent': 'a client', 'x-ms-client-request-id': 'a-correlation' },
  });
  const record = last(await allRecords(tenant));
  assert.deepEqual(record, {
    time: calledAt.toISOString().replace('Z', '0000Z'),
    category: 'AuditEvent',
    operationName: 'SecretGet',
    resultType: 'Success',
    correlationId: 'a-correlation',
    callerIpAddress: '127.0.0.1',
    identity: {
      claim: {
        'http://schemas.microsoft.com/identity/claims/objectidentifier': worker.objectId,
        oid: worker.objectId,
        appid: worker.clientId,
      },
    },
    properties: {
      id: properties.id,
      clientInfo: 'a client',
      httpStatusCode: 200,
      requestUri: 'https://kv-one.vault.localhost/secrets/key/?api-version=7.4',
    },
    resourceId: tenant.vaultId('kv-one').toUpperCase(),
    operationVersion: '7.4',
    resultSignature: 'OK',
    resultDescription: '',
    durationMs: '0',
  });
});

test('a refused call is recorded with its reason and never with a value', async () => {
  const tenant = await auditedTenant();
  await tenant.as('worker').secrets('kv-one').setSecret('key', 'a-value-to-hide');
  assert.equal(await codeOf(tenant.as('reader').secrets('kv-one').getSecret('key')), '403 Forbidden');
  const records = await allRecords(tenant);
  const { resultType, resultSignature, resultDescription, identity } = last(records);
  assert.deepEqual([resultType, resultSignature], ['Failed', 'Forbidden']);
  assert.match(resultDescription, /does not have secrets get permission/);
  assert.equal(identity.claim?.['appid'], tenant.azure.principals.reader.clientId);
  assert.doesNotMatch(JSON.stringify(records), /a-value-to-hide/);
});

test('the record of a call without a token names no caller', async () => {
  const tenant = await auditedTenant();
  await tenant.call('GET', '/secrets?api-version=7.4', { as: 'nobody', host: 'https://kv-one.vault.localhost' });
  const { operationName, resultSignature, identity } = last(await allRecords(tenant));
  assert.deepEqual([operationName, resultSignature, identity], ['SecretList', 'Unauthorized', {}]);
});

test('a call to an unknown path of the vault is recorded as an authentication', async () => {
  const tenant = await auditedTenant();
  await tenant.call('GET', '/gossip?api-version=7.4', { as: 'nobody', host: 'https://kv-one.vault.localhost' });
  assert.deepEqual(operationsOf(await allRecords(tenant)), ['Authentication']);
});

test('calls that the firewall of the vault refuses are recorded', async () => {
  const tenant = await auditedTenant();
  tenant.azure.control.closeFirewall({ vaultName: 'kv-one' });
  assert.equal(await codeOf(tenant.as('worker').secrets('kv-one').getSecret('key')), '403 Forbidden');
  assert.match(last(await allRecords(tenant)).resultDescription, /Client address is not authorized/);
});

test('changes of the vault in the control plane are recorded, including deletion and recovery', async () => {
  const tenant = await auditedTenant();
  const { vaults } = tenant.as('owner').keyVault;
  const body = policyVault(tenant);
  await vaults.get('g', 'kv-one');
  await vaults.createOrUpdate('g', 'kv-one', body).submitted();
  await vaults.update('g', 'kv-one', { tags: { a: 'b' } });
  await vaults.updateAccessPolicy('g', 'kv-one', 'add', { properties: { accessPolicies: [] } });
  await vaults.delete('g', 'kv-one');
  await vaults.getDeleted('kv-one', 'westeurope');
  await vaults
    .createOrUpdate('g', 'kv-one', { ...body, properties: { ...body.properties, createMode: 'recover' } })
    .submitted();
  assert.deepEqual(operationsOf(await allRecords(tenant)), [
    'VaultGet',
    'VaultPut',
    'VaultPatch',
    'VaultPatch',
    'VaultDelete',
    'VaultGetDeleted',
    'VaultRecover',
  ]);
});

test('the purge is the last record of a vault', async () => {
  const tenant = await auditedTenant();
  const { vaults } = tenant.as('owner').keyVault;
  await vaults.delete('g', 'kv-one');
  await vaults.purgeDeleted('kv-one', 'westeurope').submitted();
  tenant.wait(60_000);
  assert.equal(await codeOf(vaults.getDeleted('kv-one', 'westeurope')), '404 ResourceNotFound');
  assert.deepEqual(operationsOf(await allRecords(tenant)), ['VaultDelete', 'VaultPurge']);
});

test('the record of a call in the control plane names the vault by its address', async () => {
  const tenant = await auditedTenant();
  await tenant.as('owner').keyVault.vaults.get('g', 'kv-one');
  const { properties, operationVersion } = last(await allRecords(tenant));
  assert.equal(properties.id, 'https://kv-one.vault.localhost/');
  assert.match(properties.requestUri, /^https:\/\/management\.localhost\/subscriptions\/.*api-version=2026-02-01$/);
  assert.equal(operationVersion, '2026-02-01');
});

test('calls that Azure Resource Manager refuses itself do not reach the vault or its log', async () => {
  const tenant = await auditedTenant();
  assert.equal(await codeOf(tenant.as('reader').keyVault.vaults.delete('g', 'kv-one')), '403 AuthorizationFailed');
  assert.deepEqual(await allRecords(tenant), []);
});

test('a refusal of Key Vault in the control plane is recorded', async () => {
  const tenant = await auditedTenant();
  const { body } = await tenant.call('PUT', tenant.vaultId('kv-one'), {
    apiVersion: '2026-02-01',
    body: { location: 'westeurope', properties: { enablePurgeProtection: false } },
  });
  const { error } = body as { error: { message: string } };
  const { operationName, resultType, resultDescription } = last(await allRecords(tenant));
  assert.deepEqual([operationName, resultType, resultDescription], ['VaultPut', 'Failed', error.message]);
});

test('a record becomes readable after its delay, and not before', async () => {
  const tenant = await auditedTenant();
  await tenant.as('owner').keyVault.vaults.get('g', 'kv-one');
  tenant.wait(auditDelay - 1);
  assert.deepEqual(await recordsIn(tenant), []);
  tenant.wait(1);
  assert.equal((await recordsIn(tenant)).length, 1);
});

test('a record never changes: the log only grows at its end', async () => {
  const tenant = await auditedTenant();
  const { vaults } = tenant.as('owner').keyVault;
  await vaults.get('g', 'kv-one');
  const before = await allRecords(tenant);
  await vaults.delete('g', 'kv-one');
  const after = await allRecords(tenant);
  assert.deepEqual(after.slice(0, 1), before);
  assert.deepEqual(operationsOf(after), ['VaultGet', 'VaultDelete']);
});

test('each hour has its own blob, named by UTC and the upper-case id of the vault', async () => {
  const tenant = await auditedTenant();
  const { vaults } = tenant.as('owner').keyVault;
  const hourOf = (ms: number): string => {
    const [, year, month, day, hour] = /^(\d+)-(\d+)-(\d+)T(\d+)/.exec(new Date(ms).toISOString()) ?? [];
    return `resourceId=${tenant.vaultId('kv-one').toUpperCase()}/y=${year}/m=${month}/d=${day}/h=${hour}/m=00/PT1H.json`;
  };
  const first = tenant.azure.now();
  await vaults.get('g', 'kv-one');
  tenant.wait(3_600_000);
  await vaults.get('g', 'kv-one');
  tenant.wait(auditDelay);
  assert.deepEqual(await blobNames(tenant), [hourOf(first), hourOf(first + 3_600_000)]);
});

const unrecorded: [why: string, change: (tenant: Tenant) => Promise<unknown>][] = [
  [
    'there is no diagnostic setting',
    (tenant) => tenant.as('owner').monitor.diagnosticSettings.delete(tenant.vaultId('kv-one'), 'Audit'),
  ],
  [
    'the setting does not enable the category',
    (tenant) =>
      tenant.call('PUT', settingPath(tenant), {
        apiVersion: '2021-05-01-preview',
        body: {
          properties: {
            storageAccountId: accountId(tenant),
            logs: [
              { category: 'AuditEvent', enabled: false },
              { category: 'AzurePolicyEvaluationDetails', enabled: true },
            ],
          },
        },
      }),
  ],
];

for (const [why, change] of unrecorded) {
  test(`nothing is recorded if ${why}`, async () => {
    const tenant = await auditedTenant();
    await change(tenant);
    await tenant.as('owner').keyVault.vaults.get('g', 'kv-one');
    assert.deepEqual(await allRecords(tenant), []);
  });
}

test('a category group includes the audit log', async () => {
  const tenant = await auditedTenant();
  await tenant.call('PUT', settingPath(tenant), {
    apiVersion: '2021-05-01-preview',
    body: {
      properties: { storageAccountId: accountId(tenant), logs: [{ categoryGroup: 'allLogs', enabled: true }] },
    },
  });
  await tenant.as('owner').keyVault.vaults.get('g', 'kv-one');
  assert.deepEqual(operationsOf(await allRecords(tenant)), ['VaultGet']);
});

test('two settings fill two accounts', async () => {
  const tenant = await auditedTenant();
  await putAccount(tenant, 'logs2');
  await sendLogsTo(tenant, accountId(tenant, 'logs2'), 'Second');
  await tenant.as('owner').keyVault.vaults.get('g', 'kv-one');
  tenant.wait(auditDelay);
  assert.equal((await recordsIn(tenant, 'logs1')).length, 1);
  assert.equal((await recordsIn(tenant, 'logs2')).length, 1);
});

test('the log is deleted with its account, and a recreated account begins an empty log', async () => {
  const tenant = await auditedTenant();
  await tenant.as('owner').keyVault.vaults.get('g', 'kv-one');
  await tenant.as('owner').storage.storageAccounts.delete('g', 'logs1');
  await tenant.as('owner').keyVault.vaults.get('g', 'kv-one');
  await putAccount(tenant, 'logs1');
  assert.deepEqual(await allRecords(tenant), []);
  await tenant.as('owner').keyVault.vaults.delete('g', 'kv-one');
  assert.deepEqual(operationsOf(await allRecords(tenant)), ['VaultDelete']);
});

test('a restored state has its former log', async () => {
  const tenant = await auditedTenant();
  const { azure } = tenant;
  await tenant.as('owner').keyVault.vaults.get('g', 'kv-one');
  const before = azure.snapshot();
  await tenant.as('owner').keyVault.vaults.delete('g', 'kv-one');
  azure.restore(before);
  assert.deepEqual(operationsOf(await allRecords(tenant)), ['VaultGet']);
});

test('a very large log drops its oldest hours as a whole, and never the current one', () => {
  const { state } = newTenant().azure;
  const hour = 3_600_000;
  const append = (at: number, times: number): void => {
    const call = {
      at,
      resourceId: 'V',
      operation: 'SecretGet',
      apiVersion: '7.4',
      status: 200,
      refusal: '',
      correlationId: '',
      clientInfo: '',
      requestUri: '',
      id: '',
    };
    for (let n = 0; n < times; n += 1) appendRecord(state, 'logs1', call, at);
  };
  append(0, 10);
  append(hour, 49_990);
  const hours = (): string[] => visibleBlobs(state, 'logs1', 2 * hour).map(({ path }) => path.slice(-17, -15));
  assert.deepEqual(hours(), ['00', '01']);
  append(hour, 1);
  assert.deepEqual(hours(), ['01']);
  append(hour, 20);
  assert.deepEqual(
    visibleBlobs(state, 'logs1', 2 * hour).map(({ records }) => records),
    [50_000],
  );
});
