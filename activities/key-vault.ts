import type { VaultCreateOrUpdateParameters } from '@azure/arm-keyvault';
import { isRestError } from '@azure/core-rest-pipeline';
import type { Azure } from '../azure/clients.ts';
import { readAzureError } from '../azure/errors.ts';
import { findOwnKeyVault, readLockedFor, readOwnershipOfDeleted } from '../azure/ownership.ts';
import { type ObservedCreation, observeCreation } from '../azure/pipeline.ts';
import { readDeletedKeyVault, readKeyVault, readLink } from '../azure/read.ts';
import { planAccess, policyOf, workerGrant } from '../domain/access.ts';
import { type Device, type DeviceLink, sameId } from '../domain/device.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import {
  type AcceptedKeyVaultPlan,
  type ChosenName,
  type KeyVault,
  type KeyVaultRef,
  type KeyVaultWish,
  accepted,
  chooseKeyVaultName,
  compareVaults,
  nameTaken,
  planKeyVault,
  refOf,
  refusalOf,
} from '../domain/key-vault.ts';
import { activationKeySecretName } from '../domain/names.ts';
import { type Looked, isLinkedTo, ownerOf, ownershipTags } from '../domain/ownership.ts';
import { answersInARow, lookDelay } from '../domain/pace.ts';
import {
  type Modification,
  type NetworkRules,
  type Profile,
  completeTags,
  modifications,
  modifiedTags,
} from '../domain/profile.ts';
import { mergeTags, writeAccessPolicies } from './access-policies.ts';
import { awaitEarlierAttempts, isFirstLook, looksSoFar, recall, remember } from './call.ts';
import { deviceOf, findDeviceResource } from './device.ts';
import { findKeyVaultInHand, planKeyVaultSeen, vaultReplaced } from './key-vault-in-hand.ts';
import { lockOwnKeyVault, lockTakenBack } from './locks.ts';

export type KeyVaultInput = Pick<KeyVaultWish, 'device' | 'softDeletedVault'> & {
  keyVaultName: string;
  /** Id of the vault past recovery that the device's record still names: another is made in its place. */
  replaces?: string;
};

/** With what is not as it was asked for, if anything is. */
export type EnsuredKeyVault = KeyVaultRef & { modified?: Modification[] };

/**
 * Kept between attempts: a vault made or recovered here must answer several times in a row, one found at work only once.
 * `asked`: a creation or recovery was sent. `createdAt` is what Azure answered to it, and `isNew` that it has created the vault.
 */
export type Making = ObservedCreation & {
  asked?: 'create' | 'recover';
  /** What the record of the device said when a creation was sent. */
  record?: DeviceLink;
  /** Only its name is waited for, and nothing else of it looked at meanwhile. */
  reaching?: KeyVaultRef | undefined;
  recovered?: boolean;
  waited?: boolean;
  locked?: boolean | undefined;
  answers?: number;
};

const making = (): Making => recall();

/** Whoever's vault it is by now: Azure answered to this step that it had created it. A recovery makes nothing its own. */
const createdHere = (): string | undefined => {
  const { asked, isNew, createdAt } = making();
  return asked === 'create' && isNew === true ? createdAt : undefined;
};

export const createKeyVaults = (azure: Azure, profile: Profile) => ({
  /** The device's vault: live, ours, with the worker's own entry, and reachable. */
  async ensureKeyVault({ device, keyVaultName, softDeletedVault, replaces }: KeyVaultInput): Promise<EnsuredKeyVault> {
    const { reaching } = making();
    if (reaching) await awaitReachable(azure, reaching, answersInARow);
    const recorded = await readRecord(azure, device);
    const link = sameId(recorded.vaultId, replaces) ? {} : recorded;
    const { name } = accepted<ChosenName>(chooseKeyVaultName(device, link, keyVaultName));
    const vault = await makeOrAdopt(azure, profile, { device, link, name, softDeletedVault });
    if (!vault.provisioned) throw stillCreating(vault);
    const isMarked = ownerOf(vault.tags, device) === 'this device';
    // The keys in a recovered vault may tell of another device, and each attempt judges anew.
    if (making().asked === 'recover') await awaitReachable(azure, vault, answersInARow);
    const isAsItWas = await ensureMarks(azure, device, vault, profile);
    if (!making().reaching) await beginReaching(azure, vault);
    // A policy rewrites some time after a write, so that what was written is looked at once more.
    const shown = isAsItWas ? vault : await readAgain(azure, device, vault);
    const isShaped = isMarked || createdHere() !== undefined;
    const modified = isShaped
      ? modifications(shown, device, profile, keyVaultSku)
      : modifiedTags(shown, device, profile);
    return { ...refOf(vault), ...(modified.length > 0 ? { modified } : {}) };
  },
});

