import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newTenant, policyVault } from './tenant.ts';

test('a worker with only its role creates vault, lock, audit trail and secret through the official clients', async () => {
  const tenant = newTenant();
  const { azure, wait, vaultId, group } = tenant;
  const { worker } = azure.principals;
  const { keyVault, storage, monitor, locks, secrets } = tenant.as('worker');

  const submitted = storage.storageAccounts.create('g', 'asestore1', {
    location: 'westeurope',
    sku: { name: 'Standard_ZRS' },
    kind: 'StorageV2',
  });
  await submitted.submitted();
  const vault = keyVault.vaults.createOrUpdate(
    'g',
    'ase-vault-1',
    policyVault(tenant, { objectId: worker.objectId, secrets: ['get', 'set', 'list'] }),
  );
  await vault.submitted();
  await locks.managementLocks.createOrUpdateByScope(vaultId('ase-vault-1'), 'keep', { level: 'CanNotDelete' });
  wait(20_000);
  await vault.poll();
  await submitted.poll();
  assert.equal((await storage.storageAccounts.getProperties('g', 'asestore1')).provisioningState, 'Succeeded');

  await monitor.diagnosticSettings.createOrUpdate(vaultId('ase-vault-1'), 'audit', {
    storageAccountId: `${group}/providers/Microsoft.Storage/storageAccounts/asestore1`,
    logs: [{ category: 'AuditEvent', enabled: true }],
  });
  const { properties } = await secrets('ase-vault-1').setSecret('ase-cik', 'a value');
  assert.match(properties.version ?? '', /^[0-9a-f]{32}$/);
  assert.equal((await secrets('ase-vault-1').getSecret('ase-cik')).value, 'a value');
});
