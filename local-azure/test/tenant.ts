import { AuthorizationManagementClient } from '@azure/arm-authorization';
import { KeyVaultManagementClient, type VaultCreateOrUpdateParameters } from '@azure/arm-keyvault';
import { ManagementLockClient } from '@azure/arm-locks';
import { MonitorClient } from '@azure/arm-monitor';
import { ResourceManagementClient } from '@azure/arm-resources';
import { StorageManagementClient } from '@azure/arm-storage';
import type { TokenCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { BlobServiceClient, type StoragePipelineOptions } from '@azure/storage-blob';
import { explicitClock, type MovableClock } from '../clock.ts';
import type { Principal } from '../entra/principals.ts';
import { createLocalAzure, type LocalAzure, type LocalAzureOptions } from '../index.ts';
import { mainSubscription, type PrincipalName } from '../new-state.ts';
import { inProcess } from './http-client.ts';

export const arm = 'https://management.localhost';

/** A local Azure in a time that stands still, with everything registered and one empty group. */
export type Tenant = {
  azure: LocalAzure;
  clock: MovableClock;
  /** Lets time pass, in milliseconds. */
  wait: (ms: number) => void;
  subscriptionId: string;
  /** The id of the group `g`. */
  group: string;
  vaultId: (name: string) => string;
  /** The official clients, signed in as one of the principals. */
  as: (who: PrincipalName | Principal) => Clients;
  /** A raw request to Azure Resource Manager. */
  call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
};

export type CallOptions = {
  as?: PrincipalName | Principal | 'nobody';
  body?: unknown;
  apiVersion?: string;
  host?: string;
  audience?: string;
  headers?: Record<string, string>;
};

/** What came back. `body` is the parsed JSON, or the text where it is none. */
export type Answer = { status: number; headers: Headers; body: unknown; code: string | undefined; message: string };

export type Clients = ReturnType<typeof clientsFor>;

export const namespaces = ['Microsoft.KeyVault', 'Microsoft.Storage', 'Microsoft.Insights', 'Microsoft.DataBoxEdge'];

export const newTenant = (options: Partial<LocalAzureOptions> = {}): Tenant => {
  const clock = explicitClock(Date.UTC(2026, 0, 1));
  const noCertificates = { issue: () => Promise.reject(new Error('No certificate is needed here.')) };
  const azure = createLocalAzure({ clock, certificates: noCertificates, ...options });
  for (const namespace of namespaces) azure.control.register({ namespace });
  azure.control.putGroup({ name: 'g', location: 'westeurope' });
  const subscriptionId = mainSubscription(azure.state);
  const group = `/subscriptions/${subscriptionId}/resourceGroups/g`;
  const principal = (who: PrincipalName | Principal): Principal =>
    typeof who === 'string' ? azure.principals[who] : who;
  return {
    azure,
    clock,
    wait: (ms) => clock.advance(ms),
    subscriptionId,
    group,
    vaultId: (name) => `${group}/providers/Microsoft.KeyVault/vaults/${name}`,
    as: (who) => clientsFor(azure, subscriptionId, principal(who)),
    call: async (method, path, call = {}) => {
      const { as = 'owner', body, apiVersion, host = arm, audience = host, headers = {} } = call;
      const separator = path.includes('?') ? '&' : '?';
      const url = `${host}${path}${apiVersion === undefined ? '' : `${separator}api-version=${apiVersion}`}`;
      const answer = await azure.fetch(
        new Request(url, {
          method,
          headers: {
            ...(as === 'nobody' ? {} : { authorization: `Bearer ${azure.issueToken(principal(as), audience)}` }),
            ...headers,
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
      return await read(answer);
    },
  };
};

const read = async (answer: Response): Promise<Answer> => {
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.startsWith('application/json') ?? false;
  const body: unknown = isJson && text !== '' ? JSON.parse(text) : text;
  const { error } = (typeof body === 'object' ? body : {}) as { error?: { code?: string; message?: string } };
  return { status: answer.status, headers: answer.headers, body, code: error?.code, message: error?.message ?? '' };
};

/** A fresh token for every call, so that no cached one grows old while virtual time flies. */
const credentialFor = (azure: LocalAzure, principal: Principal): TokenCredential => ({
  getToken: (scopes) => {
    const scope = Array.isArray(scopes) ? (scopes[0] ?? '') : scopes;
    const token = azure.issueToken(principal, scope.replace(/\/\.default$/, ''));
    return Promise.resolve({ token, expiresOnTimestamp: 1 });
  },
});

const clientsFor = (azure: LocalAzure, subscriptionId: string, principal: Principal) => {
  const credential = credentialFor(azure, principal);
  const transport = { httpClient: inProcess((request) => azure.fetch(request)), retryOptions: { maxRetries: 0 } };
  const options = { ...transport, endpoint: arm };
  const older = { ...options, credentialScopes: [`${arm}/.default`] };
  return {
    keyVault: new KeyVaultManagementClient(credential, subscriptionId, options),
    storage: new StorageManagementClient(credential, subscriptionId, options),
    resources: new ResourceManagementClient(credential, subscriptionId, options),
    monitor: new MonitorClient(credential, subscriptionId, options),
    locks: new ManagementLockClient(credential, subscriptionId, older),
    authorization: new AuthorizationManagementClient(credential, subscriptionId, older),
    blobs: (accountName: string) =>
      new BlobServiceClient(`https://${accountName}.blob.localhost`, credential, {
        httpClient: olderForm(transport.httpClient),
        retryOptions: { maxTries: 1 },
      }),
    secrets: (vaultName: string) => new SecretClient(`https://${vaultName}.vault.localhost`, credential, transport),
  };
};

/** The blob client names the same seam by older types; it sends and takes what the others do. */
const olderForm = (seam: object) => seam as NonNullable<StoragePipelineOptions['httpClient']>;

/** The body of a vault in the access-policy model, with one entry. */
export const policyVault = (
  { azure }: Pick<Tenant, 'azure'>,
  ...entries: { objectId: string; secrets: string[] }[]
): VaultCreateOrUpdateParameters => ({
  location: 'westeurope',
  properties: {
    tenantId: azure.state.tenantId,
    sku: { family: 'A', name: 'standard' },
    enableRbacAuthorization: false,
    softDeleteRetentionInDays: 90,
    accessPolicies: entries.map(({ objectId, secrets }) => ({
      tenantId: azure.state.tenantId,
      objectId,
      permissions: { secrets },
    })),
  },
});

/** Azure's own code of a failed call by an official client. */
export const codeOf = async (call: PromiseLike<unknown>): Promise<string> => {
  try {
    await call;
    return 'no failure';
  } catch (error) {
    const { code, statusCode } = error as { code?: string; statusCode?: number };
    return `${statusCode ?? '-'} ${code ?? (error as Error).message}`;
  }
};
