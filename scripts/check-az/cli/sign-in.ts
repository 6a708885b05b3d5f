import assert from 'node:assert/strict';
import type { LocalAzureReady } from '../../stack/local-azure.ts';
import type { AzureCli, Output } from '../azure-cli.ts';
import type { Step } from '../step.ts';

export async function signIn(az: AzureCli, azure: LocalAzureReady, step: Step): Promise<void> {
  const { clientId, clientSecret } = azure.principals.owner;
  await step('cloud register', async () => {
    await az.show('cloud', 'register', '-n', 'local', '--endpoint-resource-manager', azure.armEndpoint);
    await az.show('cloud', 'set', '-n', 'local');
    const { endpoints, suffixes } = (await az.show('cloud', 'show')) as Record<string, Output>;
    assert.equal(endpoints?.['activeDirectory'], azure.authorityHost);
    assert.equal(suffixes?.['keyvaultDns'], `.vault.localhost:${azure.port}`);
  });
  await step('login is refused with a wrong secret', async () => {
    const said = await az.refusal('login', ...asServicePrincipal(azure.tenantId, clientId, 'wrong'));
    assert.match(said, /AADSTS7000215/);
  });
  await step('login', async () => {
    const [account] = await az.list('login', ...asServicePrincipal(azure.tenantId, clientId, clientSecret));
    assert.equal(account?.['id'], azure.subscriptionId);
    assert.equal((await az.show('account', 'show'))['tenantId'], azure.tenantId);
  });
  await step('account list-locations', async () => {
    const names = (await az.list('account', 'list-locations')).map(({ name }) => name);
    assert.ok(names.includes('westeurope'));
  });
}

export function asServicePrincipal(tenantId: string, clientId: string, secret: string): string[] {
  return ['--service-principal', '-u', clientId, '-p', secret, '--tenant', tenantId];
}