/** Not for each look at a vault that this step has created. As it is now where the step may end with this attempt. */
const readRecord = async (azure: Azure, device: Device): Promise<DeviceLink> => {
  const { record, reaching } = making();
  return record !== undefined && !reaching && createdHere() !== undefined ? record : readLink(azure, device);
};

const makeOrAdopt = async (azure: Azure, profile: Profile, wish: KeyVaultWish): Promise<KeyVault> => {
  const plan = await planWhatIsThere(azure, wish);
  if (plan.action === 'adopt') return plan.vault;
  // Neither live nor deleted, as an old answer has it: to create what was recovered would replace policies and tags.
  if (plan.action === 'create' && making().recovered) throw notShowing(wish.name);
  await assertNoOtherKeyVault(azure, wish);
  // A late PUT would replace the access policies of the vault that was made in its place.
  awaitEarlierAttempts();
  // What was known of another vault of the name goes with that one.
  remember({
    asked: plan.action,
    answers: 0,
    record: wish.link,
    reaching: undefined,
    locked: undefined,
  } satisfies Making);
  remember(await putKeyVault(azure, profile, wish, plan.action));
  if (plan.action === 'recover') {
    remember({ recovered: true } satisfies Making);
    await lockTakenBack(azure, wish.device, plan.deleted);
  }
  const made = await planWhatIsThere(azure, wish);
  if (made.action !== 'adopt') throw notShowing(wish.name);
  return made.vault;
};

/**
 * Two devices may have been given one name, and their creations be carried out one after the other: the later one replaces the
 * tags of the earlier. Whoever was answered that it created the vault locks it at once, and has it. Whoever was answered
 * otherwise gives it some seconds for that, and gives way to its lock.
 */
const planWhatIsThere = async (azure: Azure, wish: KeyVaultWish): Promise<AcceptedKeyVaultPlan> => {
  const { device } = wish;
  try {
    if (mayHaveTakenBack(wish)) await lockWhatCameBack(azure, wish);
    const plan = await planKeyVaultSeen(azure, wish, await readWhatIsThere(azure, wish), createdHere());
    if (plan.action !== 'adopt') return plan;
    assertSameAsMade(plan.vault);
    awaitLockOfCreator(plan.vault);
    // What was taken back has its lock; whether that may claim it, shows when the vault can be looked into.
    if (making().asked !== 'recover') await lockOnce(azure, device, plan.vault);
    return plan;
  } catch (error) {
    if (!(error instanceof Refusal) || error.type !== 'VaultNameTaken') throw error;
    if (making().asked === 'create') await giveBackMarks(azure, wish);
    // What later steps find too says nothing of another name. This step takes one.
    throw error.facts['keyVaultName'] === undefined ? refusalOf(nameTaken(wish, error.message)) : error;
  }
};

/** What was created here is locked at once, and judged when Azure is done with it. @throws NotYet VaultCreating */
const readWhatIsThere = async (azure: Azure, { device, name }: KeyVaultWish): Promise<Looked<KeyVault>> => {
  const createdAt = createdHere();
  const vault = await readKeyVault(azure, device, name);
  if (createdAt === undefined || typeof vault !== 'object') return vault;
  if (compareVaults({ createdAt }, vault.found) !== 'same') return vault;
  const { locked } = making();
  await lockOnce(azure, device, vault.found);
  if (!vault.found.provisioned) throw stillCreating(vault.found);
  return locked ? vault : readKeyVault(azure, device, name);
};

/** An earlier attempt, or an activity before this one, may have recovered the vault and never heard of it. */
const mayHaveTakenBack = ({ softDeletedVault }: KeyVaultWish): boolean =>
  making().asked === 'recover' || (softDeletedVault === 'recover' && !isFirstLook());

