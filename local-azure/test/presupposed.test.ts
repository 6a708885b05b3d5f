/** A recording begins in a world that was there before: each kind of exchange is played alone, in a world made for it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Exchange } from './recordings/exchange.ts';
import { leftOutOf, reportOf } from './recordings/report.ts';
import { replay, totalOf } from './recordings/replay.ts';
import { measures, type Measure } from './recordings/score.ts';

const tenant = '3a5f0c1e-7b2d-4e68-9f10-a1b2c3d4e5f6';
const somebody = '6f5e4d3c-2b1a-4098-8776-655443322110';
const subscription = '/subscriptions/0f1e2d3c-4b5a-4968-8778-96a5b4c3d2e1';
const group = `${subscription}/resourceGroups/rg-a`;
const inGroup = (type: string, name: string): string => `${group}/providers/${type}/${name}`;
const vault = inGroup('Microsoft.KeyVault/vaults', 'kv-a');
const account = inGroup('Microsoft.Storage/storageAccounts', 'sta');
const device = inGroup('Microsoft.DataBoxEdge/dataBoxEdgeDevices', 'ase-a');
const setting = `${vault}/providers/Microsoft.Insights/diagnosticSettings/audit`;
const lock = `${vault}/providers/Microsoft.Authorization/locks/keep`;
const secret = 'https://kv-a.vault.azure.net/secrets/s';
const deletedSecret = 'https://kv-a.vault.azure.net/deletedsecrets/s';
const version = '00112233445566778899aabbccddeeff';
const backup = 'T3BhcXVl'.repeat(10);
const nextPage = 'https://kv-a.vault.azure.net/secrets?api-version=7.4&$skiptoken=abc';
const attributes = { enabled: true, created: 1_740_000_000, updated: 1_740_000_000 };

const versions = {
  'microsoft.keyvault': '2023-07-01',
  'microsoft.storage': '2023-01-01',
  'microsoft.databoxedge': '2021-06-01',
  'microsoft.insights': '2021-05-01-preview',
  'microsoft.authorization': '2016-09-01',
};

const apiVersionOf = (url: string): string => {
  if (url.includes('.vault.')) return '7.4';
  const [namespace = ''] = url.toLowerCase().match(/microsoft\.[a-z]+(?!.*microsoft\.)/s) ?? [];
  return Object.entries(versions).find(([known]) => known === namespace)?.[1] ?? '2021-04-01';
};

type Recorded = Pick<Exchange, 'method' | 'url' | 'status'> & Partial<Exchange>;

const exchange = (recorded: Recorded, i = 0): Exchange => {
  const { url, ...rest } = recorded;
  const host = url.startsWith('http') ? '' : 'https://management.azure.com';
  const query = url.includes('api-version') ? '' : `${url.includes('?') ? '&' : '?'}api-version=${apiVersionOf(url)}`;
  return { src: 'session', i, req: null, headers: {}, body: '', ...rest, url: `${host}${url}${query}` };
};

const refusal = (code: string, message = '', inner?: string): Exchange['body'] => ({
  error: { code, message, ...(inner === undefined ? {} : { innererror: { code: inner } }) },
});

/** Everything that was recorded matches. */
const assertPlays = async (...session: Recorded[]): Promise<void> => {
  const played = await replay(session.map(exchange));
  const total = totalOf(played);
  const { of } = total.status;
  assert.ok(of > 0, 'nothing was played');
  for (const measure of Object.keys(measures) as Measure[]) {
    assert.equal(total[measure].matched, total[measure].of, reportOf(played));
  }
};

const view = (id: string, more: object = {}): Exchange['body'] => ({ id, name: id.split('/').at(-1) ?? '', ...more });

