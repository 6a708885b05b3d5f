import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, newTenant, policyVault, type CallOptions, type Tenant } from './tenant.ts';

const vault = 'https://kv-one.vault.localhost';
const everything = ['get', 'set', 'list', 'delete', 'recover', 'purge', 'backup', 'restore'];

/** A vault that is ready, in which the owner may do everything. */
const withVault = async (retention = 90, secrets: string[] = everything): Promise<Tenant> => {
  const tenant = newTenant({ settings: { vaultDns: 0, accessPolicyEffect: 0 } });
  const body = policyVault(tenant, { objectId: tenant.azure.principals.owner.objectId, secrets });
  body.properties.softDeleteRetentionInDays = retention;
  await tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', body).submitted();
  return tenant;
};

const call = (tenant: Tenant, method: string, path: string, options: CallOptions = {}) =>
  tenant.call(method, path, { host: vault, audience: 'https://vault.localhost', apiVersion: '7.4', ...options });

test('a call without a token is challenged with the authority and the resource of this port', async () => {
  const tenant = await withVault();
  const answer = await call(tenant, 'PUT', '/secrets/s', { as: 'nobody', host: `${vault}:8443` });
  assert.deepEqual([answer.status, answer.code], [401, 'Unauthorized']);
  assert.match(answer.message, /^AKV10000: /);
  assert.equal(
    answer.headers.get('www-authenticate'),
    `Bearer authorization="https://login.localhost:8443/${tenant.azure.state.tenantId}", ` +
      'resource="https://vault.localhost:8443"',
  );
});

test('a token for another audience is refused with the expected one', async () => {
  const tenant = await withVault();
  const answer = await call(tenant, 'GET', '/secrets', { audience: 'https://vault.localhost/' });
  assert.equal(answer.status, 401);
  assert.equal(
    answer.message,
    'AKV10022: Invalid audience. Expected https://vault.localhost, found: https://vault.localhost/.',
  );
});

test('a token expires for the data plane too', async () => {
  const tenant = await withVault();
  const authorization = `Bearer ${tenant.azure.issueToken(tenant.azure.principals.owner, 'https://vault.localhost')}`;
  tenant.wait(3_600_000);
  const answer = await call(tenant, 'GET', '/secrets', { as: 'nobody', headers: { authorization } });
  assert.deepEqual([answer.status, answer.message], [401, "[TokenExpired] Error validating token: 'S2S12086'."]);
});

test('setting a secret creates a version, and the latest is read by name, with or without a slash', async () => {
  const tenant = await withVault();
  const secrets = tenant.as('owner').secrets('kv-one');
  const first = await secrets.setSecret('s', 'one');
  const second = await secrets.setSecret('S', 'two');
  assert.notEqual(first.properties.version, second.properties.version);
  for (const path of ['/secrets/s', '/secrets/s/', `/secrets/s/${second.properties.version}`]) {
    assert.equal(((await call(tenant, 'GET', path)).body as { value: string }).value, 'two');
  }
  assert.equal((await secrets.getSecret('s', { version: first.properties.version ?? '' })).value, 'one');
});

test('a secret has tags, type, times and its recovery level', async () => {
  const tenant = await withVault();
  const answer = await call(tenant, 'PUT', '/secrets/s', {
    body: { value: 'v', contentType: 'text', tags: { a: 'b' }, attributes: { exp: 1_800_000_000, nbf: 1_700_000_000 } },
  });
  const { id, ...rest } = answer.body as { id: string };
  assert.match(id, /^https:\/\/kv-one\.vault\.localhost\/secrets\/s\/[0-9a-f]{32}$/);
  const created = Date.UTC(2026, 0, 1) / 1000;
  assert.deepEqual(rest, {
    value: 'v',
    contentType: 'text',
    tags: { a: 'b' },
    attributes: {
      enabled: true,
      exp: 1_800_000_000,
      nbf: 1_700_000_000,
      created,
      updated: created,
      recoveryLevel: 'Recoverable+Purgeable',
      recoverableDays: 90,
    },
  });
});

const recoveryLevels: [days: number, isProtected: boolean, level: string][] = [
  [90, false, 'Recoverable+Purgeable'],
  [90, true, 'Recoverable'],
  [7, false, 'CustomizedRecoverable+Purgeable'],
  [7, true, 'CustomizedRecoverable'],
];

