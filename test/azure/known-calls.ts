/** The calls of the product that Azure is known to refuse: how each is made, and how its request is known. */
import { ClientSecretCredential } from '@azure/identity';
import type { Azure } from '../../azure/clients.ts';
import { inProcess, type FetchHandler } from '../../local-azure/test/http-client.ts';
import { azureAnswering, subscriptionId } from './clients.ts';

type KnownCall = { ask: (azure: Azure) => Promise<unknown>; method: string; url: RegExp };

const group = 'edge-rg';
const vaultName = 'the-vault';
const vaultId = `/subscriptions/${subscriptionId}/resourceGroups/${group}/providers/Microsoft.KeyVault/vaults/${vaultName}`;
const vaultUri = `https://${vaultName}.vault.azure.net`;
const arm = (azure: Azure) => azure.subscription(subscriptionId);
const newVault = {
  location: 'westeurope',
  properties: { tenantId: subscriptionId, sku: { family: 'A' as const, name: 'standard' as const } },
};

const calls = {
  'reading the device': {
    ask: (azure) => arm(azure).devices.get('edge-1', group),
    method: 'GET',
    url: /dataBoxEdgeDevices\/edge-1\?/,
  },
  'reading the locks': {
    ask: (azure) => arm(azure).locks.listAtResourceGroupLevel(group).next(),
    method: 'GET',
    url: /edge-rg\/providers\/Microsoft\.Authorization\/locks\?/,
  },
  'registering a provider': {
    ask: (azure) => arm(azure).providers.register('Microsoft.KeyVault'),
    method: 'POST',
    url: /Microsoft\.KeyVault\/register\?/,
  },
  'creating the vault': {
    ask: (azure) => arm(azure).vaults.createOrUpdate(group, vaultName, newVault).submitted(),
    method: 'PUT',
    url: /KeyVault\/vaults\/[^/]+\?/,
  },
  'recovering the vault': {
    ask: (azure) => arm(azure).vaults.createOrUpdate(group, vaultName, newVault).submitted(),
    method: 'PUT',
    url: /KeyVault\/vaults\/[^/]+\?/,
  },
  'deleting the vault': {
    ask: (azure) => arm(azure).vaults.delete(group, vaultName),
    method: 'DELETE',
    url: /KeyVault\/vaults\/[^/]+\?/,
  },
  'locking the vault': {
    ask: (azure) => arm(azure).locks.createOrUpdateByScope(vaultId, 'ase-key-vault-lock', { level: 'CanNotDelete' }),
    method: 'PUT',
    url: /\/locks\/ase-key-vault-lock\?/,
  },
  'unlocking the vault': {
    ask: (azure) => arm(azure).locks.deleteByScope(vaultId, 'ase-key-vault-lock'),
    method: 'DELETE',
    url: /\/locks\/ase-key-vault-lock\?/,
  },
  'giving access': {
    ask: (azure) =>
      arm(azure).vaults.updateAccessPolicy(group, vaultName, 'add', { properties: { accessPolicies: [] } }),
    method: 'PUT',
    url: /\/accessPolicies\//,
  },
  'ordering the account': {
    ask: (azure) =>
      arm(azure)
        .storageAccounts.create(group, 'theaccount', {
          location: 'westeurope',
          kind: 'StorageV2',
          sku: { name: 'Standard_ZRS' },
        })
        .submitted(),
    method: 'PUT',
    url: /Storage\/storageAccounts\/[^/]+\?/,
  },
  'looking for the account': {
    ask: (azure) => arm(azure).storageAccounts.getProperties(group, 'theaccount'),
    method: 'GET',
    url: /Storage\/storageAccounts\/[^/]+\?/,
  },
  'writing the setting': {
    ask: (azure) => arm(azure).diagnosticSettings.createOrUpdate(vaultId, 'ase-audit', {}),
    method: 'PUT',
    url: /\/diagnosticSettings\//,
  },
  'linking the device': {
    ask: (azure) => arm(azure).devices.updateExtendedInformation('edge-1', group, {}),
    method: 'POST',
    url: /\/updateExtendedInformation\?/,
  },
  'making the certificate': {
    ask: (azure) => arm(azure).devices.generateCertificate('edge-1', group),
    method: 'POST',
    url: /\/generateCertificate\?/,
  },
  'reaching the vault': {
    ask: (azure) => azure.secrets({ uri: vaultUri }).listPropertiesOfSecretVersions('ase-activation-key').next(),
    method: 'GET',
    url: /\/secrets\/ase-activation-key\/versions\?/,
  },
  'storing the secret': {
    ask: (azure) => azure.secrets({ uri: vaultUri }).setSecret('ase-cik', 'x'),
    method: 'PUT',
    url: /\/secrets\/ase-cik/,
  },
  'reading the secret': {
    ask: (azure) => azure.secrets({ uri: vaultUri }).getSecret('ase-cik', { version: '0'.repeat(32) }),
    method: 'GET',
    url: /\/secrets\/ase-cik[^/]*\/[0-9a-f]{32}\?/,
  },
  'reading the log': {
    ask: (azure) => azure.blob('https://theaccount.blob.core.windows.net/c/b').download(),
    method: 'GET',
    url: /\.blob\..*insights-logs/,
  },
  'signing in': {
    ask: () => Promise.reject(new Error('asked of the token service alone')),
    method: 'POST',
    url: /\/token\b/,
  },
} satisfies Record<string, KnownCall>;

export type CallName = keyof typeof calls;

/** What a call of the product rejects with when it is answered so. */
export const asked = (name: CallName, answer: () => Response): Promise<unknown> =>
  name === 'signing in'
    ? signedIn((request) => Promise.resolve(isCall(name, request) ? answer() : configuration()))
    : calls[name].ask(azureAnswering(() => Promise.resolve(answer())));

/** Whether a request is that call. */
export const isCall = (name: CallName, { method, url }: Request): boolean =>
  method === calls[name].method && calls[name].url.test(url);

const authority = 'https://login.localhost/bbbbbbbb-0000-0000-0000-000000000002';

const signedIn = (handle: FetchHandler): Promise<unknown> => {
  const { origin, pathname } = new URL(authority);
  return new ClientSecretCredential(pathname.slice(1), 'a-client', 'a-secret', {
    authorityHost: origin,
    disableInstanceDiscovery: true,
    retryOptions: { maxRetries: 0 },
    httpClient: inProcess(handle),
  }).getToken('https://management.azure.com/.default');
};

const configuration = (): Response =>
  Response.json({
    issuer: `${authority}/v2.0`,
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
    token_endpoint: `${authority}/oauth2/v2.0/token`,
    jwks_uri: `${authority}/discovery/v2.0/keys`,
  });