suite('a replay creates the prerequisites of an exchange:', () => {
  const cases: [name: string, ...session: Recorded[]][] = [
    ['a group that is shown', { method: 'GET', url: group, status: 200, body: view(group, { tags: { a: 'b' } }) }],
    ['a group that exists', { method: 'HEAD', url: group, status: 204 }],
    [
      'a vault whose tags change',
      { method: 'PATCH', url: vault, status: 200, req: { tags: { a: 'b' } }, body: view(vault) },
    ],
    ['a vault that is deleted', { method: 'DELETE', url: vault, status: 200 }],
    [
      'an account whose tags change',
      { method: 'PATCH', url: account, status: 200, req: { tags: {} }, body: view(account) },
    ],
    ['an account whose keys are listed', { method: 'POST', url: `${account}/listKeys`, status: 200 }],
    [
      'a device whose tags change',
      { method: 'PATCH', url: device, status: 200, req: { tags: {} }, body: view(device) },
    ],
    [
      'a device that was activated, which shows its node',
      { method: 'GET', url: `${device}/nodes`, status: 200, body: { value: [{ id: `${device}/nodes/n`, name: 'n' }] } },
    ],
    [
      'the local part of a list across providers',
      {
        method: 'GET',
        url: `${group}/resources`,
        status: 200,
        body: { value: [view(inGroup('Microsoft.Web/sites', 'web')), view(vault)] },
      },
    ],
    ['a device that creates certificates', { method: 'POST', url: `${device}/generateCertificate`, status: 200 }],
    [
      'an order that is deleted',
      {
        method: 'DELETE',
        url: `${device}/orders/default`,
        status: 202,
        headers: { location: `https://x${device}/o/1` },
      },
    ],
    ['a diagnostic setting that is deleted', { method: 'DELETE', url: setting, status: 200 }],
    ['the account that a setting sends to', { method: 'PUT', url: setting, status: 200, req: toAccount(account) }],
    ['a lock that is changed', { method: 'PUT', url: lock, status: 200, req: { properties: { level: 'ReadOnly' } } }],
    ['a lock that is removed', { method: 'DELETE', url: lock, status: 200 }],
    [
      'a lock that prevents a write',
      {
        method: 'DELETE',
        url: group,
        status: 409,
        body: refusal('ScopeLocked', `… following scope(s) are locked: '${vault}'.`),
      },
    ],
    [
      'listed resources, in groups of their own',
      {
        method: 'GET',
        url: `${subscription}/providers/Microsoft.KeyVault/vaults`,
        status: 200,
        body: { value: [view(vault)] },
      },
    ],
    ['a provider that was never registered', registrationOf('NotRegistered')],
    ['a provider that was unregistered', registrationOf('Unregistered')],
    ['a provider that is being registered', registrationOf('Registering')],
    [
      'a subscription that did not register a provider',
      {
        method: 'PUT',
        url: device,
        status: 409,
        req: { location: 'eastus' },
        body: refusal('MissingSubscriptionRegistration'),
      },
    ],
    ['a deleted vault that is purged', { method: 'POST', url: deletedVault('purge'), status: 202 }],
    ['a deleted vault that is shown', { method: 'GET', url: deletedVault(), status: 200 }],
    [
      'a deleted vault that is recovered',
      { method: 'PUT', url: vault, status: 200, req: { location: 'eastus', properties: { createMode: 'recover' } } },
    ],
    ['a name that a stranger has', { method: 'PUT', url: vault, status: 409, body: refusal('VaultAlreadyExists') }],
    [
      'an account of a stranger',
      { method: 'PUT', url: account, status: 409, body: refusal('StorageAccountAlreadyTaken') },
    ],
    [
      'a secret that is read',
      { method: 'GET', url: secret, status: 200, body: { id: `${secret}/${version}`, attributes } },
    ],
    ['a version that is read', { method: 'GET', url: `${secret}/${version}`, status: 200, body: { attributes } }],
    ['a secret that is deleted', { method: 'DELETE', url: secret, status: 200 }],
    [
      'a disabled secret',
      { method: 'GET', url: secret, status: 403, body: refusal('Forbidden', '', 'SecretDisabled') },
    ],
    ['a deleted secret that is recovered', { method: 'POST', url: `${deletedSecret}/recover`, status: 200 }],
    ['a deleted secret that is purged', { method: 'DELETE', url: deletedSecret, status: 204 }],
    [
      'a deleted secret that was disabled',
      { method: 'GET', url: deletedSecret, status: 403, body: refusal('Forbidden', '', 'SecretDisabled') },
    ],
    [
      'a deleted secret whose name is taken',
      {
        method: 'PUT',
        url: secret,
        status: 409,
        req: { value: 'v' },
        body: refusal('Conflict', '', 'ObjectIsDeletedButRecoverable'),
      },
    ],
    [
      'secrets that are listed',
      {
        method: 'GET',
        url: 'https://kv-a.vault.azure.net/secrets',
        status: 200,
        body: { value: [{ id: secret, attributes }] },
      },
    ],
    [
      'a backup',
      {
        method: 'POST',
        url: 'https://kv-a.vault.azure.net/secrets/restore',
        status: 200,
        body: { id: `${secret}/${version}` },
      },
    ],
  ];
  for (const [name, ...session] of cases) test(name, () => assertPlays(...session));
});

