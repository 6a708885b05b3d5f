import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { newTenant, policyVault, type Tenant } from './tenant.ts';

type Path = (tenant: Tenant) => string;

const group: Path = (tenant) => tenant.group;
const vault: Path = ({ vaultId }) => vaultId('kv-one');
const account: Path = (tenant) => `${tenant.group}/providers/Microsoft.Storage/storageAccounts/logs1`;

const made = async (): Promise<Tenant> => {
  const tenant = newTenant({ settings: { storageAccount: 0 } });
  const { keyVault, storage } = tenant.as('owner');
  await keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
  const body = { location: 'westeurope', sku: { name: 'Standard_LRS' }, kind: 'StorageV2' } as const;
  await storage.storageAccounts.create('g', 'logs1', body).submitted();
  return tenant;
};

const versions: [what: string, path: Path, versions: string][] = [
  ['vault', vault, '2018-02-14-preview 2022-02-01-preview 2016-10-01'],
  ['account', account, '2016-01-01 2018-11-01 2019-04-01 2021-01-01 2021-02-01 2021-05-01 2021-06-01 2021-08-01'],
  [
    'group',
    group,
    '2014-04-01 2015-01-01 2017-05-10 2018-01-01 2019-05-10 2019-08-01 2020-08-01 2020-09-01 2022-06-01',
  ],
];

for (const [what, path, list] of versions) {
  suite(`the older api-version shows the ${what}`, () => {
    for (const apiVersion of list.split(' ')) {
      test(apiVersion, async () => {
        const tenant = await made();
        assert.equal((await tenant.call('GET', path(tenant), { apiVersion })).status, 200);
      });
    }
  });
}

test('an api-version that never existed is refused with the list of existing ones, newest first', async () => {
  const tenant = await made();
  const { code, message } = await tenant.call('GET', account(tenant), { apiVersion: '2021-03-01' });
  assert.equal(code, 'NoRegisteredProviderFound');
  const supported = /The supported api-versions are '([^']+)'/.exec(message)?.[1]?.split(', ') ?? [];
  assert.deepEqual(supported, supported.toSorted().toReversed());
  assert.ok(supported.includes('2021-02-01'));
});

const operations: [what: string, begin: (tenant: Tenant) => ReturnType<Tenant['call']>][] = [
  [
    'that creates an account',
    (tenant) =>
      tenant.call('PUT', account(tenant).replace('logs1', 'logs2'), {
        apiVersion: '2025-08-01',
        body: { location: 'westeurope', sku: { name: 'Standard_LRS' }, kind: 'StorageV2' },
      }),
  ],
  ['that deletes a group', (tenant) => tenant.call('DELETE', tenant.group, { apiVersion: '2024-11-01' })],
  [
    'that purges a vault',
    async (tenant) => {
      await tenant.as('owner').keyVault.vaults.delete('g', 'kv-one');
      const path = `/subscriptions/${tenant.subscriptionId}/providers/Microsoft.KeyVault/locations/westeurope`;
      return tenant.call('POST', `${path}/deletedVaults/kv-one/purge`, { apiVersion: '2026-02-01' });
    },
  ],
];

suite('any api-version is accepted at the address of an operation, which Azure writes,', () => {
  for (const [what, begin] of operations) {
    test(what, async () => {
      const tenant = await made();
      const { headers } = await begin(tenant);
      const { pathname, searchParams } = new URL(headers.get('location') ?? '');
      searchParams.set('api-version', '1999-09-09-privatepreview');
      const poll = await tenant.call('GET', `${pathname}?${searchParams.toString()}`);
      assert.ok(poll.status === 200 || poll.status === 202, `${poll.status} ${poll.message}`);
      searchParams.delete('api-version');
      const without = await tenant.call('GET', `${pathname}?${searchParams.toString()}`);
      assert.equal(without.code, 'MissingApiVersionParameter');
    });
  }
});
