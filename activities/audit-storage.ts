import type { StorageAccount, StorageAccountCreateParameters } from '@azure/arm-storage';
import type { Azure } from '../azure/clients.ts';
import { type AzureError, orAbsent, readAzureError } from '../azure/errors.ts';
import { observe } from '../azure/pipeline.ts';
import { type Device, sameId } from '../domain/device.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import { auditAccountNames } from '../domain/names.ts';
import { type Tags, auditedVaultTag, ownershipTags, ownsAuditAccount, tagNamed } from '../domain/ownership.ts';
import {
  accountDelay,
  clampRetryAfter,
  looksPerSubmit,
  moreRegistrationLooks,
  registrationLooks,
} from '../domain/pace.ts';
import { type Modification, type NetworkRules, type Profile, completeTags, modifications } from '../domain/profile.ts';
import { accountProvider, settingProvider } from '../domain/rights.ts';
import { mergeTags } from './access-policies.ts';
import { looksSoFar, recall, remember } from './call.ts';
import type { CrowdOfAccounts } from './crowd-of-accounts.ts';
import { ensureRegistered } from './rights.ts';

export type AuditStorageRef = { id: string; name: string };

/** With what is not as it was asked for, if anything is. */
export type AuditStorage = AuditStorageRef & { modified?: Modification[] };

/** A creation that Azure accepted: the name, and the service's time (ms) before which Azure sees no use in looking. */
export type SubmittedAccount = { name: string; lookFrom: number };

type AuditStorageInput = { device: Device; keyVaultName: string };

/** What a conversation about the account works with. */
type Trade = { azure: Azure; profile: Profile; input: AuditStorageInput };

/** One that waits for the account. */
type Wait = Trade & { crowd: CrowdOfAccounts };

export const createAuditStorage = (azure: Azure, profile: Profile, crowd: CrowdOfAccounts) => ({
  /**
   * Submits the slow creation of the audit log's storage account as soon as its provider is registered: it is the long pole
   * of the procedure, so it is asked for first and awaited late. The registration that only the setting needs is asked for
   * at the same time. The operation's URL is not kept, since it carries a signature.
   */
  async beginAuditStorage(input: AuditStorageInput): Promise<SubmittedAccount | undefined> {
    const begun = await findOrSubmit({ azure, profile, input }, registrationLooks);
    return begun.state === 'submitted' ? begun.submitted : undefined;
  },

  /** Looks once for the account, and submits it where nothing is under way. */
  async awaitAuditStorage(input: AuditStorageInput & { submitted?: SubmittedAccount }): Promise<AuditStorage> {
    const trade = { azure, profile, input };
    const submitted = (recall() as Remembered).submitted ?? input.submitted;
    if (!submitted) return takeOrSubmit(trade);
    const { account, date, isShared } = await lookFor({ ...trade, crowd }, submitted.name);
    if (account) return take(trade, account);
    // The name makes it the same account, so whatever is answered to a repetition, a creation is under way.
    if (looksSoFar() % looksPerSubmit === 0) {
      // A shared list may be some seconds old: the account may be there by now.
      const found = isShared ? (await readAccount(azure, input.device, submitted.name)).account : undefined;
      if (found) return take(trade, found);
      await submit(trade, submitted.name);
    }
    const untilUseful = date === undefined ? 0 : submitted.lookFrom - date;
    throw stillCreating(submitted.name, Math.max(untilUseful, accountDelay(looksSoFar())));
  },
});

export type Remembered = { submitted?: SubmittedAccount };

const takeOrSubmit = async (trade: Trade): Promise<AuditStorage> => {
  // The creation was to begin as soon as its provider was registered: that has been waited for.
  const begun = await findOrSubmit(trade, moreRegistrationLooks);
  if (begun.state === 'present') return take(trade, begun.account);
  remember({ submitted: begun.submitted } satisfies Remembered);
  throw stillCreating(begun.submitted.name, accountDelay(looksSoFar()));
};

/** The account with our tags and the required ones on it, and what a policy has made of it. */
const take = async (trade: Trade, account: StorageAccount): Promise<AuditStorage> => {
  const ref = refOf(account);
  const { id, name } = ref;
  const { tags = {}, sku, publicNetworkAccess, networkRuleSet } = await withTags(trade, account, ref);
  const shape = { id, tags, publicNetworkAccess, defaultAction: networkRuleSet?.defaultAction, sku: sku?.name };
  const { profile, input } = trade;
  const modified = modifications(shape, input.device, profile, profile.storageSku);
  return { id, name, ...(modified.length > 0 ? { modified } : {}) };
};

/** The answer does not show what a policy has made of them, a look does. */
const withTags = async (
  { azure, profile, input: { device, keyVaultName } }: Trade,
  account: StorageAccount,
  { id, name }: AuditStorageRef,
): Promise<StorageAccount> => {
  const { tags = {} } = account;
  const missing = { ...completeTags(tags, device, profile), ...missingVaultTag(tags, keyVaultName) };
  if (Object.keys(missing).length === 0) return account;
  await mergeTags(azure, device, { id }, missing);
  return (await readAccount(azure, device, name)).account ?? account;
};

/** The account is begun under the first name that was planned for the vault, and may outlive that vault. */
const missingVaultTag = (tags: Tags, keyVaultName: string): Tags =>
  sameId(tagNamed(tags, auditedVaultTag), keyVaultName) ? {} : { [auditedVaultTag]: keyVaultName };