suite('a replay creates nothing that an exchange shows to be absent:', () => {
  const cases: [name: string, recorded: Recorded][] = [
    ['a group', { method: 'GET', url: vault, status: 404, body: refusal('ResourceGroupNotFound') }],
    ['a vault', { method: 'GET', url: vault, status: 404, body: refusal('ResourceNotFound') }],
    [
      'the vault of a lock',
      {
        method: 'PUT',
        url: lock,
        status: 404,
        body: refusal('ResourceNotFound', `The Resource 'Microsoft.KeyVault/vaults/kv-a' was not found.`),
      },
    ],
    [
      'the device of an order',
      {
        method: 'GET',
        url: `${device}/orders/default`,
        status: 404,
        body: refusal('ParentResourceNotFound', `Parent resource 'ase-a' not found.`),
      },
    ],
    [
      'a lock on an existing vault',
      { method: 'GET', url: lock, status: 404, body: refusal('LockNotFound', `The lock 'keep' could not be found.`) },
    ],
    ['a device that is deleted', { method: 'DELETE', url: device, status: 204 }],
    ['a secret', { method: 'GET', url: secret, status: 404, body: refusal('SecretNotFound') }],
    ['a deleted secret', { method: 'GET', url: deletedSecret, status: 404, body: refusal('SecretNotFound') }],
  ];
  for (const [name, recorded] of cases) test(name, () => assertPlays(recorded));
});

suite('the recorded caller', () => {
  const forbidden = (inner: string): Recorded => ({
    method: 'GET',
    url: secret,
    status: 403,
    body: refusal('Forbidden', '', inner),
  });
  const unauthorized = (code: string, message = code): Recorded => ({
    method: 'GET',
    url: group,
    status: 401,
    headers: { 'www-authenticate': 'Bearer' },
    body: refusal(code, message),
  });
  const lacking = "does not have authorization to perform action 'Microsoft.KeyVault/vaults/write' over scope";
  const cases: [name: string, recorded: Recorded][] = [
    ['had no token', unauthorized('AuthenticationFailed')],
    ['had an expired token', unauthorized('ExpiredAuthenticationToken')],
    ['had a forged token', unauthorized('InvalidAuthenticationToken')],
    ['lacked a right', { method: 'PUT', url: vault, status: 403, body: refusal('AuthorizationFailed', lacking) }],
    ['was in no access policy', forbidden('ForbiddenByPolicy')],
    ['was outside the firewall', forbidden('ForbiddenByFirewall')],
  ];
  for (const [name, recorded] of cases) test(name, () => assertPlays(recorded));
});

