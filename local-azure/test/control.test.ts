import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LocalAzure } from '../index.ts';
import { codeOf, newTenant, policyVault } from './tenant.ts';

test("a stranger's vault in the same group is found there, without tags and without access for us", async () => {
  const tenant = newTenant();
  tenant.azure.control.putStrangersVault({ name: 'theirs', group: 'g' });
  const found = await tenant.as('worker').keyVault.vaults.get('g', 'theirs');
  assert.deepEqual(found.tags, {});
  assert.equal(await codeOf(tenant.as('worker').secrets('theirs').getSecret('s')), '403 Forbidden');
});

test("a stranger's vault elsewhere is not found, and its subscription is inaccessible", async () => {
  const tenant = newTenant();
  tenant.azure.control.putStrangersVault({ name: 'theirs' });
  const { id } = tenant.azure.state.vaults['theirs'] ?? { id: '' };
  assert.deepEqual(await Array.fromAsync(tenant.as('owner').keyVault.vaults.listBySubscription()), []);
  assert.equal((await tenant.call('GET', id, { apiVersion: '2026-02-01' })).code, 'AuthorizationFailed');
});

test('a lock from outside is effective until it is removed', async () => {
  const tenant = newTenant();
  const { control } = tenant.azure;
  const { vaults } = tenant.as('owner').keyVault;
  await vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
  control.putLock({ scope: tenant.group, name: 'theirs', level: 'CanNotDelete', notes: 'do not touch' });
  assert.equal(await codeOf(vaults.delete('g', 'kv-one')), '409 ScopeLocked');
  assert.equal(
    (await tenant.as('worker').locks.managementLocks.getAtResourceGroupLevel('g', 'theirs')).notes,
    'do not touch',
  );
  control.removeLock({ scope: tenant.group, name: 'theirs' });
  assert.equal(await codeOf(vaults.delete('g', 'kv-one')), 'no failure');
});

test('a vault is deleted from outside although it is locked', async () => {
  const tenant = newTenant();
  const { vaults } = tenant.as('owner').keyVault;
  await vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
  tenant.azure.control.putLock({ scope: tenant.vaultId('kv-one'), name: 'keep', level: 'CanNotDelete' });
  tenant.azure.control.softDeleteVault({ vaultName: 'kv-one' });
  assert.equal((await vaults.getDeleted('kv-one', 'westeurope')).name, 'kv-one');
});

test('a resource that does not exist cannot be controlled', () => {
  const { control } = newTenant().azure;
  assert.throws(() => control.closeFirewall({ vaultName: 'none' }), { message: "There is no vault 'none'." });
  assert.throws(() => control.takeRight({ principal: 'nobody', action: '*' }), /knows no principal 'nobody'/);
});

test('settings change while the cloud runs, and operations under way keep their delay', async () => {
  const tenant = newTenant();
  const { vaults } = tenant.as('owner').keyVault;
  const make = (name: string) => vaults.createOrUpdate('g', name, policyVault(tenant)).submitted();
  const reach = (name: string) => codeOf(tenant.as('owner').secrets(name).getSecret('s'));
  await make('kv-one');
  const changed = tenant.azure.control.changeSettings({ vaultDns: 0 });
  assert.equal(changed.vaultDns, 0);
  await make('kv-two');
  assert.deepEqual([await reach('kv-one'), await reach('kv-two')], ['- ENOTFOUND', '403 Forbidden']);
});

test('the time scale also divides delays that are changed later', async () => {
  const tenant = newTenant({ settings: { timeScale: 10 } });
  tenant.azure.control.changeSettings({ vaultDns: 10_000 });
  const { vaults } = tenant.as('owner').keyVault;
  await vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
  const reach = () => codeOf(tenant.as('owner').secrets('kv-one').getSecret('s'));
  tenant.wait(999);
  assert.equal(await reach(), '- ENOTFOUND');
  tenant.wait(1);
  assert.equal(await reach(), '403 Forbidden');
});

const wrongSettings: [changes: object, message: RegExp][] = [
  [{ colour: 'red' }, /^There is no setting 'colour'; there is storageAccount, providerRegistration,/],
  [{ vaultDns: '1' }, /^"vaultDns" is a number of milliseconds/],
  [{ vaultDns: -1 }, /^"vaultDns" is a number of milliseconds/],
  [{ timeScale: 0 }, /^"timeScale" is a number above zero/],
  [{ pageSize: 1.5 }, /^"pageSize" is a whole number from 1 on/],
  [{ throttling: 'on' }, /^"throttling" is true or false/],
  [{ unknownPrincipals: 'loved' }, /^"unknownPrincipals" is "accepted" or "refused"/],
];

for (const [changes, message] of wrongSettings) {
  test(`the settings cannot be changed by ${JSON.stringify(changes)}`, () => {
    const { control } = newTenant().azure;
    const before = control.readSettings();
    assert.throws(() => control.changeSettings(changes), { message });
    assert.deepEqual(control.readSettings(), before);
  });
}

test('the log is returned as a copy and can be cleared', async () => {
  const tenant = newTenant();
  await tenant.call('GET', '/subscriptions', { apiVersion: '2022-12-01' });
  const [entry] = tenant.azure.control.listRequests();
  if (entry) entry.path = 'changed';
  assert.equal(tenant.azure.requests[0]?.path, '/subscriptions');
  tenant.azure.control.clearRequests();
  assert.equal(tenant.azure.requests.length, 0);
});

test('the log is returned from a position on', async () => {
  const tenant = newTenant();
  for (const path of ['/subscriptions', '/tenants']) await tenant.call('GET', path, { apiVersion: '2022-12-01' });
  assert.deepEqual(
    tenant.azure.control.listRequests({ since: 1 }).map(({ path }) => path),
    ['/tenants'],
  );
});

const mistyped: [why: string, act: (control: LocalAzure['control']) => void, complaint: RegExp][] = [
  [
    'a lock on an invalid id',
    (control) => control.putLock({ scope: 'kv-one', name: 'l', level: 'ReadOnly' }),
    /^Error: "scope" is the id of a subscription, group or resource, not 'kv-one'\.$/,
  ],
  [
    'a lock on an id with an excess slash',
    (control) => control.putLock({ scope: '/subscriptions/s/', name: 'l', level: 'ReadOnly' }),
    /"scope" is the id/,
  ],
  [
    'a role on an invalid id',
    (control) => control.assignRole({ principal: 'worker', role: 'Reader', scope: 'edge-rg' }),
    /"scope" is the id/,
  ],
  [
    'a group without a valid region',
    (control) => control.putGroup({ name: 'h', location: 'atlantis' }),
    /^Error: There is no region 'atlantis'; there is westeurope, /,
  ],
];

for (const [what, act, complaint] of mistyped) {
  test(`${what} is refused instead of existing without effect`, () => {
    const { azure } = newTenant();
    const before = azure.snapshot();
    assert.throws(() => act(azure.control), complaint);
    assert.deepEqual(azure.state, before);
  });
}

test('a region may be given by its display name', () => {
  const { azure, group } = newTenant();
  azure.control.putGroup({ name: 'g', location: 'North Europe' });
  assert.equal(azure.state.groups[group.toLowerCase()]?.location, 'northeurope');
});
