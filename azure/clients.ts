import { AuthorizationManagementClient, type Permissions } from '@azure/arm-authorization';
import { DataBoxEdgeManagementClient, type Devices } from '@azure/arm-databoxedge';
import { KeyVaultManagementClient, type VaultsOperations } from '@azure/arm-keyvault';
import { ManagementLockClient, type ManagementLocks } from '@azure/arm-locks';
import { MonitorClient, type DiagnosticSettingsOperations } from '@azure/arm-monitor';
import {
  ResourceManagementClient,
  type ProvidersOperations,
  type TagsOperationsOperations,
} from '@azure/arm-resources';
import { StorageManagementClient, type StorageAccountsOperations } from '@azure/arm-storage';
import type { HttpClient } from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import type { SecretClient } from '@azure/keyvault-secrets';
import { BlobClient } from '@azure/storage-blob';
import { admissionPolicy, type Admission, type Ask } from './budgets/admission.ts';
import { callsPolicy, serviceIn, type OnCall, nextLinkPolicy } from './calls.ts';
import { originPolicy, type Cloud } from './cloud.ts';
import { errorBodyPolicy } from './error-bodies.ts';
import { abortPolicy, endingIn, localhostPolicy } from './pipeline.ts';
import { readablePolicy, secretsPolicy, type OnSecret } from './secrets-in-hand.ts';
import { keepSecretClients, type VaultOfSecrets } from './secret-clients.ts';

/** The calls that the product makes in one subscription, and no others: nothing here can purge or list keys. */
export type Subscription = {
  devices: Pick<
    Devices,
    | 'get'
    | 'listByResourceGroup'
    | 'beginDelete'
    | 'getExtendedInformation'
    | 'updateExtendedInformation'
    | 'generateCertificate'
    | 'uploadCertificate'
  >;
  diagnosticSettings: Pick<DiagnosticSettingsOperations, 'list' | 'createOrUpdate' | 'delete'>;
  locks: Pick<
    ManagementLocks,
    | 'getByScope'
    | 'createOrUpdateByScope'
    | 'deleteByScope'
    | 'listByScope'
    | 'listAtResourceGroupLevel'
    | 'listAtSubscriptionLevel'
  >;
  permissions: Pick<Permissions, 'listForResourceGroup'>;
  providers: Pick<ProvidersOperations, 'get' | 'register'>;
  storageAccounts: Pick<StorageAccountsOperations, 'getProperties' | 'listByResourceGroup' | 'create'>;
  /** At any scope, with a right of their own. */
  tags: Pick<TagsOperationsOperations, 'updateAtScope'>;
  vaults: Pick<
    VaultsOperations,
    | 'get'
    | 'delete'
    | 'getDeleted'
    | 'listDeleted'
    | 'createOrUpdate'
    | 'updateAccessPolicy'
    | 'listByResourceGroup'
    | 'listBySubscription'
  >;
};

/** The calls that the product makes on the secrets of one vault. */
export type Secrets = Pick<
  SecretClient,
  | 'getSecret'
  | 'getDeletedSecret'
  | 'setSecret'
  | 'listPropertiesOfSecrets'
  | 'listPropertiesOfSecretVersions'
  | 'updateSecretProperties'
>;

/** The one call that the product makes on a blob. */
export type Blob = Pick<BlobClient, 'download'>;

export type Azure = {
  cloud: Cloud;
  subscription(subscriptionId: string): Subscription;
  secrets(vault: VaultOfSecrets): Secrets;
  blob(url: string): Blob;
  /** Object id of the principal that these clients act as: the only source of it without a directory is its own token. */
  callerObjectId(): Promise<string>;
  /** The tenant of that principal, which is the tenant of the subscriptions that it may see. */
  callerTenantId(): Promise<string>;
};

export type AzureOptions = {
  cloud: Cloud;
  credential: TokenCredential;
  /** Signal for the request that is about to be sent. */
  signal: () => AbortSignal;
  /** Default: the clients' own, over sockets. */
  httpClient?: HttpClient;
  /** Whom every request to Resource Manager waits for, and as whom it asks. Default: none waits. */
  turns?: { admission: Admission; ask: () => Ask };
  /** Hears of every request and its status. */
  onCall?: OnCall;
  /** Hears of every secret that a request carries or an answer brings. */
  onSecret?: OnSecret;
};

