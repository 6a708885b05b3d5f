import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoWorld, seedDemoWorld } from '../seed.ts';
import { newTenant, policyVault, type Tenant } from './tenant.ts';

const makeVault = async (tenant: Tenant, name: string): Promise<void> => {
  await tenant.as('owner').keyVault.vaults.createOrUpdate('g', name, policyVault(tenant)).submitted();
};

test('a snapshot can be restored, and later events do not change it', async () => {
  const tenant = newTenant();
  await makeVault(tenant, 'kv-one');
  const before = tenant.azure.snapshot();
  await makeVault(tenant, 'kv-two');
  assert.deepEqual(Object.keys(before.vaults), ['kv-one']);
  tenant.azure.restore(before);
  assert.deepEqual(Object.keys(tenant.azure.state.vaults), ['kv-one']);
  await makeVault(tenant, 'kv-three');
  assert.deepEqual(Object.keys(before.vaults), ['kv-one']);
});

test('a restored world repeats its ids', async () => {
  const tenant = newTenant({ settings: { vaultDns: 0, accessPolicyEffect: 0 } });
  const { objectId } = tenant.azure.principals.owner;
  const body = policyVault(tenant, { objectId, secrets: ['set'] });
  await tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', body).submitted();
  const before = tenant.azure.snapshot();
  const version = async (): Promise<string | undefined> =>
    (await tenant.as('owner').secrets('kv-one').setSecret('s', 'v')).properties.version;
  const first = await version();
  tenant.azure.restore(before);
  assert.equal(await version(), first);
});

test('the same seed creates the same tenant, and another seed another one', () => {
  const ids = (seed: number): unknown => newTenant({ seed }).azure.state;
  assert.deepEqual(ids(7), ids(7));
  assert.notDeepEqual(ids(7), ids(8));
});

/** Everything that a day with a vault and a device answers, headers included. */
const dayIn = async (tenant: Tenant): Promise<unknown[]> => {
  const { call, group, vaultId } = tenant;
  const heard: unknown[] = [];
  const hear = async (...asked: Parameters<Tenant['call']>): Promise<void> => {
    const { status, headers, body } = await call(...asked);
    heard.push([status, [...headers], body]);
  };
  const { objectId } = tenant.azure.principals.owner;
  const vault = { host: 'https://kv-one.vault.localhost', audience: 'https://vault.localhost', apiVersion: '7.4' };
  const keyVault = { apiVersion: '2026-02-01' };
  const device = `${group}/providers/Microsoft.DataBoxEdge/dataBoxEdgeDevices/edge-1`;
  const ordered = { location: 'westeurope', sku: { name: 'Edge' }, identity: { type: 'SystemAssigned' } };
  const account = `${group}/providers/Microsoft.Storage/storageAccounts/accone`;
  await hear('PUT', vaultId('kv-one'), { ...keyVault, body: policyVault(tenant, { objectId, secrets: ['all'] }) });
  await hear('PUT', device, { apiVersion: '2021-06-01', body: ordered });
  await hear('PUT', account, {
    apiVersion: '2025-08-01',
    body: { location: 'westeurope', sku: { name: 'Standard_LRS' } },
  });
  tenant.wait(10_000);
  await hear('PUT', '/secrets/s', { ...vault, body: { value: 'v' } });
  await hear('POST', '/secrets/s/backup', vault);
  await hear('DELETE', '/secrets/s', vault);
  await hear('GET', '/secrets/s', { ...vault, as: 'nobody' });
  await hear('DELETE', vaultId('kv-one'), keyVault);
  await hear('DELETE', device, { apiVersion: '2021-06-01' });
  return heard;
};

test('worlds with one seed give the same answers to the last header, even if they alternate', async () => {
  const [one, other] = [newTenant({ seed: 5 }), newTenant({ seed: 5 })];
  const together = await Promise.all([dayIn(one), dayIn(other)]);
  assert.deepEqual(together[0], together[1]);
  assert.deepEqual(one.azure.state, other.azure.state);
  assert.deepEqual(await dayIn(newTenant({ seed: 5 })), together[0]);
});