for (const [days, isProtected, level] of recoveryLevels) {
  test(`a retention of ${days} days ${isProtected ? 'with' : 'without'} purge protection shows as ${level}`, async () => {
    const tenant = await withVault(days);
    const body = { properties: isProtected ? { enablePurgeProtection: true } : {} };
    await tenant.call('PATCH', tenant.vaultId('kv-one'), { apiVersion: '2026-02-01', body });
    const { properties } = await tenant.as('owner').secrets('kv-one').setSecret('s', 'v');
    assert.deepEqual([properties.recoveryLevel, properties.recoverableDays], [level, days]);
  });
}

test('a secret can be read before and after its period of validity', async () => {
  const tenant = await withVault();
  const secrets = tenant.as('owner').secrets('kv-one');
  await secrets.setSecret('past', 'v', { expiresOn: new Date(tenant.clock.now() - 1_000) });
  await secrets.setSecret('future', 'v', { notBefore: new Date(tenant.clock.now() + 1_000) });
  for (const name of ['past', 'future']) assert.equal((await secrets.getSecret(name)).value, 'v');
});

test('a disabled version cannot be read, and can be enabled again', async () => {
  const tenant = await withVault();
  const secrets = tenant.as('owner').secrets('kv-one');
  const { properties } = await secrets.setSecret('s', 'v');
  tenant.wait(5_000);
  const updated = await secrets.updateSecretProperties('s', properties.version ?? '', { enabled: false });
  assert.equal(updated.updatedOn?.getTime(), tenant.clock.now());
  const refused = await call(tenant, 'GET', '/secrets/s');
  assert.equal(refused.status, 403);
  assert.deepEqual(refused.body, {
    error: {
      code: 'Forbidden',
      message: 'Operation get is not allowed on a disabled secret.',
      innererror: { code: 'SecretDisabled' },
    },
  });
  await secrets.updateSecretProperties('s', properties.version ?? '', { enabled: true });
  assert.equal((await secrets.getSecret('s')).value, 'v');
});

test('lists contain no values, and no version of a secret', async () => {
  const tenant = await withVault();
  await tenant.as('owner').secrets('kv-one').setSecret('s', 'hidden');
  const { value } = (await call(tenant, 'GET', '/secrets')).body as { value: { id: string; value?: string }[] };
  assert.deepEqual(
    value.map(({ id }) => id),
    [`${vault}/secrets/s`],
  );
  assert.ok(!JSON.stringify(value).includes('hidden'));
});

test('long lists have pages of at most 25 items', async () => {
  const tenant = await withVault();
  const secrets = tenant.as('owner').secrets('kv-one');
  for (let i = 0; i < 30; i += 1) await secrets.setSecret(`s-${i}`, 'v');
  const { value } = (await call(tenant, 'GET', '/secrets')).body as { value: unknown[] };
  assert.equal(value.length, 25);
  assert.equal((await Array.fromAsync(secrets.listPropertiesOfSecrets())).length, 30);
  const pages = secrets.listPropertiesOfSecrets().byPage({ maxPageSize: 7 });
  assert.deepEqual(
    (await Array.fromAsync(pages)).map((page) => page.length),
    [7, 7, 7, 7, 2],
  );
  assert.equal((await call(tenant, 'GET', '/secrets?maxresults=26')).code, 'BadParameter');
});

test('secrets are listed by name, even if one is deleted between two pages', async () => {
  const tenant = await withVault();
  const secrets = tenant.as('owner').secrets('kv-one');
  for (const name of ['c', 'A', 'd', 'b']) await secrets.setSecret(name, 'v');
  const seen: string[] = [];
  for await (const page of secrets.listPropertiesOfSecrets().byPage({ maxPageSize: 2 })) {
    seen.push(...page.map(({ name }) => name));
    await call(tenant, 'DELETE', '/secrets/a');
  }
  assert.deepEqual(seen, ['A', 'b', 'c', 'd']);
});

test('the token of a next page names the first secret of that page, as in the tables of Key Vault', async () => {
  const tenant = await withVault();
  const secrets = tenant.as('owner').secrets('kv-one');
  for (const name of ['one', 'two']) await secrets.setSecret(name, 'v');
  const { body } = await call(tenant, 'GET', '/secrets?maxresults=1');
  const token = new URL((body as { nextLink: string }).nextLink).searchParams.get('$skiptoken') ?? '';
  const { NextMarker: marker } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { NextMarker: string };
  const [, length, row = ''] = marker.split('!');
  assert.equal(Number(length), row.length);
  assert.equal(
    Buffer.from(row.replaceAll('-', '='), 'base64').toString(),
    '000010!secret/TWO!000028!9999-12-31T23:59:59.9999999Z!',
  );
});

