import type { DataBoxEdgeDevice } from '@azure/arm-databoxedge';
import type { Azure } from '../azure/clients.ts';
import { findOwnKeyVault, readLinkIfSeen, readOwnership, readOwnershipOfDeleted } from '../azure/ownership.ts';
import { type ObservedCreation, observeCreation } from '../azure/pipeline.ts';
import { readDeletedKeyVaults, readKeyVaultsOfGroup, readLink } from '../azure/read.ts';
import { type Device, type DeviceId, type DeviceLink, parseDeviceId, sameId } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import { type RecoverKeyVaultInput, readRecoveryInput } from '../domain/inputs.ts';
import {
  type DeletedKeyVault,
  type KeyVault,
  type KeyVaultRef,
  compareVaults,
  compareWithDeleted,
  refOf,
} from '../domain/key-vault.ts';
import { type Looked, type Ownership, isMarkedFor, ownerOf } from '../domain/ownership.ts';
import { answersInARow } from '../domain/pace.ts';
import {
  type DeviceState,
  type Marked,
  type Recoverable,
  type RecoveryPlan,
  assertAccessPolicies,
  assertNotAnother,
  assertOwnVault,
  assertWithinReach,
  chooseByMarks,
  linkedNameOf,
  locateKeyVault,
  pastRecovery,
  rememberedDevice,
  tagsInService,
} from '../domain/recovery.ts';
import { recoveryActions } from '../domain/rights.ts';
import type { ChannelIntegrityKeyRef } from '../domain/secrets.ts';
import { mergeTags, removeTags } from './access-policies.ts';
import { awaitEarlierAttempts, recall, remember } from './call.ts';
import { assertSameIdentity, deviceOf, findDeviceInGroup, isToActivate, writeLink } from './device.ts';
import { readKeyVaultInHand, readOwnKeyVault, vaultReplaced } from './key-vault-in-hand.ts';
import { awaitReachable, ensureOwnEntry, notShowing, recoveredKeyVault } from './key-vault.ts';
import { assertNoReadOnlyLock, lockTakenBack } from './locks.ts';
import { assertRights } from './rights.ts';
import { readOthers, readWhereabouts } from './sight.ts';

export const createPlanRecovery = (azure: Azure) => ({
  /** Reads only: which vault, where it is, and whether it is the device's own. The device itself may be gone. */
  async planRecovery(input: RecoverKeyVaultInput): Promise<RecoveryPlan> {
    const request = readRecoveryInput(input);
    const id = parseDeviceId(request.deviceId);
    const found = await findDeviceInGroup(azure, id);
    const plan = found
      ? await planForDevice(azure, id, found, request.keyVaultName)
      : await planForGone(azure, id, request.keyVaultName);
    await assertRights(azure, id, recoveryActions);
    await assertNoReadOnlyLock(azure, id);
    return plan;
  },
});

const planForDevice = async (
  azure: Azure,
  id: DeviceId,
  found: DataBoxEdgeDevice,
  asked: string | undefined,
): Promise<RecoveryPlan> => {
  const device = deviceOf(id, found);
  const deviceState = isToActivate(found) ? 'to activate' : 'activated';
  const link = await readLink(azure, device);
  const linked = linkedNameOf(device, link);
  const name = linked ?? chooseByMarks(device, await readOwnMarked(azure, device, asked), asked);
  const whereabouts = await readWhereabouts(azure, device, name);
  if (linked !== undefined && whereabouts.state === 'gone') {
    return planReplacement(azure, { device, deviceState, link, linked, asked });
  }
  assertNotAnother(device, name, asked);
  const vault = assertWithinReach(device, name, whereabouts);
  assertOwnVault(device, vault, await readOwnershipOf(azure, device, vault, link));
  if (vault.state === 'live') assertAccessPolicies(vault.vault);
  return planFor(device, deviceState, vault);
};

const planFor = (device: Device, deviceState: DeviceState, vault: Recoverable): RecoveryPlan => {
  if (vault.state === 'live') {
    const { name: keyVaultName, createdAt } = vault.vault;
    return { device, deviceState, keyVaultName, action: 'keep', ...(createdAt ? { createdAt } : {}) };
  }
  const { name, deletedOn } = vault.deleted;
  return { device, deviceState, keyVaultName: name, action: 'recover', ...(deletedOn ? { deletedOn } : {}) };
};

const readOwnershipOf = (azure: Azure, device: Device, vault: Recoverable, link: DeviceLink): Promise<Ownership> =>
  vault.state === 'live'
    ? readOwnership(azure, device, vault.vault, { link })
    : readOwnershipOfDeleted(azure, device, vault.deleted, link);