suite('a body that the recorder dropped is restored from the answer:', () => {
  const properties = { tenantId: tenant, sku: { family: 'A', name: 'premium' }, provisioningState: 'RegisteringDns' };
  const policies = [{ tenantId: tenant, objectId: somebody, permissions: { secrets: ['get'] } }];
  const cases: [name: string, ...session: Recorded[]][] = [
    ['a vault', { method: 'PUT', url: vault, status: 200, body: view(vault, { location: 'japaneast', properties }) }],
    [
      'an account, shown later',
      { method: 'PUT', url: account, status: 202, req: '' },
      {
        method: 'GET',
        url: account,
        status: 200,
        body: view(account, {
          location: 'uksouth',
          kind: 'BlobStorage',
          sku: { name: 'Standard_GRS', tier: 'Standard' },
        }),
      },
    ],
    ['a setting', { method: 'PUT', url: setting, status: 200, body: view(setting, toAccount(account)) }],
    [
      'a lock',
      { method: 'PUT', url: lock, status: 201, body: view(lock, { properties: { level: 'ReadOnly', notes: 'n' } }) },
    ],
    [
      'an access policy',
      {
        method: 'PUT',
        url: `${vault}/accessPolicies/add`,
        status: 200,
        req: 'mock_body',
        body: { properties: { accessPolicies: policies } },
      },
    ],
    [
      'a secret',
      {
        method: 'PUT',
        url: secret,
        status: 200,
        body: { value: 'v', contentType: 'text', tags: { a: 'b' }, attributes: { enabled: false } },
      },
    ],
    [
      'a check of a name',
      {
        method: 'POST',
        url: `${subscription}/providers/Microsoft.KeyVault/checkNameAvailability`,
        status: 200,
        body: { nameAvailable: false, reason: 'AlreadyExists', message: `The vault name 'kv-a' is already in use.` },
      },
    ],
  ];
  for (const [name, ...session] of cases) test(name, () => assertPlays(...session));
});

suite('ids are recognised', () => {
  const operation =
    'https://management.azure.com/subscriptions/s/providers/Microsoft.Storage/locations/westus2/asyncoperations/6d2c9e14-70ab-4d31-95f8-0b3e1c7a42d9?monitor=true&api-version=2023-01-01';
  const put = { location: 'westus2', sku: { name: 'Standard_LRS' }, kind: 'StorageV2' };
  const cases: [name: string, ...session: Recorded[]][] = [
    ['in upper case', { method: 'GET', url: vault.toUpperCase(), status: 200 }],
    [
      'with encoded slashes',
      {
        method: 'PUT',
        url: `/${encodeURIComponent(vault)}/providers/Microsoft.Authorization/locks/keep`,
        status: 201,
        req: { properties: { level: 'ReadOnly' } },
      },
    ],
    ['without a host', { method: 'GET', url: `${vault}?api-version=2023-07-01`, status: 200 }],
    [
      'on a resource of another provider',
      {
        method: 'PUT',
        url: `${inGroup('Microsoft.Network/virtualNetworks', 'v')}/providers/Microsoft.Authorization/locks/keep`,
        status: 201,
        req: { properties: { level: 'ReadOnly' } },
      },
    ],
    [
      'in another spelling for polls',
      { method: 'PUT', url: account, status: 202, req: put, headers: { location: operation } },
      { method: 'GET', url: operation.replace('asyncoperations', 'asyncOperations'), status: 200 },
    ],
    [
      'that Azure chose, in a later address',
      { method: 'PUT', url: secret, status: 200, req: { value: 'first' }, body: { id: `${secret}/${version}` } },
      { method: 'PUT', url: secret, status: 200, req: { value: 'second' } },
      { method: 'GET', url: `${secret}/${version}`, status: 200, body: { value: 'first', id: `${secret}/${version}` } },
    ],
    [
      'that Azure chose, in a later body',
      { method: 'POST', url: `${secret}/backup`, status: 200, body: { value: backup } },
      { method: 'DELETE', url: secret, status: 200 },
      { method: 'DELETE', url: deletedSecret, status: 204 },
      {
        method: 'POST',
        url: 'https://kv-a.vault.azure.net/secrets/restore',
        status: 200,
        req: { value: backup },
      },
    ],
    [
      'of further pages',
      {
        method: 'GET',
        url: 'https://kv-a.vault.azure.net/secrets?maxresults=1',
        status: 200,
        body: { value: [{ id: secret }], nextLink: nextPage },
      },
      {
        method: 'GET',
        url: nextPage,
        status: 200,
        body: { value: [{ id: `${secret}2` }] },
      },
    ],
  ];
  for (const [name, ...session] of cases) test(name, () => assertPlays(...session));

  test('from several subscriptions and tenants in one file', async () => {
    const sessions = ['1', '2'].map((digit) => {
      const id = vault.replace('0f1e2d3c', `${digit}f1e2d3c`);
      const properties = {
        tenantId: tenant.replace('3a5f', `${digit}a5f`),
        sku: { family: 'A', name: 'standard' },
        accessPolicies: [],
      };
      return {
        ...exchange({ method: 'PUT', url: id, status: 200, req: { location: 'eastus', properties } }),
        src: digit,
      };
    });
    assert.equal(totalOf(await replay(sessions)).status.matched, 2);
  });
});