test('a page token that no list returned is refused', async () => {
  const tenant = await withVault();
  const unmarked = Buffer.from(JSON.stringify({ NextMarker: '2!0!', TargetLocation: 0 })).toString('base64url');
  for (const token of ['x', 'constructor', unmarked]) {
    assert.equal((await call(tenant, 'GET', `/secrets?$skiptoken=${token}`)).code, 'BadParameter');
  }
});

test('the versions of a secret are listed by their ids, not by time', async () => {
  const tenant = await withVault();
  const secrets = tenant.as('owner').secrets('kv-one');
  const made = [];
  for (const value of ['1', '2', '3', '4']) made.push(await secrets.setSecret('s', value));
  const listed = await Array.fromAsync(secrets.listPropertiesOfSecretVersions('s'));
  assert.deepEqual(
    listed.map(({ version }) => version),
    made.map(({ properties }) => properties.version ?? '').toSorted(),
  );
  assert.deepEqual(await Array.fromAsync(secrets.listPropertiesOfSecretVersions('other')), []);
});

test('a missing secret is not found', async () => {
  const tenant = await withVault();
  const answer = await call(tenant, 'GET', '/secrets/s');
  assert.deepEqual([answer.status, answer.code], [404, 'SecretNotFound']);
  assert.match(answer.message, /^A secret with \(name\/id\) s was not found in this key vault\./);
});

const permissions: [permission: string, method: string, path: string][] = [
  ['get', 'GET', '/secrets/s'],
  ['set', 'PUT', '/secrets/s'],
  ['set', 'PATCH', '/secrets/s/v'],
  ['list', 'GET', '/secrets'],
  ['list', 'GET', '/secrets/s/versions'],
  ['delete', 'DELETE', '/secrets/s'],
  ['list', 'GET', '/deletedsecrets'],
  ['get', 'GET', '/deletedsecrets/s'],
  ['recover', 'POST', '/deletedsecrets/s/recover'],
  ['purge', 'DELETE', '/deletedsecrets/s'],
  ['backup', 'POST', '/secrets/s/backup'],
  ['restore', 'POST', '/secrets/restore'],
];

for (const [permission, method, path] of permissions) {
  test(`${method} ${path} needs the permission ${permission}`, async () => {
    const tenant = await withVault(
      90,
      everything.filter((word) => word !== permission),
    );
    const { clientId, objectId, tenantId } = tenant.azure.principals.owner;
    const answer = await call(tenant, method, path, method === 'GET' ? {} : { body: { value: 'v' } });
    assert.equal(answer.status, 403);
    assert.equal(
      answer.message,
      `The user, group or application 'appid=${clientId};oid=${objectId};iss=https://sts.windows.net/${tenantId}/' does ` +
        `not have secrets ${permission} permission on key vault 'kv-one;location=westeurope'. For help resolving this ` +
        'issue, please see https://go.microsoft.com/fwlink/?linkid=2125287',
    );
    const { error } = answer.body as { error: { innererror: { code: string } } };
    assert.equal(error.innererror.code, 'ForbiddenByPolicy');
  });
}

test('the permission all does not include purge', async () => {
  const tenant = await withVault(90, ['all']);
  assert.equal((await call(tenant, 'DELETE', '/deletedsecrets/s')).status, 403);
  assert.equal((await call(tenant, 'GET', '/deletedsecrets/s')).status, 404);
});

test('an entry opens the vault for its own principal only, and an entry on behalf of a user for no other principal', async () => {
  const tenant = newTenant({ settings: { vaultDns: 0, accessPolicyEffect: 0 } });
  const { owner, worker } = tenant.azure.principals;
  const body = policyVault(
    tenant,
    { objectId: worker.objectId, secrets: ['all'] },
    { objectId: owner.objectId, secrets: ['all'] },
  );
  const [, onBehalf] = body.properties.accessPolicies ?? [];
  if (onBehalf) onBehalf.applicationId = worker.clientId;
  await tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', body).submitted();
  assert.equal((await call(tenant, 'GET', '/secrets', { as: 'worker' })).status, 200);
  assert.equal((await call(tenant, 'GET', '/secrets', { as: 'owner' })).status, 403);
  assert.equal((await call(tenant, 'GET', '/secrets', { as: 'reader' })).status, 403);
});

