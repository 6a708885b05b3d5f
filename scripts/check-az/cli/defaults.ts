import assert from 'node:assert/strict';
import type { LocalAzureReady } from '../../stack/local-azure.ts';
import type { AzureCli, Output } from '../azure-cli.ts';
import type { Step } from '../step.ts';
import { world } from './world.ts';
import { asServicePrincipal } from './sign-in.ts';

/** No setting of the Azure CLI is changed: the CLI treats the local Azure as the public one. */
export async function walkWithDefaults(az: AzureCli, azure: LocalAzureReady, step: Step): Promise<void> {
  const { clientId, clientSecret } = azure.principals.owner;
  await step('by default settings: login', async () => {
    const [account] = await az.list('login', ...asServicePrincipal(azure.tenantId, clientId, clientSecret));
    assert.deepEqual([account?.['id'], account?.['cloudName']], [azure.subscriptionId, 'AzureCloud']);
  });
  await step('by default settings: keyvault show', async () => {
    const { properties } = await az.show('keyvault', 'show', '-n', world.vault);
    assert.equal((properties as Output)['vaultUri'], `https://${world.vault}.vault.azure.net/`);
  });
  await step('by default settings: keyvault secret set and show', async () => {
    const secret = ['--vault-name', world.vault, '-n', 'check-default'];
    await az.show('keyvault', 'secret', 'set', ...secret, '--value', 'third');
    assert.equal((await az.show('keyvault', 'secret', 'show', ...secret))['value'], 'third');
  });
}
