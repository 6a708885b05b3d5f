/** What the controls do to vaults, their secrets and devices in the place of their administrators. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { edgeTenant } from './edge.ts';
import { codeOf, newTenant, policyVault, type Tenant } from './tenant.ts';

const withVault = async (): Promise<Tenant> => {
  const tenant = newTenant({ settings: { vaultDns: 0, accessPolicyEffect: 0 } });
  const { objectId } = tenant.azure.principals.owner;
  const body = policyVault(tenant, { objectId, secrets: ['all'] });
  await tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', body).submitted();
  await tenant.as('owner').secrets('kv-one').setSecret('s-1', 'kept');
  return tenant;
};

const readSecret = (tenant: Tenant): Promise<string> => codeOf(tenant.as('owner').secrets('kv-one').getSecret('s-1'));

suite('a vault', () => {
  test('that was purged is no longer among the deleted vaults', async () => {
    const tenant = await withVault();
    const { control } = tenant.azure;
    assert.throws(() => control.purgeVault({ vaultName: 'kv-one' }), {
      message: "There is no deleted vault 'kv-one'.",
    });
    control.softDeleteVault({ vaultName: 'kv-one' });
    control.purgeVault({ vaultName: 'KV-one' });
    assert.match(await codeOf(tenant.as('owner').keyVault.vaults.getDeleted('kv-one', 'westeurope')), /^404/);
  });

  test('that was moved is found in the new group with its lock and its content, and no longer in the old group', async () => {
    const tenant = await withVault();
    const { control } = tenant.azure;
    control.putLock({ scope: tenant.vaultId('kv-one'), name: 'keep', level: 'CanNotDelete' });
    assert.throws(() => control.moveVault({ vaultName: 'kv-one', group: 'h' }), { message: "There is no group 'h'." });
    control.putGroup({ name: 'h', location: 'westeurope' });
    control.moveVault({ vaultName: 'kv-one', group: 'h' });
    const { keyVault, locks } = tenant.as('owner');
    assert.match(await codeOf(keyVault.vaults.get('g', 'kv-one')), /^404/);
    const { id = '' } = await keyVault.vaults.get('h', 'kv-one');
    const found = await Array.fromAsync(locks.managementLocks.listByScope(id));
    assert.deepEqual(
      found.map((lock) => lock.id),
      [`${id}/providers/Microsoft.Authorization/locks/keep`],
    );
    assert.equal(await readSecret(tenant), 'no failure');
  });

  test('is governed by roles until its access policies are enabled again', async () => {
    const tenant = await withVault();
    tenant.azure.control.useRoles({ vaultName: 'kv-one' });
    assert.equal(await readSecret(tenant), '403 Forbidden');
    tenant.azure.control.useAccessPolicies({ vaultName: 'kv-one' });
    assert.equal(await readSecret(tenant), 'no failure');
  });
});

suite('a secret that is named by its beginning', () => {
  const s = { vaultName: 'kv-one', secret: 's' };

  test('is deleted, listed among the deleted secrets, and recovered', async () => {
    const tenant = await withVault();
    tenant.azure.control.softDeleteSecret(s);
    assert.equal(await readSecret(tenant), '404 SecretNotFound');
    assert.equal((await tenant.as('owner').secrets('kv-one').getDeletedSecret('s-1')).name, 's-1');
    tenant.azure.control.recoverSecret(s);
    assert.equal(await readSecret(tenant), 'no failure');
  });

  test('is disabled and enabled', async () => {
    const tenant = await withVault();
    tenant.azure.control.disableSecret(s);
    assert.equal(await readSecret(tenant), '403 Forbidden');
    tenant.azure.control.enableSecret(s);
    assert.equal(await readSecret(tenant), 'no failure');
  });

  test('must be the only one with that beginning', async () => {
    const tenant = await withVault();
    await tenant.as('owner').secrets('kv-one').setSecret('s-2', 'too');
    const { control } = tenant.azure;
    assert.throws(() => control.disableSecret(s), { message: "Several secrets begin with 's': s-1, s-2." });
    assert.throws(() => control.disableSecret({ ...s, secret: 't' }), /There is no secret 't' in the vault 'kv-one'/);
  });
});

suite('a device', () => {
  type Body = { identity?: { principalId?: string }; properties: { dataBoxEdgeDeviceStatus: string } };

  test('that was ordered without an identity gets one, and keeps it', async () => {
    const tenant = edgeTenant();
    await tenant.onDevice('PUT', 'edge-1', '', { location: 'westeurope', sku: { name: 'EdgeP_Base' } });
    const principal = async () => ((await tenant.onDevice('GET', 'edge-1')).body as Body).identity?.principalId;
    assert.equal(await principal(), undefined);
    tenant.azure.control.enableIdentity({ device: 'edge-1' });
    const given = await principal();
    assert.match(given ?? '', /^[0-9a-f-]{36}$/);
    tenant.azure.control.enableIdentity({ device: tenant.deviceId('edge-1') });
    assert.equal(await principal(), given);
    assert.throws(() => tenant.azure.control.enableIdentity({ device: 'edge-9' }), {
      message: "There is no device 'edge-9'.",
    });
  });

  test('is recreated with another identity and without its link', async () => {
    const tenant = edgeTenant();
    const former = await tenant.orderDevice('edge-1');
    const vaultId = tenant.vaultId('kv-one');
    await tenant.onDevice('POST', 'edge-1', '/updateExtendedInformation', { clientSecretStoreId: vaultId });
    tenant.azure.control.recreateDevice({ device: 'edge-1' });
    const { body } = await tenant.onDevice('GET', 'edge-1');
    const { identity, properties } = body as Body;
    assert.ok(identity?.principalId && identity.principalId !== former);
    assert.equal(properties.dataBoxEdgeDeviceStatus, 'ReadyToSetup');
    assert.equal(tenant.azure.state.principals[former], undefined);
    const link = (await tenant.onDevice('POST', 'edge-1', '/getExtendedInformation')).body as { properties: object };
    assert.ok(!JSON.stringify(link).includes('kv-one'));
  });
});