const badSecrets: [why: string, path: string, body: unknown][] = [
  ['without a value', '/secrets/s', {}],
  ['with an invalid name', '/secrets/s_1', { value: 'v' }],
  ['of more than 25 kB', '/secrets/s', { value: 'v'.repeat(25_601) }],
  [
    'with sixteen tags',
    '/secrets/s',
    { value: 'v', tags: Object.fromEntries(Array.from('abcdefghijklmnop').map((t) => [t, t])) },
  ],
];

for (const [why, path, body] of badSecrets) {
  test(`a secret ${why} is refused`, async () => {
    const tenant = await withVault();
    const answer = await call(tenant, 'PUT', path, { body });
    assert.deepEqual([answer.status, answer.code], [400, 'BadParameter']);
  });
}

test('an update has the same limits', async () => {
  const tenant = await withVault();
  await tenant.as('owner').secrets('kv-one').setSecret('s', 'v');
  const answer = await call(tenant, 'PATCH', '/secrets/s', { body: { contentType: 'x'.repeat(256) } });
  assert.deepEqual([answer.status, answer.code], [400, 'BadParameter']);
});

for (const path of ['/keys', '/certificates/c', '/secrets/s/v/w', '/secrets/%ZZ', '/constructor']) {
  test(`${path} is not found, and is challenged without a token`, async () => {
    const tenant = await withVault();
    assert.equal((await call(tenant, 'GET', path)).status, 404);
    assert.equal((await call(tenant, 'GET', path, { as: 'nobody' })).status, 401);
  });
}

test('the data plane requires an api-version that it knows', async () => {
  const tenant = await withVault();
  assert.equal((await call(tenant, 'GET', '/secrets?api-version=1.0', { apiVersion: '1.0' })).code, 'BadParameter');
  assert.equal(
    (await tenant.call('GET', '/secrets', { host: vault, audience: 'https://vault.localhost' })).status,
    400,
  );
});

test('answers of the data plane carry its own headers', async () => {
  const tenant = await withVault();
  const { headers } = await call(tenant, 'GET', '/secrets', { headers: { 'x-ms-client-request-id': 'mine' } });
  assert.equal(headers.get('x-ms-keyvault-region'), 'westeurope');
  assert.equal(headers.get('strict-transport-security'), 'max-age=31536000;includeSubDomains');
  assert.equal(headers.get('x-ms-client-request-id'), 'mine');
  assert.equal(headers.get('date'), 'Thu, 01 Jan 2026 00:00:00 GMT');
});

test('a new vault cannot be reached until its name resolves', async () => {
  const tenant = newTenant();
  await tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
  const read = (): Promise<string> => codeOf(tenant.as('owner').secrets('kv-one').getSecret('s'));
  assert.equal(await read(), '- ENOTFOUND');
  tenant.wait(2_000);
  assert.equal(await read(), '403 Forbidden');
});

test('a closed firewall refuses every call, even the call without a token', async () => {
  const tenant = await withVault();
  tenant.azure.control.closeFirewall({ vaultName: 'kv-one' });
  for (const as of ['owner', 'nobody'] as const) {
    const answer = await call(tenant, 'GET', '/secrets', { as });
    const { error } = answer.body as { error: { innererror: { code: string } } };
    assert.deepEqual([answer.status, error.innererror.code], [403, 'ForbiddenByFirewall']);
  }
  tenant.azure.control.openFirewall({ vaultName: 'kv-one' });
  assert.equal((await call(tenant, 'GET', '/secrets')).status, 200);
});

const firewalls: [why: string, properties: Record<string, unknown>, status: number][] = [
  ['no public access', { publicNetworkAccess: 'Disabled' }, 403],
  ['deny and no exception', { networkAcls: { defaultAction: 'Deny', bypass: 'AzureServices' } }, 403],
  ['deny and our address', { networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '127.0.0.1/32' }] } }, 200],
  ['allow', { networkAcls: { defaultAction: 'Allow' } }, 200],
];

for (const [why, properties, status] of firewalls) {
  test(`a vault with the network rule "${why}" answers ${status}`, async () => {
    const tenant = await withVault();
    await tenant.call('PATCH', tenant.vaultId('kv-one'), { apiVersion: '2026-02-01', body: { properties } });
    assert.equal((await call(tenant, 'GET', '/secrets')).status, status);
  });
}