/** @throws NotYet AuditStorageCreating · Refusal StorageCreateFailed */
const refOf = ({ id = '', name = '', provisioningState }: StorageAccount): AuditStorageRef => {
  if (provisioningState === 'Succeeded') return { id, name };
  if (provisioningState === 'Creating' || provisioningState === 'ResolvingDNS') {
    throw stillCreating(name, accountDelay(looksSoFar()));
  }
  throw new Refusal(
    'StorageCreateFailed',
    `the storage account "${name}" is in the state ${provisioningState ?? 'unknown'}`,
  );
};

const stillCreating = (name: string, afterMs: number): NotYet =>
  new NotYet('AuditStorageCreating', `waiting for the storage account "${name}" to be created`, afterMs);

type Begun = { state: 'present'; account: StorageAccount } | { state: 'submitted'; submitted: SubmittedAccount };

/** Our account under the first name that is ours or free. Names are global, so one may be a stranger's. */
const findOrSubmit = async (trade: Trade, mostLooks: number): Promise<Begun> => {
  const { azure } = trade;
  const { device } = trade.input;
  const registrations = { needed: [accountProvider], early: [settingProvider], mostLooks };
  await ensureRegistered(azure, device.subscriptionId, registrations);
  const names = auditAccountNames(device);
  for (const name of names) {
    const { account } = await readAccount(azure, device, name);
    if (account && ownsAuditAccount(account.tags, device)) return { state: 'present', account };
    const submitted = account ? 'taken' : await submit(trade, name);
    if (submitted !== 'taken') return { state: 'submitted', submitted };
  }
  throw new Refusal('StorageNameTaken', `others own the storage account names ${names.join(', ')}`, { names });
};

/** A wait looks into the list that it shares with others, where there are some. @throws NotYet AuditStorageCreating */
const lookFor = async ({ azure, crowd, input: { device } }: Wait, name: string): Promise<Look> => {
  const seen = await crowd(azure, device, name);
  if (seen === 'alone') return readAccount(azure, device, name);
  if (seen === 'listing') throw stillCreating(name, accountDelay(1));
  return { account: seen.account, date: undefined, isShared: true };
};

/** `date` is the service's time, milliseconds, where the look was for this account alone. */
type Look = { account: StorageAccount | undefined; date: number | undefined; isShared?: true };

const readAccount = async (azure: Azure, device: Device, name: string): Promise<Look> => {
  const { observed, onResponse } = observe();
  const { storageAccounts } = azure.subscription(device.subscriptionId);
  const account = await orAbsent(storageAccounts.getProperties(device.resourceGroup, name, { onResponse }));
  return { account, date: observed.date };
};

const submit = async ({ azure, profile, input }: Trade, name: string): Promise<SubmittedAccount | 'taken'> => {
  const { device, keyVaultName } = input;
  const { storageAccounts } = azure.subscription(device.subscriptionId);
  const { observed, onResponse } = observe();
  try {
    const body = newAuditAccount(device, keyVaultName, profile);
    await storageAccounts.create(device.resourceGroup, name, body, { onResponse }).submitted();
  } catch (error) {
    const refused = readAzureError(error);
    if (refused?.type === 'StorageNameTaken') return 'taken';
    if (refused && isAboutSku(refused)) throw otherSkuNeeded(refused);
    if (refused?.type !== 'AuditStorageCreating') throw error;
  }
  return { name, lookFrom: (observed.date ?? 0) + clampRetryAfter(observed.retryAfterMs ?? 0) };
};

/** The region does not offer this kind of account (Esri/arcgis-gitops#160, hashicorp/terraform-provider-azurerm#8089). */
const isAboutSku = ({ code, message }: AzureError): boolean =>
  code === 'RedundancyConfigurationNotAvailableInRegion' ||
  (code === 'InvalidValuesForRequestParameters' && /\bsku\b/i.test(message));

const otherSkuNeeded = ({ message }: AzureError): Refusal => {
  const remedy = 'To use another kind of account, set the key storageSku in the organisation profile (ASE_PROFILE).';
  return new Refusal('RequestRefused', `${message} ${remedy}`, { profileKey: 'storageSku' });
};

/** Zone-redundant and tagged with the vault's name, as the portal makes it (Azure docs); ours by tag from the first moment. */
export const newAuditAccount = (
  device: Device,
  keyVaultName: string,
  { requiredTags, storageSku, storageKeyExpirationDays, network }: Profile,
): StorageAccountCreateParameters => ({
  location: device.location,
  sku: { name: storageSku },
  kind: 'StorageV2',
  tags: { ...requiredTags, ...ownershipTags(device), [auditedVaultTag]: keyVaultName },
  minimumTlsVersion: 'TLS1_2',
  allowBlobPublicAccess: false,
  enableHttpsTrafficOnly: true,
  ...(storageKeyExpirationDays === undefined
    ? {}
    : { keyPolicy: { keyExpirationPeriodInDays: storageKeyExpirationDays } }),
  ...networkOf(network),
});

/** Azure Monitor writes the log as one of Azure's own services: without the bypass nothing would be logged (Azure docs). */
const networkOf = ({ publicNetworkAccess, defaultAction, ipRules = [] }: NetworkRules) => ({
  ...(publicNetworkAccess === undefined ? {} : { publicNetworkAccess }),
  ...(defaultAction === undefined
    ? {}
    : {
        networkRuleSet: {
          defaultAction,
          bypass: 'AzureServices',
          ipRules: ipRules.map((rule) => ({ iPAddressOrRange: rule, action: 'Allow' as const })),
        },
      }),
});