test('a restore resets the log and the faults', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ method: 'DELETE', action: 'refuse' });
  await makeVault(tenant, 'kv-one');
  tenant.azure.restore(tenant.azure.snapshot());
  assert.equal(tenant.azure.requests.length, 0);
  assert.deepEqual(tenant.azure.control.listFaults(), []);
});

test('worlds are saved by name, and each can be restored more than once', async () => {
  const tenant = newTenant();
  const { control } = tenant.azure;
  const names = (): string[] => Object.keys(tenant.azure.state.vaults);
  const empty = control.snapshot();
  await makeVault(tenant, 'kv-one');
  control.snapshot({ id: 'with one' });
  for (let i = 0; i < 2; i += 1) {
    control.restore(empty);
    assert.deepEqual(names(), []);
    control.restore({ id: 'with one' });
    assert.deepEqual(names(), ['kv-one']);
    await makeVault(tenant, 'kv-two');
  }
});

test('a world that is saved without a name gets an unused name', () => {
  const { control } = newTenant().azure;
  control.snapshot({ id: 'snapshot-2' });
  const ids = [control.snapshot().id, control.snapshot().id, 'snapshot-2'];
  assert.equal(new Set(ids).size, 3);
});

test('the restore of an unknown world fails, and the error names the saved worlds', () => {
  const { control } = newTenant().azure;
  const { id } = control.snapshot();
  assert.throws(() => control.restore({ id: 'x' }), { message: `There is no snapshot 'x'; there is start, ${id}.` });
});

test('a reset restores the first world and the first settings', async () => {
  const tenant = newTenant({ settings: { vaultDns: 7 } });
  const { control } = tenant.azure;
  const { tenantId } = tenant.azure.state;
  await makeVault(tenant, 'kv-one');
  control.changeSettings({ vaultDns: 0 });
  control.addFault({ action: 'refuse' });
  control.reset();
  assert.deepEqual([tenant.azure.state.vaults, tenant.azure.state.groups], [{}, {}]);
  assert.equal(tenant.azure.state.tenantId, tenantId);
  assert.equal(control.readSettings().vaultDns, 7);
  assert.deepEqual(control.listFaults(), []);
});

test('a reset goes back only to the marked start', () => {
  const tenant = newTenant();
  tenant.azure.control.snapshot({ id: 'start' });
  tenant.azure.control.reset();
  assert.deepEqual(Object.keys(tenant.azure.state.groups), [tenant.group.toLowerCase()]);
});

test('the demo world has five devices, one of them without identity, and a foreign vault whose name is taken', async () => {
  const tenant = newTenant();
  tenant.azure.state.registrations = {};
  await seedDemoWorld(tenant.azure);
  const { resources, keyVault } = tenant.as('operator');
  const type = "resourceType eq 'Microsoft.DataBoxEdge/dataBoxEdgeDevices'";
  const devices = await Array.fromAsync(resources.resources.list({ filter: type }));
  assert.deepEqual(
    devices.map(({ name }) => name),
    demoWorld.devices,
  );
  const identities = Object.values(tenant.azure.state.principals).filter(({ kind }) => kind === 'managedIdentity');
  assert.equal(identities.length, 4);
  assert.equal((await resources.providers.get('Microsoft.KeyVault')).registrationState, 'NotRegistered');
  assert.equal((await resources.providers.get('Microsoft.DataBoxEdge')).registrationState, 'Registered');
  tenant.azure.control.register({ namespace: 'Microsoft.KeyVault' });
  const checked = await keyVault.vaults.checkNameAvailability({
    name: demoWorld.strangersVault,
    type: 'Microsoft.KeyVault/vaults',
  });
  assert.equal(checked.nameAvailable, false);
});
