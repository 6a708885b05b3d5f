import type { DataBoxEdgeDevice } from '@azure/arm-databoxedge';
import type { Azure } from '../azure/clients.ts';
import {
  type DoomedDevice,
  type VaultAtStake,
  type VaultFate,
  readDeviceDeletion,
  readKeyVaultDeletion,
  type DeleteDeviceInput,
  type DeleteKeyVaultInput,
} from '../domain/deletion.ts';
import {
  assertMayBeAsked,
  derivedKeyNameOf,
  formerVaultName,
  taggedVaultName,
  whyNotFollowed,
} from '../domain/vault-to-delete.ts';
import { nameIn, parseDeviceId, sameId, type DeviceId, type DeviceLink } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import { keyVaultIdOf, mayNotRead, refOf, refusalOf, type KeyVault } from '../domain/key-vault.ts';
import { heldByLocks } from '../domain/locks.ts';
import { diagnosticSettingName } from '../domain/names.ts';
import { deviceDeletionActions, keyVaultDeletionActions } from '../domain/rights.ts';
import type { Claimant } from '../domain/ownership.ts';
import { findDeviceInGroup, isToActivate, assertMayGo, notFound } from './device.ts';
import { readSettings } from './audit-log.ts';
import { isLocked, readLocksOver } from './locks.ts';
import { findLiveKeyVaultOf, readOwnership } from '../azure/ownership.ts';
import { look, readDeletedKeyVaults, readKeyVault, readKeyVaultsOfGroup, readLink } from '../azure/read.ts';
import { assertRights } from './rights.ts';

export type DeviceDeletionPlan = { device: DoomedDevice; vault: VaultFate };
export type KeyVaultDeletionPlan = { device: DoomedDevice; vault: VaultAtStake };

export const createPlanDeletion = (azure: Azure) => ({
  /** Reads only. */
  async planDeviceDeletion(input: DeleteDeviceInput): Promise<DeviceDeletionPlan> {
    const request = readDeviceDeletion(input);
    const id = parseDeviceId(request.deviceId);
    const found = await findDeviceInGroup(azure, id);
    if (!found) throw notFound(id, 'device', '; if its key vault still exists, delete the vault');
    assertMayGo(id, found, request.allowOnline);
    await assertRights(azure, id, deviceDeletionActions);
    await assertNoLockOver(azure, id);
    const { principalId } = found.identity ?? {};
    const device = { ...parseDeviceId(found.id ?? id.id), ...(principalId ? { principalId } : {}) };
    return { device, vault: await readFate(azure, device, found) };
  },

  /** Reads only. The device itself may be gone: then its vault is found by name or by our tags. */
  async planKeyVaultDeletion(input: DeleteKeyVaultInput): Promise<KeyVaultDeletionPlan> {
    const request = readKeyVaultDeletion(input);
    const device = parseDeviceId(request.deviceId);
    const found = await findDeviceInGroup(azure, device);
    const link = found ? await readLink(azure, device) : {};
    const { principalId } = found?.identity ?? {};
    const present = { ...device, ...(principalId ? { principalId } : {}), ...(found ? {} : { isGone: true }) };
    const { vault, proven } = await findVaultToDelete(azure, claimantOf(present, found), link, request.keyVaultName);
    const inUse = found !== undefined && !isToActivate(found);
    await assertRights(azure, device, keyVaultDeletionActions);
    return { device: present, vault: await atStake(azure, present, vault, { link, proven, inUse }) };
  },
});

const assertNoLockOver = async (azure: Azure, device: DeviceId): Promise<void> => {
  const locks = await readLocksOver(azure, device, device.id);
  if (locks.length === 0) return;
  throw heldByLocks(`the device "${device.name}"`, locks);
};

const readFate = async (azure: Azure, device: DoomedDevice, found: DataBoxEdgeDevice): Promise<VaultFate> => {
  const link = await readLink(azure, device);
  const claimant = claimantOf(device, found);
  const { name, replaces } = (await findLiveKeyVaultOf(azure, claimant, link)) ?? {};
  if (name === undefined) return { leave: withoutVault(formerVaultName(device, await readVaults(azure, device))) };
  const elsewhere = replaces === undefined ? whyNotFollowed(device, link) : undefined;
  if (elsewhere !== undefined) return { leave: elsewhere };
  const vault = await readKeyVault(azure, device, name);
  if (vault === 'unknown') throw refusalOf(mayNotRead(name));
  if (vault === 'absent') return { leave: `its key vault "${name}" is already gone` };
  const ownership = await readOwnership(azure, claimant, vault.found, { link });
  if (ownership.owner === 'another device') {
    return { leave: `the key vault "${name}" belongs to another device, ${ownership.which}` };
  }
  const { proven } = assertMayBeAsked(device, vault.found, ownership);
  return { ask: await atStake(azure, device, vault.found, { link, proven, inUse: !isToActivate(found) }) };
};