const lockWhatCameBack = async (azure: Azure, { device, name, link }: KeyVaultWish): Promise<void> => {
  const vault = await readKeyVault(azure, device, name);
  if (typeof vault !== 'object' || compareVaults(making(), vault.found) === 'another') return;
  if (making().asked !== 'recover' && !isLinkedTo(link, vault.found)) return;
  if (!(await lockTakenBack(azure, device, vault.found))) throw notShowing(name);
};

/** What holds something is protected before its name is waited for. */
const lockOnce = async (azure: Azure, device: Device, vault: KeyVault): Promise<void> => {
  if (making().locked) return;
  await lockOwnKeyVault(azure, device, vault);
  remember({ locked: true } satisfies Making);
};

/** How long the procedure that was answered first may take to its lock. */
const lockOfCreator = 5_000;

/** A request of ours that was delivered twice looks the same, and nobody's lock comes. */
const awaitLockOfCreator = ({ name }: KeyVault): void => {
  const { asked, isNew, waited } = making();
  if (asked !== 'create' || isNew !== false || waited) return;
  remember({ waited: true } satisfies Making);
  throw new NotYet(
    'VaultCreating',
    `waiting to see whether another device has created the vault "${name}"`,
    lockOfCreator,
  );
};

/** Not the one that this step was answered about: that one is gone, and another has its name. */
const assertSameAsMade = (vault: KeyVault): void => {
  const { createdAt, isNew, recovered } = making();
  if (createdAt === undefined || (!isNew && !recovered) || compareVaults({ createdAt }, vault) !== 'another') return;
  throw vaultReplaced({ ...vault, createdAt }, vault);
};

/** Our creation was carried out on the vault of the device that its lock names: the tags of that device take the place of ours. */
const giveBackMarks = async (azure: Azure, { device, name }: KeyVaultWish): Promise<void> => {
  const vault = await readKeyVault(azure, device, name);
  if (typeof vault !== 'object' || ownerOf(vault.found.tags, device) !== 'this device') return;
  const owner = await readLockedFor(azure, device, vault.found);
  const found = owner && (await findDeviceResource(azure, owner));
  if (!owner || !found?.identity?.principalId) return;
  await mergeTags(azure, device, vault.found, ownershipTags(deviceOf(owner, found)));
};

const stillCreating = ({ name }: KeyVault): NotYet =>
  new NotYet('VaultCreating', `waiting for the vault "${name}" to be created`, lookDelay(looksSoFar()));

/** Returns the wait for a vault that was created or recovered while Azure still returns older data. */
export const notShowing = (name: string): NotYet =>
  new NotYet('VaultCreating', `the vault "${name}" is not visible yet`, lookDelay(looksSoFar()));

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
): Promise<ObservedCreation> => {
  const { device, name } = wish;
  const { vaults } = azure.subscription(device.subscriptionId);
  const { observed, onResponse } = observeCreation();
  try {
    const worker = await azure.callerObjectId();
    const body = action === 'create' ? newKeyVault(device, worker, profile) : recoveredKeyVault(device);
    await vaults.createOrUpdate(device.resourceGroup, name, body, { onResponse }).submitted();
    return observed;
  } catch (error) {
    throw await explainRefusedName(azure, wish, error);
  }
};

/**
 * Returns the body of a recovery. Azure restores the deleted vault and ignores everything else in the body (recorded).
 */
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
  const seen =
    typeof deleted === 'object'
      ? await readOwnershipOfDeleted(azure, wish.device, deleted.found, wish.link)
      : undefined;
  const plan = planKeyVault(wish, { vault: 'absent', deleted, ...(seen ? { ownership: seen } : {}) });
  if (plan.action === 'refuse') return refusalOf(plan);
  if (code === 'VaultAlreadyExists') {
    return refusalOf(nameTaken(wish, `the vault name "${wish.name}" is taken elsewhere in Azure`));
  }
  return deleted === 'unknown' ? mayNotLookAtDeleted(wish) : error;
};

