import type { StorageAccount, StorageAccountCreateParameters } from '@azure/arm-storage';
import type { Azure } from '../azure/clients.ts';
import { orAbsent, readAzureError } from '../azure/errors.ts';
import { observe } from '../azure/observe.ts';
import type { Device } from '../domain/device.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import { auditAccountNames } from '../domain/names.ts';
import { ownerOf, ownershipTags } from '../domain/ownership.ts';
import { clampRetryAfter, lookDelay, looksPerSubmit } from '../domain/pace.ts';
import { trailProviders } from '../domain/providers.ts';
import { looksSoFar, recall, remember } from './call.ts';
import { ensureRegistered } from './resource-providers.ts';

export type AuditStorageRef = { id: string; name: string };

/** A creation that Azure accepted: the name, and the service's time (ms) before which Azure sees no use in looking. */
export type SubmittedAccount = { name: string; lookFrom: number };

type AuditStorageInput = { device: Device; keyVaultName: string };

export const createAuditStorage = (azure: Azure) => ({
  /**
   * Submits the slow creation of the audit log's storage account and returns at once: it is the long pole of the
   * procedure, so it is asked for first and awaited late. The operation's URL is not kept, since it carries a signature.
   */
  async beginAuditStorage(input: AuditStorageInput): Promise<SubmittedAccount | undefined> {
    const begun = await findOrSubmit(azure, input);
    return begun.state === 'submitted' ? begun.submitted : undefined;
  },

  /** Looks once for the account, and submits it where nothing is under way. */
  async awaitAuditStorage(input: AuditStorageInput & { submitted?: SubmittedAccount }): Promise<AuditStorageRef> {
    const submitted = (recall() as Remembered).submitted ?? input.submitted;
    if (!submitted) return takeOrSubmit(azure, input);
    const { account, date } = await readAccount(azure, input.device, submitted.name);
    if (account) return refOf(account);
    // The name makes it the same account, so whatever is answered to a repetition, a creation is under way.
    if (looksSoFar() % looksPerSubmit === 0) await submit(azure, input, submitted.name);
    const untilUseful = date === undefined ? 0 : submitted.lookFrom - date;
    throw stillCreating(submitted.name, Math.max(untilUseful, lookDelay(looksSoFar())));
  },
});

type Remembered = { submitted?: SubmittedAccount };

const takeOrSubmit = async (azure: Azure, input: AuditStorageInput): Promise<AuditStorageRef> => {
  const begun = await findOrSubmit(azure, input);
  if (begun.state === 'present') return refOf(begun.account);
  remember({ submitted: begun.submitted } satisfies Remembered);
  throw stillCreating(begun.submitted.name, lookDelay(looksSoFar()));
};

/** @throws NotYet AuditStorageCreating · Refusal StorageCreateFailed */
const refOf = ({ id = '', name = '', provisioningState }: StorageAccount): AuditStorageRef => {
  if (provisioningState === 'Succeeded') return { id, name };
  if (provisioningState === 'Creating' || provisioningState === 'ResolvingDNS') {
    throw stillCreating(name, lookDelay(looksSoFar()));
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
const findOrSubmit = async (azure: Azure, input: AuditStorageInput): Promise<Begun> => {
  const { device } = input;
  await ensureRegistered(azure, device.subscriptionId, trailProviders);
  const names = auditAccountNames(device);
  for (const name of names) {
    const { account } = await readAccount(azure, device, name);
    if (account && ownerOf(account.tags, device) === 'this device') return { state: 'present', account };
    const submitted = account ? 'taken' : await submit(azure, input, name);
    if (submitted !== 'taken') return { state: 'submitted', submitted };
  }
  throw new Refusal('StorageNameTaken', `the names ${names.join(', ')} all belong to others`, { names });
};

const readAccount = async (
  azure: Azure,
  device: Device,
  name: string,
): Promise<{ account: StorageAccount | undefined; date: number | undefined }> => {
  const { observed, onResponse } = observe();
  const { storageAccounts } = azure.subscription(device.subscriptionId);
  const account = await orAbsent(storageAccounts.getProperties(device.resourceGroup, name, { onResponse }));
  return { account, date: observed.date };
};

const submit = async (azure: Azure, input: AuditStorageInput, name: string): Promise<SubmittedAccount | 'taken'> => {
  const { device } = input;
  const { storageAccounts } = azure.subscription(device.subscriptionId);
  const { observed, onResponse } = observe();
  try {
    await storageAccounts.create(device.resourceGroup, name, newAccount(input), { onResponse }).submitted();
  } catch (error) {
    const type = readAzureError(error)?.type;
    if (type === 'StorageNameTaken') return 'taken';
    if (type !== 'AuditStorageCreating') throw error;
  }
  return { name, lookFrom: (observed.date ?? 0) + clampRetryAfter(observed.retryAfterMs ?? 0) };
};

/** Zone-redundant and tagged with the vault's name, as the portal makes it (Azure docs); ours by tag from the first moment. */
const newAccount = ({ device, keyVaultName }: AuditStorageInput): StorageAccountCreateParameters => ({
  location: device.location,
  sku: { name: 'Standard_ZRS' },
  kind: 'StorageV2',
  tags: { ...ownershipTags(device), 'ase-key-vault': keyVaultName },
  minimumTlsVersion: 'TLS1_2',
  allowBlobPublicAccess: false,
  enableHttpsTrafficOnly: true,
});