test('a session is replayed in the order of its numbers, not of its lines', async () => {
  const create = exchange({ method: 'PUT', url: group, status: 201, req: { location: 'eastus' } }, 0);
  const look = exchange({ method: 'HEAD', url: group, status: 204 }, 1);
  const again = exchange({ method: 'PUT', url: group, status: 200, req: { location: 'eastus' } }, 2);
  assert.equal(totalOf(await replay([again, look, create])).status.matched, 3);
});

test('exchanges that cannot be compared are counted separately, by their reason', async () => {
  const machine = inGroup('Microsoft.Compute/virtualMachines', 'vm');
  const session: Recorded[] = [
    { method: 'GET', url: 'https://login.microsoftonline.com/t/oauth2/token', status: 200 },
    { method: 'GET', url: machine, status: 200 },
    { method: 'GET', url: 'https://kv-a.vault.azure.net/keys', status: 200 },
    { method: 'PUT', url: account, status: 429 },
    { method: 'GET', url: account, status: 503 },
    { method: 'GET', url: `${device}/operationResults/1`, status: 204 },
    { method: 'PUT', url: vault, status: 400 },
    { method: 'GET', url: group, status: 404 },
    { method: 'GET', url: group, status: 200 },
  ];
  const played = await replay(session.map(exchange));
  assert.equal(totalOf(played).status.of, 1);
  assert.deepEqual(Object.fromEntries(leftOutOf(played)), {
    'not served: sign-in and Microsoft Graph': 1,
    'not served: Microsoft.Compute/virtualMachines': 1,
    'not served: keys and certificates of Key Vault': 1,
    'throttled or failed in passing (408, 429, 5xx): no simulation foretells these': 2,
    'polls or further pages of what began before the recording': 1,
    'refused for a body that the recorder dropped': 1,
    'repeated at once: the last one counts': 1,
  });
});

test('resources that a session has deleted are not created again', async () => {
  const played = await replay(
    [
      { method: 'DELETE', url: secret, status: 200 },
      { method: 'DELETE', url: deletedSecret, status: 204 },
      { method: 'GET', url: secret, status: 200 },
    ].map(exchange),
  );
  assert.equal(totalOf(played).status.matched, 2, 'the last one shows something that cannot be');
});

function toAccount(id: string) {
  return { properties: { storageAccountId: id, logs: [{ category: 'AuditEvent', enabled: true }] } };
}

function registrationOf(registrationState: string): Recorded {
  const url = `${subscription}/providers/Microsoft.DataBoxEdge`;
  return {
    method: 'GET',
    url: `${url}?api-version=2021-04-01`,
    status: 200,
    body: { namespace: 'Microsoft.DataBoxEdge', registrationState },
  };
}

function deletedVault(verb = ''): string {
  const id = `${subscription}/providers/Microsoft.KeyVault/locations/eastus/deletedVaults/kv-a`;
  return verb === '' ? id : `${id}/${verb}`;
}
