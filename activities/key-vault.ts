import type { VaultCreateOrUpdateParameters } from '@azure/arm-keyvault';
import { isRestError } from '@azure/core-rest-pipeline';
import type { Azure } from '../azure/clients.ts';
import { readAzureError } from '../azure/errors.ts';
import { planAccess, workerGrant } from '../domain/access.ts';
import { sameId, type Device } from '../domain/device.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import {
  accepted,
  chooseKeyVaultName,
  nameTaken,
  planKeyVault,
  refusalOf,
  type ChosenName,
  type KeyVault,
  type KeyVaultRef,
  type KeyVaultWish,
} from '../domain/key-vault.ts';
import { modifications, modifiedTags, type Modification } from '../domain/modifications.ts';
import { activationKeySecretName } from '../domain/names.ts';
import { answersInARow, lookDelay } from '../domain/pace.ts';
import { completeTags, type Profile } from '../domain/profile.ts';
import { writeAccessPolicies } from './access-policies.ts';
import { looksSoFar, recall, remember } from './call.ts';
import { keyVaultSku, newKeyVault } from './new-key-vault.ts';
import {
  findOwnKeyVault,
  readAndPlanKeyVault,
  readDeletedKeyVault,
  readKeyVault,
  readLink,
  readOwner,
} from './read.ts';
import { awaitEarlierAttempts } from './settling.ts';

export type KeyVaultInput = Pick<KeyVaultWish, 'device' | 'softDeletedVault'> & {
  keyVaultName: string;
  /** Id of the vault past recovery that the device's record still names: another is made in its place. */
  replaces?: string;
};

/** With what is not as it was asked for, if anything is. */
export type EnsuredKeyVault = KeyVaultRef & { modified?: Modification[] };

/** Kept between attempts: a vault made or recovered here must answer several times in a row, one found at work only once. */
type Reachability = { made?: boolean; recovered?: boolean; answers?: number };

/** Kept between attempts: tags are written once, since a policy that takes them away would do so for ever. */
type Marked = { marked?: boolean };

export const createKeyVaults = (azure: Azure, profile: Profile) => ({
  /** The device's vault: live, ours, with the worker's own entry, and reachable. */
  async ensureKeyVault({ device, keyVaultName, softDeletedVault, replaces }: KeyVaultInput): Promise<EnsuredKeyVault> {
    const recorded = await readLink(azure, device);
    const link = sameId(recorded.vaultId, replaces) ? {} : recorded;
    const { name } = accepted<ChosenName>(chooseKeyVaultName(device, link, keyVaultName));
    const vault = await makeOrAdopt(azure, profile, { device, link, name, softDeletedVault });
    if (!vault.provisioned) {
      throw new NotYet('VaultCreating', `waiting for the vault "${vault.name}" to be created`, lookDelay(looksSoFar()));
    }
    const owner = await readOwner(azure, device, vault, madeHere());
    await ensureMarks(azure, device, vault, profile);
    await awaitReachable(azure, vault, madeHere() ? answersInARow : 1);
    const modified = await readModifications(azure, device, vault, { profile, tagsOnly: owner !== 'this device' });
    const { id, uri } = vault;
    return { id, name: vault.name, uri, ...(modified.length > 0 ? { modified } : {}) };
  },
});

const makeOrAdopt = async (azure: Azure, profile: Profile, wish: KeyVaultWish): Promise<KeyVault> => {
  const plan = await readAndPlanKeyVault(azure, wish, madeHere());
  if (plan.action === 'adopt') return plan.vault;
  // Neither live nor deleted, as an old answer has it: to create what was recovered would replace policies and tags.
  if (plan.action === 'create' && (recall() as Reachability).recovered) throw notShowing(wish.name);
  await assertNoOtherKeyVault(azure, wish);
  // A late PUT would replace the access policies of the vault that was made in its place.
  awaitEarlierAttempts();
  remember({ made: true, answers: 0 } satisfies Reachability);
  await putKeyVault(azure, profile, wish, plan.action);
  if (plan.action === 'recover') remember({ recovered: true } satisfies Reachability);
  const vault = await readKeyVault(azure, wish.device, wish.name);
  if (typeof vault !== 'object') throw notShowing(wish.name);
  // Two devices may have been given one name: a creation that was carried out after ours has made the vault another's.
  const owner = await readOwner(azure, wish.device, vault.found, madeHere());
  accepted(planKeyVault(wish, { vault, deleted: 'absent', owner }));
  return vault.found;
};

/** It was made or taken back, and what is read is older. */
export const notShowing = (name: string): NotYet =>
  new NotYet('VaultCreating', `the vault "${name}" does not show yet`, lookDelay(looksSoFar()));

/**
 * One device, one vault: an earlier run may have made one under another name and ended before the device was linked to it.
 * One that is listed under this name, though it could not be read, is there.
 */
const assertNoOtherKeyVault = async (azure: Azure, wish: KeyVaultWish): Promise<void> => {
  const { device, link, name } = wish;
  const own = await findOwnKeyVault(azure, device);
  accepted(chooseKeyVaultName(device, link, name, own));
  if (own !== undefined && sameId(own, name)) throw notShowing(name);
};