const mayNotLookAtDeleted = ({ name }: KeyVaultWish): Refusal => {
  const action = 'Microsoft.KeyVault/locations/deletedVaults/read';
  const message = `Azure refuses the vault name "${name}"; the worker needs ${action} on the subscription to find out whether a deleted vault holds it`;
  return new Refusal('MissingPermission', message, { action });
};

/** Whether they were there already. */
const ensureMarks = async (azure: Azure, device: Device, vault: KeyVault, profile: Profile): Promise<boolean> => {
  const missing = completeTags(vault.tags, device, profile);
  await mergeTags(azure, device, vault, missing);
  const hadEntry = await ensureOwnEntry(azure, device, vault);
  return hadEntry && Object.keys(missing).length === 0;
};

/** Grants the worker its own access, in addition to existing access. @returns whether it had that access already */
export const ensureOwnEntry = async (azure: Azure, device: Device, vault: KeyVault): Promise<boolean> => {
  const atLeast = [workerGrant(device.tenantId, await azure.callerObjectId())];
  const changes = planAccess(vault.accessPolicies, { exact: [], atLeast });
  await writeAccessPolicies(azure, device, vault, changes);
  return changes.length === 0;
};

/** Right after a write, an old answer may not show it. */
const readAgain = async (azure: Azure, device: Device, vault: KeyVault): Promise<KeyVault> => {
  const again = await findKeyVaultInHand(azure, device, vault);
  if (again === 'absent') throw notShowing(vault.name);
  return again.found;
};

const beginReaching = async (azure: Azure, vault: KeyVault): Promise<void> => {
  if (createdHere() !== undefined) remember({ reaching: refOf(vault) } satisfies Making);
  await awaitReachable(azure, vault, making().asked ? answersInARow : 1);
};

/** Any answer of the data plane will do but that of a firewall; a refusal by access policy proves that the vault is there. */
export const awaitReachable = async (azure: Azure, vault: KeyVaultRef, needed: number): Promise<void> => {
  const { answers = 0 } = making();
  try {
    await azure.secrets(vault).listPropertiesOfSecretVersions(activationKeySecretName).next();
  } catch (error) {
    const type = readAzureError(error)?.type;
    if (type !== 'GrantPropagating') {
      // It may be gone: the next attempt looks at all of it again.
      remember({ answers: 0, reaching: undefined } satisfies Making);
      throw type === 'VaultUnreachable' ? notResolving(vault) : error;
    }
  }
  if (answers + 1 >= needed) return;
  remember({ answers: answers + 1 } satisfies Making);
  throw new NotYet('VaultCreating', `the vault "${vault.name}" has answered ${answers + 1} of ${needed} checks`, 1000);
};

const notResolving = ({ name }: KeyVaultRef): NotYet =>
  new NotYet('VaultCreating', `waiting for the name of the vault "${name}" to resolve`, lookDelay(looksSoFar()));

export const keyVaultSku = 'standard';

/** Sent whole with the first PUT: a PUT on a vault that exists would replace its access policies (recorded). */
export const newKeyVault = (device: Device, worker: string, profile: Profile): VaultCreateOrUpdateParameters => ({
  location: device.location,
  tags: { ...profile.requiredTags, ...ownershipTags(device) },
  properties: {
    tenantId: device.tenantId,
    sku: { family: 'A', name: keyVaultSku },
    accessPolicies: [policyOf(workerGrant(device.tenantId, worker))],
    // From api-version 2026-02-01 a new vault uses Azure RBAC unless told otherwise (Azure docs).
    enableRbacAuthorization: false,
    enableSoftDelete: true,
    softDeleteRetentionInDays: 90,
    // Azure refuses a false here: what is not protected is left out (Azure docs).
    ...(profile.purgeProtection ? { enablePurgeProtection: true } : {}),
    publicNetworkAccess: profile.network.publicNetworkAccess ?? 'Enabled',
    ...networkAcls(profile.network),
    createMode: 'default',
  },
});

const networkAcls = ({ defaultAction, bypass, ipRules = [] }: NetworkRules) =>
  defaultAction === undefined && bypass === undefined
    ? {}
    : {
        networkAcls: {
          defaultAction: defaultAction ?? 'Allow',
          bypass: bypass ?? 'AzureServices',
          ipRules: ipRules.map((value) => ({ value })),
        },
      };