const withoutVault = (former: string | undefined): string =>
  former === undefined
    ? 'the device has no key vault'
    : `the device has no key vault; "${former}" belongs to a former device of the same name`;

const claimantOf = (device: DoomedDevice, found: DataBoxEdgeDevice | undefined): Claimant => {
  const { tenantId } = found?.identity ?? {};
  return { ...device, ...(tenantId ? { tenantId } : {}) };
};

/** Those of the device's group. @throws Refusal MissingPermission */
const readVaults = async (azure: Azure, device: DeviceId): Promise<KeyVault[]> => {
  const listed = await readKeyVaultsOfGroup(azure, device);
  if (listed === 'unknown') {
    const message = `the worker has no right to read the vaults of the group "${device.resourceGroup}"`;
    throw new Refusal('MissingPermission', message, { action: 'Microsoft.KeyVault/vaults/read' });
  }
  return listed === 'absent' ? [] : listed.found;
};

/** Without a record, the tags of several vaults may name the device, and of former ones too. */
const findNameToDelete = async (azure: Azure, device: Claimant, link: DeviceLink): Promise<string | undefined> => {
  const tagged = link.vaultId === undefined ? taggedVaultName(device, await readVaults(azure, device)) : undefined;
  return tagged ?? (await findLiveKeyVaultOf(azure, device, link))?.name;
};

/** By the name that was asked for, else as that of the device. */
const findVaultToDelete = async (
  azure: Azure,
  device: Claimant,
  link: DeviceLink,
  asked: string | undefined,
): Promise<{ vault: KeyVault; proven: boolean }> => {
  const name = asked ?? (await findNameToDelete(azure, device, link));
  if (name === undefined) throw new Refusal('KeyVaultNotFound', `the device "${device.name}" has no key vault`);
  const elsewhere = whyNotFollowed(device, link);
  if (elsewhere !== undefined && sameId(name, nameIn(link.vaultId ?? ''))) {
    throw new Refusal('VaultElsewhere', elsewhere);
  }
  const vault = await readKeyVault(azure, device, name);
  if (vault === 'unknown') throw refusalOf(mayNotRead(name));
  if (vault === 'absent') throw await notThere(azure, device, name);
  const ownership = await readOwnership(azure, device, vault.found, { link });
  return { vault: vault.found, ...assertMayBeAsked(device, vault.found, ownership) };
};

/** Says until when it can be recovered, where the worker may look. */
const notThere = async (azure: Azure, device: DeviceId, name: string): Promise<Refusal> => {
  const listed = await readDeletedKeyVaults(azure, device);
  const id = keyVaultIdOf(device, name);
  const until =
    typeof listed === 'object' ? listed.found.find(({ vaultId }) => sameId(vaultId, id))?.purgedOn : undefined;
  const how = until === undefined ? 'does not exist' : `is already deleted and recoverable until ${until}`;
  return new Refusal('KeyVaultNotFound', `the vault "${name}" ${how}`);
};

type Known = { link: DeviceLink; proven: boolean; inUse: boolean };

const atStake = async (
  azure: Azure,
  device: DoomedDevice,
  vault: KeyVault,
  { link: { keyName }, proven, inUse }: Known,
): Promise<VaultAtStake> => {
  const auditStorage = await readAuditStorage(azure, device, vault.id);
  const derivedKeyName = derivedKeyNameOf(device, vault);
  return {
    keyVault: refOf(vault),
    proven,
    inUse,
    locked: await isLocked(azure, device, vault.id),
    ...(keyName === undefined ? {} : { channelIntegrityKeyName: keyName }),
    ...(derivedKeyName === undefined ? {} : { derivedKeyName }),
    ...(auditStorage === undefined ? {} : { auditStorage }),
  };
};

const readAuditStorage = async (
  azure: Azure,
  device: DeviceId,
  keyVaultId: string,
): Promise<{ id: string; name: string } | undefined> => {
  const settings = await look(readSettings(azure, device, { id: keyVaultId }));
  const ours =
    typeof settings === 'object' ? settings.found.find(({ name }) => name === diagnosticSettingName) : undefined;
  const id = ours?.storageAccountId;
  return id ? { id, name: nameIn(id) } : undefined;
};