type Replacement = {
  device: Device;
  deviceState: DeviceState;
  link: DeviceLink;
  linked: string;
  asked: string | undefined;
};

/** An earlier run may have made the next vault and ended before the record of the device led to it. */
const planReplacement = async (
  azure: Azure,
  { device, deviceState, link, linked, asked }: Replacement,
): Promise<RecoveryPlan> => {
  await assertKeyVaultsShow(azure, device);
  const made = await findOwnKeyVault(azure, device);
  if (made !== undefined) assertNotAnother(device, made, asked);
  const keyVaultName = made ?? asked;
  if (keyVaultName === undefined || sameId(keyVaultName, linked)) throw pastRecovery(device, linked);
  return { device, deviceState, keyVaultName, action: 'make', ...(link.vaultId ? { replaces: link.vaultId } : {}) };
};

/** Nothing shows of a provider that is not registered: a vault must not be given up for that. */
const assertKeyVaultsShow = async (azure: Azure, { subscriptionId }: DeviceId): Promise<void> => {
  const { registrationState = 'unknown' } = await azure
    .subscription(subscriptionId)
    .providers.get('Microsoft.KeyVault');
  if (registrationState === 'Registered') return;
  throw new Refusal('ProviderNotReady', `Microsoft.KeyVault is ${registrationState}: its vaults are not visible`);
};

/** Those of the device itself, else those of a former one of its name, which are nobody's to take. */
const readOwnMarked = async (azure: Azure, device: Device, asked: string | undefined): Promise<Marked[]> => {
  const marked = markedIn(await readVaults(azure, device), device, asked);
  const own = marked.filter(({ tags }) => ownerOf(tags, device) === 'this device');
  return own.length > 0 ? own : marked;
};

/** Of a device that is gone, the vault remembers what is needed. */
const planForGone = async (azure: Azure, id: DeviceId, asked: string | undefined): Promise<RecoveryPlan> => {
  const vaults = await readVaults(azure, id);
  const { live, deleted } = vaults;
  const name = asked ?? chooseByMarks(id, markedIn(vaults, id, asked), asked);
  const vault = typeof live === 'object' ? (pick(live.found, name) ?? 'absent') : live;
  const others = await readOthers(azure, id);
  const found = assertWithinReach(id, name, locateKeyVault(id, name, { vault, deleted, others }));
  return planFor(rememberedDevice(id, found, await azure.callerTenantId()), 'gone', found);
};

const pick = (vaults: readonly KeyVault[], name: string): { found: KeyVault } | undefined => {
  const found = vaults.find((vault) => sameId(vault.name, name));
  return found && { found };
};

/** The vaults of the group, and the deleted ones of the subscription. */
type Vaults = { live: Looked<KeyVault[]>; deleted: Looked<DeletedKeyVault[]> };

const readVaults = async (azure: Azure, device: DeviceId): Promise<Vaults> => ({
  live: await readKeyVaultsOfGroup(azure, device),
  deleted: await readDeletedKeyVaults(azure, device),
});

/** Those with the marks of the device, or of a former one of its name. @throws Refusal MissingPermission */
const markedIn = ({ live, deleted }: Vaults, device: DeviceId, asked: string | undefined): Marked[] => {
  const marked = [live, deleted]
    .flatMap((looked): Marked[] => (typeof looked === 'object' ? looked.found : []))
    .filter((vault) => isMarkedFor(device, vault.tags));
  if (marked.length > 0 || asked !== undefined || (live !== 'unknown' && deleted !== 'unknown')) return marked;
  const action = live === 'unknown' ? 'Microsoft.KeyVault/vaults/read' : 'Microsoft.KeyVault/deletedVaults/read';
  const message = `the worker needs ${action} to find the vault of the device "${device.name}"; or name the vault in keyVaultName`;
  throw new Refusal('MissingPermission', message, { action });
};

/** Kept between attempts. */
export type Asked = { recovered?: boolean } & ObservedCreation;

type VaultInput = { device: Device; keyVault: KeyVaultRef };