/** One set of clients for a process. The SDK's own retries are off: Temporal owns retries. */
export const createAzure = (options: AzureOptions): Azure => {
  const { cloud, credential, signal, turns, httpClient, onCall, onSecret } = options;
  // First of all: a request that waits for its turn has not begun.
  const admission = turns
    ? [{ policy: admissionPolicy(cloud.armEndpoint, turns.admission, turns.ask), position: 'perCall' as const }]
    : [];
  const localhost = { policy: localhostPolicy(), position: 'perRetry' as const };
  const calls = onCall ? [{ policy: callsPolicy(serviceIn(cloud), onCall), position: 'perRetry' as const }] : [];
  const secrets = onSecret ? [{ policy: secretsPolicy(onSecret), position: 'perRetry' as const }] : [];
  const pipeline = {
    retryOptions: { maxRetries: 0 },
    additionalPolicies: [
      ...admission,
      { policy: abortPolicy(signal), position: 'perCall' as const },
      { policy: errorBodyPolicy(), position: 'perRetry' as const },
      { policy: readablePolicy(), position: 'perCall' as const },
      { policy: nextLinkPolicy(), position: 'perCall' as const },
      { policy: originPolicy(cloud), position: 'perRetry' as const },
      localhost,
      ...calls,
      ...secrets,
    ],
    ...(httpClient ? { httpClient } : {}),
  };
  // This client knows another kind of httpClient, so that it is ended by a policy. It takes policies although its types do
  // not say so, but not twice: one made of another client of it throws "Duplicate policy names" (12.34.0).
  const blobs = {
    retryOptions: { maxTries: 1 },
    additionalPolicies: [
      { policy: abortPolicy(signal), position: 'perCall' as const },
      { policy: errorBodyPolicy(), position: 'perRetry' as const },
      { policy: originPolicy(cloud), position: 'perRetry' as const },
      localhost,
      ...calls,
      ...secrets,
      ...(httpClient ? [{ policy: endingIn(httpClient), position: 'perRetry' as const }] : []),
    ],
  };
  // The older clients read `credentialScopes`, the newer ones `credentials.scopes`; some of these ignore the endpoint.
  const arm = {
    ...pipeline,
    endpoint: cloud.armEndpoint,
    credentialScopes: [cloud.armScope],
    credentials: { scopes: [cloud.armScope] },
  };
  const claim = async (name: 'oid' | 'tid'): Promise<string> => {
    // As the clients of ARM ask, so that it is their token, and no other one is asked for.
    const token = await credential.getToken([cloud.armScope], { abortSignal: signal(), enableCae: true });
    return claimIn(token?.token, name);
  };
  const subscriptions = new Map<string, Subscription>();
  return {
    cloud,
    subscription: (subscriptionId) => {
      const known = subscriptions.get(subscriptionId) ?? openSubscription(credential, subscriptionId, arm);
      subscriptions.set(subscriptionId, known);
      return known;
    },
    secrets: keepSecretClients(credential, pipeline),
    blob: (url) => new BlobClient(url, credential, blobs),
    callerObjectId: () => claim('oid'),
    callerTenantId: () => claim('tid'),
  };
};

type ArmOptions = ConstructorParameters<typeof KeyVaultManagementClient>[2] &
  ConstructorParameters<typeof ManagementLockClient>[2];

const openSubscription = (credential: TokenCredential, subscriptionId: string, arm: ArmOptions): Subscription => {
  const { providers, tagsOperations } = new ResourceManagementClient(credential, subscriptionId, arm);
  return {
    devices: new DataBoxEdgeManagementClient(credential, subscriptionId, arm).devices,
    diagnosticSettings: new MonitorClient(credential, arm).diagnosticSettings,
    locks: new ManagementLockClient(credential, subscriptionId, arm).managementLocks,
    permissions: new AuthorizationManagementClient(credential, subscriptionId, arm).permissions,
    providers,
    storageAccounts: new StorageManagementClient(credential, subscriptionId, arm).storageAccounts,
    tags: tagsOperations,
    vaults: new KeyVaultManagementClient(credential, subscriptionId, arm).vaults,
  };
};

const claimNames = { oid: 'object id', tid: 'tenant' };

const claimIn = (token: string | undefined, name: keyof typeof claimNames): string => {
  const [, claims = ''] = token?.split('.') ?? [];
  const { [name]: value } = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}') as Record<string, string>;
  if (!value) throw new Error(`the token of this credential has no ${claimNames[name]} (claim ${name})`);
  return value;
};
