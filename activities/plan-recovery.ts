import type { DataBoxEdgeDevice } from '@azure/arm-databoxedge';
import type { Azure } from '../azure/clients.ts';
import { parseDeviceId, sameId, type Device, type DeviceId, type DeviceLink } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import type { DeletedKeyVault, KeyVault } from '../domain/key-vault.ts';
import { isMarkedFor, ownerOf, type Ownership, type Looked } from '../domain/ownership.ts';
import {
  assertAccessPolicies,
  assertNotAnother,
  assertOwnVault,
  assertWithinReach,
  chooseByMarks,
  linkedNameOf,
  pastRecovery,
  rememberedDevice,
  type DeviceState,
  type Marked,
  type Recoverable,
  type RecoveryPlan,
} from '../domain/recovery.ts';
import { readRecoveryInput, type RecoverKeyVaultInput } from '../domain/recovery-input.ts';
import { recoveryActions } from '../domain/rights.ts';
import { locateKeyVault } from '../domain/vault-whereabouts.ts';
import { deviceOf, findDeviceResource, isToActivate } from './device.ts';
import { findOwnKeyVault, readOwnership, readOwnershipOfDeleted } from '../azure/ownership.ts';
import { assertNoReadOnlyLock } from './plan-activation.ts';
import { readDeletedKeyVaults, readKeyVaultsOfGroup, readLink } from '../azure/read.ts';
import { assertRights } from './rights.ts';
import { readOthers, readWhereabouts } from './whereabouts.ts';

export const createPlanRecovery = (azure: Azure) => ({
  /** Reads only: which vault, where it is, and whether it is the device's own. The device itself may be gone. */
  async planRecovery(input: RecoverKeyVaultInput): Promise<RecoveryPlan> {
    const request = readRecoveryInput(input);
    const id = parseDeviceId(request.deviceId);
    const found = await findDeviceResource(azure, id);
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
