import assert from 'node:assert/strict';
import type { LocalAzureReady } from '../../stack/local-azure.ts';
import type { AzureCli } from '../azure-cli.ts';
import type { Step } from '../step.ts';
import { namesOf } from './output.ts';
import { inGroup, location, world } from './world.ts';

export async function audit(az: AzureCli, { subscriptionId }: LocalAzureReady, step: Step): Promise<void> {
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${world.group}`;
  const vault = `${group}/providers/Microsoft.KeyVault/vaults/${world.vault}`;
  await step('storage account create', async () => {
    const kind = ['--sku', 'Standard_ZRS', '--kind', 'StorageV2'];
    const made = await az.show('storage', 'account', 'create', '-n', world.account, ...inGroup, ...location, ...kind);
    assert.equal(made['provisioningState'], 'Succeeded');
  });
  await step('storage account check-name', async () => {
    const { reason } = await az.show('storage', 'account', 'check-name', '-n', world.account);
    assert.equal(reason, 'AlreadyExists');
  });
  await step('monitor diagnostic-settings create', async () => {
    const account = `${group}/providers/Microsoft.Storage/storageAccounts/${world.account}`;
    const logs = ['--logs', JSON.stringify([{ category: 'AuditEvent', enabled: true }])];
    const command = ['monitor', 'diagnostic-settings', 'create', '-n', 'audit'];
    await az.show(...command, '--resource', vault, '--storage-account', account, ...logs);
    const [setting] = await az.list('monitor', 'diagnostic-settings', 'list', '--resource', vault);
    assert.equal(setting?.['name'], 'audit');
  });
  await step('keyvault secret show, for the audit log', async () => {
    const { value } = await az.show('keyvault', 'secret', 'show', '--vault-name', world.vault, '-n', 'check-secret');
    assert.equal(value, 'second');
  });
  await step('resource list', async () => {
    const ofType = await az.list('resource', 'list', '--resource-type', 'Microsoft.Storage/storageAccounts');
    assert.deepEqual(namesOf(ofType), [world.account]);
    const inGroupOnly = namesOf(await az.list('resource', 'list', ...inGroup));
    assert.deepEqual(inGroupOnly.toSorted(), [world.account, world.device, 'check-own', world.vault].toSorted());
  });
  await step('resource show', async () => {
    const { type } = await az.show('resource', 'show', '--ids', vault);
    assert.equal(type, 'Microsoft.KeyVault/vaults');
  });
}
