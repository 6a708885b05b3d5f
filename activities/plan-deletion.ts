import type { DataBoxEdgeDevice } from '@azure/arm-databoxedge';
import type { Azure } from '../azure/clients.ts';
import type { DoomedDevice, VaultAtStake, VaultFate } from '../domain/deletion.ts';
import type { DeviceDeletionRequest, KeyVaultDeletionRequest } from '../domain/deletion-input.ts';
import { parseDeviceId, sameId, type DeviceId } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import { keyVaultIdOf, type DeviceLink, type KeyVault } from '../domain/key-vault.ts';
import { heldByLocks } from '../domain/locks.ts';
import { diagnosticSettingName } from '../domain/names.ts';
import { deviceDeletionActions, keyVaultDeletionActions } from '../domain/rights.ts';
import { isAnothers, isVaultOf, linkLeadsElsewhere, ownVaultName, vaultOfDevice } from '../domain/vault-to-delete.ts';
import { findDeviceResource, isToActivate } from './device.ts';
import { assertMayGo } from './device-deletion.ts';
import { readSettings } from './diagnostic-setting.ts';
import { readLocksOver } from './locks.ts';
import { look, readDeletedKeyVaults, readKeyVault, readKeyVaultsOfGroup, readLink } from './read.ts';
import { assertRights } from './rights.ts';

export type DeviceDeletionPlan = { device: DoomedDevice; vault: VaultFate };
export type KeyVaultDeletionPlan = { device: DeviceId; vault: VaultAtStake };

export const createPlanDeletion = (azure: Azure) => ({
  /** Reads only. The vault that the device's record names is its vault; another is looked for by our tags. */
  async planDeviceDeletion(request: DeviceDeletionRequest): Promise<DeviceDeletionPlan> {
    const id = parseDeviceId(request.deviceId);
    const found = await findDeviceResource(azure, id);
    if (!found) {
      const remedy = 'if its key vault is left, delete that (ase vault delete)';
      throw new Refusal(
        'DeviceNotFound',
        `there is no device "${id.name}" in the group "${id.resourceGroup}"; ${remedy}`,
      );
    }
    assertMayGo(id, found, request.allowOnline);
    await assertRights(azure, id, deviceDeletionActions);
    await assertNoLockOver(azure, id);
    const { principalId } = found.identity ?? {};
    const device = { ...parseDeviceId(found.id ?? id.id), ...(principalId ? { principalId } : {}) };
    return { device, vault: await readFate(azure, device, found) };
  },

  /** Reads only. The device itself may be gone: then its vault is found by name or by our tags. */
  async planKeyVaultDeletion(request: KeyVaultDeletionRequest): Promise<KeyVaultDeletionPlan> {
    const device = parseDeviceId(request.deviceId);
    const found = await findDeviceResource(azure, device);
    const link = found ? await readLink(azure, device) : {};
    const { principalId } = found?.identity ?? {};
    const present = { ...device, ...(principalId ? { principalId } : {}) };
    const vault = await findVaultToDelete(azure, present, link, request.keyVaultName);
    const inUse = found !== undefined && !isToActivate(found);
    await assertRights(azure, device, keyVaultDeletionActions);
    return { device, vault: await atStake(azure, device, vault, link, inUse) };
  },
});

const assertNoLockOver = async (azure: Azure, device: DeviceId): Promise<void> => {
  const locks = await readLocksOver(azure, device, device.id);
  if (locks.length === 0) return;
  throw heldByLocks(`the device "${device.name}"`, locks);
};

const readFate = async (azure: Azure, device: DoomedDevice, found: DataBoxEdgeDevice): Promise<VaultFate> => {
  const link = await readLink(azure, device);
  const own = vaultOfDevice(device, link, link.vaultId === undefined ? await readVaults(azure, device) : []);
  if ('leave' in own) return own;
  const vault = await readKeyVault(azure, device, own.name);
  if (vault === 'unknown') throw mayNotRead(`the vault "${own.name}"`);
  if (vault === 'absent') return { leave: `its key vault "${own.name}" is gone already` };
  if (isAnothers(vault.found.tags, device)) {
    return { leave: `the key vault "${own.name}" belongs to another device by its tags` };
  }
  return { ask: await atStake(azure, device, vault.found, link, !isToActivate(found)) };
};

const mayNotRead = (what: string): Refusal =>
  new Refusal('MissingPermission', `may not read ${what}`, { action: 'Microsoft.KeyVault/vaults/read' });

/** Those of the device's group. @throws Refusal MissingPermission */
const readVaults = async (azure: Azure, device: DeviceId): Promise<KeyVault[]> => {
  const listed = await readKeyVaultsOfGroup(azure, device);
  if (listed === 'unknown') throw mayNotRead(`the vaults of the group "${device.resourceGroup}"`);
  return listed === 'absent' ? [] : listed.found;
};

const findVaultToDelete = async (
  azure: Azure,
  device: DoomedDevice,
  link: DeviceLink,
  asked: string | undefined,
): Promise<KeyVault> => {
  const group = link.vaultId === undefined && asked === undefined ? await readVaults(azure, device) : [];
  const own = ownVaultName(device, link, group);
  const name = asked ?? own;
  if (name === undefined) throw new Refusal('KeyVaultNotFound', `the device "${device.name}" has no key vault`);
  const elsewhere = linkLeadsElsewhere(device, link);
  if (elsewhere !== undefined && sameId(name, own)) throw new Refusal('VaultElsewhere', elsewhere);
  const vault = await readKeyVault(azure, device, name);
  if (vault === 'unknown') throw mayNotRead(`the vault "${name}"`);
  if (vault === 'absent') throw await notThere(azure, device, name);
  if (isVaultOf(device, own, vault.found)) return vault.found;
  throw new Refusal('VaultNotOurs', `the vault "${name}" is not the vault of the device "${device.name}"`);
};

/** Says until when it can be recovered, where the worker may look. */
const notThere = async (azure: Azure, device: DeviceId, name: string): Promise<Refusal> => {
  const listed = await readDeletedKeyVaults(azure, device);
  const id = keyVaultIdOf(device, name);
  const until =
    typeof listed === 'object' ? listed.found.find(({ vaultId }) => sameId(vaultId, id))?.purgedOn : undefined;
  const how = until === undefined ? 'is not there' : `is deleted already and can be recovered until ${until}`;
  return new Refusal('KeyVaultNotFound', `the vault "${name}" ${how}`);
};

const atStake = async (
  azure: Azure,
  device: DeviceId,
  { id, name, uri }: KeyVault,
  { keyName }: DeviceLink,
  inUse: boolean,
): Promise<VaultAtStake> => {
  const auditStorage = await readAuditStorage(azure, device, id);
  return {
    keyVault: { id, name, uri },
    inUse,
    ...(keyName === undefined ? {} : { channelIntegrityKeyName: keyName }),
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
  return id ? { id, name: id.split('/').at(-1) ?? '' } : undefined;
};