const putKeyVault = async (
  azure: Azure,
  profile: Profile,
  wish: KeyVaultWish,
  action: 'create' | 'recover',
): Promise<void> => {
  const { device, name } = wish;
  const { vaults } = azure.subscription(device.subscriptionId);
  try {
    const worker = await azure.callerObjectId();
    const body = action === 'create' ? newKeyVault(device, worker, profile) : recoveredKeyVault(device);
    await vaults.createOrUpdate(device.resourceGroup, name, body).submitted();
  } catch (error) {
    throw await explainRefusedName(azure, wish, error);
  }
};

/** Recover takes back what was deleted and ignores everything else in the body (recorded). */
export const recoveredKeyVault = (device: Device): VaultCreateOrUpdateParameters => ({
  location: device.location,
  properties: { tenantId: device.tenantId, sku: { family: 'A', name: 'standard' }, createMode: 'recover' },
});

/**
 * Vault names are global, and a vault of another group or subscription shows only here. The same two codes are used for
 * a name that a deleted vault holds, so the deleted list is asked again before the name is called taken.
 */
const explainRefusedName = async (azure: Azure, wish: KeyVaultWish, error: unknown): Promise<unknown> => {
  const code = isRestError(error) ? readAzureError(error)?.code : undefined;
  if (code !== 'VaultAlreadyExists' && code !== 'ConflictError') return error;
  const deleted = await readDeletedKeyVault(azure, wish.device, wish.name);
  const plan = planKeyVault(wish, { vault: 'absent', deleted });
  if (plan.action === 'refuse') return refusalOf(plan);
  if (code === 'VaultAlreadyExists') {
    return refusalOf(nameTaken(wish, `the vault name "${wish.name}" is in use elsewhere in Azure`));
  }
  return deleted === 'unknown' ? mayNotLookAtDeleted(wish) : error;
};

const mayNotLookAtDeleted = ({ name }: KeyVaultWish): Refusal => {
  const action = 'Microsoft.KeyVault/locations/deletedVaults/read';
  const message = `Azure refuses the vault name "${name}"; whether a deleted vault holds it cannot be seen without ${action} on the subscription`;
  return new Refusal('MissingPermission', message, { action });
};

const ensureMarks = async (azure: Azure, device: Device, vault: KeyVault, profile: Profile): Promise<void> => {
  const { vaults } = azure.subscription(device.subscriptionId);
  const tags = completeTags(vault.tags, device, profile);
  if (tags && !(recall() as Marked).marked) {
    await vaults.update(device.resourceGroup, vault.name, { tags });
    remember({ marked: true } satisfies Marked);
  }
  await ensureOwnEntry(azure, device, vault);
};

/** Looked at when all is done, since a policy rewrites some time after the write. */
const readModifications = async (
  azure: Azure,
  device: Device,
  { name, id }: KeyVaultRef,
  { profile, tagsOnly }: { profile: Profile; tagsOnly: boolean },
): Promise<Modification[]> => {
  const { tags = {}, properties } = await azure
    .subscription(device.subscriptionId)
    .vaults.get(device.resourceGroup, name);
  const { publicNetworkAccess, networkAcls, sku } = properties;
  const shape = { id, tags, publicNetworkAccess, defaultAction: networkAcls?.defaultAction, sku: sku.name };
  return tagsOnly ? modifiedTags(shape, device, profile) : modifications(shape, device, profile, keyVaultSku);
};

/** What the worker itself needs, beside what it was given. */
export const ensureOwnEntry = async (azure: Azure, device: Device, vault: KeyVault): Promise<void> => {
  const atLeast = [workerGrant(device.tenantId, await azure.callerObjectId())];
  await writeAccessPolicies(azure, device, vault, planAccess(vault.accessPolicies, { exact: [], atLeast }));
};

const madeHere = (): boolean => (recall() as Reachability).made === true;

/** Any answer of the data plane will do but that of a firewall; a refusal by access policy proves that the vault is there. */
export const awaitReachable = async (azure: Azure, vault: KeyVault, needed: number): Promise<void> => {
  const { answers = 0 } = recall() as Reachability;
  try {
    await azure.secrets(vault.uri).listPropertiesOfSecretVersions(activationKeySecretName).next();
  } catch (error) {
    const type = readAzureError(error)?.type;
    if (type !== 'GrantPropagating') {
      remember({ answers: 0 } satisfies Reachability);
      throw type === 'VaultUnreachable' ? notResolving(vault) : error;
    }
  }
  if (answers + 1 >= needed) return;
  remember({ answers: answers + 1 } satisfies Reachability);
  throw new NotYet('VaultCreating', `the vault "${vault.name}" answered ${answers + 1} times of ${needed}`, 1000);
};

const notResolving = ({ name }: KeyVault): NotYet =>
  new NotYet('VaultCreating', `waiting for the name of the vault "${name}" to resolve`, lookDelay(looksSoFar()));
