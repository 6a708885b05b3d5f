import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SecretClient } from '@azure/keyvault-secrets';
import { codeOf, newTenant, policyVault, type Tenant } from './tenant.ts';

type Scene = { tenant: Tenant; secrets: SecretClient; backup: Uint8Array; versions: string[] };

/** The vault `kv-one` with a backup of its secret `s`, whose older version is live and whose newer one is disabled. */
const withBackup = async (): Promise<Scene> => {
  const tenant = newTenant({ settings: { vaultDns: 0, accessPolicyEffect: 0, secretDeletion: 0, secretRecovery: 0 } });
  const secrets = await vaultNamed(tenant, 'kv-one', 'westeurope');
  const older = await secrets.setSecret('s', 'older', { contentType: 'text', tags: { a: 'b' } });
  const newer = await secrets.setSecret('s', 'newer', { enabled: false });
  const backup = await secrets.backupSecret('s');
  assert.ok(backup);
  return { tenant, secrets, backup, versions: [older, newer].map(({ properties }) => properties.version ?? '') };
};

const vaultNamed = async (tenant: Tenant, name: string, location: string): Promise<SecretClient> => {
  const { objectId } = tenant.azure.principals.owner;
  const body = { ...policyVault(tenant, { objectId, secrets: ['all', 'purge'] }), location };
  await tenant.as('owner').keyVault.vaults.createOrUpdate('g', name, body).submitted();
  return tenant.as('owner').secrets(name);
};

test('a backup restores all versions with their ids, attributes and tags', async () => {
  const { tenant, backup, versions } = await withBackup();
  tenant.wait(60_000);
  const other = await vaultNamed(tenant, 'kv-two', 'northeurope');
  const restored = await other.restoreSecretBackup(backup);
  assert.deepEqual([restored.version, restored.enabled], [versions[1], false]);
  const { value, properties } = await other.getSecret('s', { version: versions[0] ?? '' });
  assert.deepEqual([value, properties.contentType, properties.tags], ['older', 'text', { a: 'b' }]);
  assert.equal(properties.createdOn?.getTime(), tenant.clock.now() - 60_000);
  assert.equal((await Array.fromAsync(other.listPropertiesOfSecretVersions('s'))).length, 2);
});

test('a backup is opaque', async () => {
  const { backup } = await withBackup();
  assert.ok(!Buffer.from(backup).includes('older'));
});

test('a secret is not restored over a live or deleted one', async () => {
  const { tenant, secrets, backup } = await withBackup();
  await assert.rejects(secrets.restoreSecretBackup(backup), { statusCode: 409, message: /^Secret exists already: s/ });
  await secrets.beginDeleteSecret('s');
  await assert.rejects(secrets.restoreSecretBackup(backup), {
    statusCode: 409,
    message: /deleted but recoverable state/,
  });
  await secrets.purgeDeletedSecret('s');
  await secrets.restoreSecretBackup(backup);
  assert.equal(Object.keys(tenant.azure.state.vaults['kv-one']?.secrets ?? {}).length, 1);
});

test('a backup cannot be restored in another geography or in another subscription', async () => {
  const { tenant, backup } = await withBackup();
  const faraway = await vaultNamed(tenant, 'kv-us', 'eastus');
  assert.equal(await codeOf(faraway.restoreSecretBackup(backup)), '400 BadParameter');
  const elsewhere = await vaultNamed(tenant, 'kv-two', 'westeurope');
  const vault = tenant.azure.state.vaults['kv-two'];
  if (vault) vault.subscriptionId = 'another';
  assert.equal(await codeOf(elsewhere.restoreSecretBackup(backup)), '400 BadParameter');
});

test('a backup cannot be restored in another cloud, whatever its vaults are called', async () => {
  const { tenant, backup } = await withBackup();
  const other = newTenant({ seed: 2, settings: { vaultDns: 0, accessPolicyEffect: 0 } });
  const secrets = await vaultNamed(other, 'kv-one', 'westeurope');
  const vault = other.azure.state.vaults['kv-one'];
  if (vault) vault.subscriptionId = tenant.subscriptionId;
  assert.equal(await codeOf(secrets.restoreSecretBackup(backup)), '400 BadParameter');
});

test('a forged, truncated or missing backup is refused', async () => {
  const { secrets, backup } = await withBackup();
  await secrets.beginDeleteSecret('s');
  await secrets.purgeDeletedSecret('s');
  const forged = backup.with(40, (backup[40] ?? 0) ^ 1);
  for (const bad of [forged, backup.slice(0, -1), backup.slice(0, 20), new Uint8Array()]) {
    assert.equal(await codeOf(secrets.restoreSecretBackup(bad)), '400 BadParameter');
  }
});

test('a secret that does not exist cannot be backed up', async () => {
  const { secrets } = await withBackup();
  assert.equal(await codeOf(secrets.backupSecret('t')), '404 SecretNotFound');
});