export const createKeyVaultRecovery = (azure: Azure) => ({
  /** Back as it was deleted, with its content; one that is alive is left as it is. */
  async recoverDeletedKeyVault(plan: RecoveryPlan): Promise<KeyVaultRef> {
    const { device, keyVaultName } = plan;
    const before = await readWhereabouts(azure, device, keyVaultName);
    // Neither live nor deleted right after it was taken back: that is an old answer.
    if (before.state === 'gone' && (recall() as Asked).recovered) throw notShowing(keyVaultName);
    if (before.state === 'gone') {
      // The same of an attempt that never heard whether it had taken it back.
      awaitEarlierAttempts();
      throw purgedMeanwhile(device, keyVaultName);
    }
    const found = assertWithinReach(device, keyVaultName, before);
    if (found.state === 'deleted') await takeBack(azure, device, found.deleted);
    const after = await readWhereabouts(azure, device, keyVaultName);
    if (after.state !== 'live') throw notShowing(keyVaultName);
    const compared = compareWithPlanned(plan, after.vault);
    if (compared === 'another') throw replacedMeanwhile(plan, after.vault);
    // Whoever has taken it back, an attempt of this step that never heard of it perhaps.
    if (plan.action === 'recover' && !(await lockTakenBack(azure, device, after.vault))) throw notShowing(keyVaultName);
    await assertRecovered(azure, plan, after.vault, compared);
    return refOf(after.vault);
  },

  /** Its tags, the worker's own entry, its permission model and its firewall, once it is locked. */
  async ensureKeyVaultInService(input: VaultInput & { deviceState: DeviceState }): Promise<void> {
    const { device, keyVault, deviceState } = input;
    const vault = await readOwnKeyVault(azure, device, keyVault);
    assertAccessPolicies(vault);
    const { missing, obsolete } = tagsInService(vault.tags, device, deviceState);
    await mergeTags(azure, device, vault, missing);
    await removeTags(azure, device, vault, obsolete);
    await ensureOwnEntry(azure, device, vault);
    // A recovered vault says at once that it is there, before its name resolves everywhere (assumed).
    await awaitReachable(azure, vault, answersInARow);
  },

  /**
   * The record of an activated device leads to the vault in whose place this one was made, and names the key that is now
   * in this one: the record follows. It never names another key than before.
   */
  async moveDeviceLink(input: VaultInput & { channelIntegrityKey: ChannelIntegrityKeyRef }): Promise<void> {
    const { device, keyVault, channelIntegrityKey } = input;
    await assertSameIdentity(azure, device);
    await readKeyVaultInHand(azure, device, keyVault);
    const { keyName, keyVersion } = await readLink(azure, device);
    if (!sameId(keyName, channelIntegrityKey.name) || keyVersion !== channelIntegrityKey.version) {
      throw new Refusal('RequestRefused', `the record of the device "${device.name}" now names another key`);
    }
    await writeLink(azure, device, { keyVault, channelIntegrityKey });
  },
});

/** What it holds is protected before anything else is asked. */
const takeBack = async (azure: Azure, device: Device, deleted: DeletedKeyVault): Promise<void> => {
  const { vaults } = azure.subscription(device.subscriptionId);
  const { observed, onResponse } = observeCreation();
  const body = recoveredKeyVault(device);
  await vaults.createOrUpdate(device.resourceGroup, deleted.name, body, { onResponse }).submitted();
  remember({ recovered: true, ...observed } satisfies Asked);
  await lockTakenBack(azure, device, deleted);
};

/**
 * The vault that lives is the one that was planned with, or that Azure answered to the recovery; where neither is known, as after
 * a lost answer, one that is older than the deletion. Another may have been made under its name after a purge.
 */
const compareWithPlanned = (plan: RecoveryPlan, vault: KeyVault): ReturnType<typeof compareVaults> => {
  const { createdAt } = plannedWith(plan);
  return createdAt === undefined ? compareWithDeleted(plan, vault) : compareVaults({ createdAt }, vault);
};

const plannedWith = ({ createdAt }: RecoveryPlan): Pick<KeyVaultRef, 'createdAt'> => {
  const known = (recall() as Asked).createdAt ?? createdAt;
  return known === undefined ? {} : { createdAt: known };
};

const replacedMeanwhile = (plan: RecoveryPlan, vault: KeyVault): Refusal => {
  const { createdAt = `a time before ${plan.deletedOn}` } = plannedWith(plan);
  return vaultReplaced({ ...vault, createdAt }, vault);
};

const assertRecovered = async (
  azure: Azure,
  { device, deviceState, action }: RecoveryPlan,
  vault: KeyVault,
  compared: 'same' | 'unknown',
): Promise<void> => {
  const link = deviceState === 'gone' ? {} : await readLinkIfSeen(azure, device);
  const ownership = await readOwnership(azure, device, vault, { link });
  // It is locked as what was taken back; the step that lets others in asks for more.
  if (action === 'recover' && compared === 'same' && ownership.owner === 'nobody') return;
  assertOwnVault(device, { state: 'live', vault }, ownership);
};

/** No name is proposed: the procedure holds to the vault that it began with. */
const purgedMeanwhile = (device: Device, name: string): Refusal => {
  const { type, message } = pastRecovery(device, name);
  return new Refusal(type, `${message}. It disappeared while the procedure ran: abort, then start again`, {
    keyVaultName: name,
  });
};
