import type { DataBoxEdgeDevice } from '@azure/arm-databoxedge';
import type { Azure } from '../azure/clients.ts';
import { orAbsent } from '../azure/errors.ts';
import type { DoomedDevice, VaultAtStake, VaultFate } from '../domain/deletion.ts';
import type { DeviceDeletionRequest, KeyVaultDeletionRequest } from '../domain/deletion-input.ts';
import { parseDeviceId, sameId, type DeviceId } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import { keyVaultIdOf, type DeviceLink, type KeyVault } from '../domain/key-vault.ts';
import { describeLocks } from '../domain/locks.ts';
import { deviceHash, diagnosticSettingName } from '../domain/names.ts';
import { deviceDeletionActions, keyVaultDeletionActions } from '../domain/rights.ts';
import { readLocksOver } from './locks.ts';
import { look, readKeyVault, readLink } from './read.ts';
import { assertRights } from './rights.ts';

export type DeviceDeletionPlan = { device: DoomedDevice; vault: VaultFate };
export type KeyVaultDeletionPlan = { device: DeviceId; vault: VaultAtStake };

export const createPlanDeletion = (azure: Azure) => ({
  /** Reads only. The vault that the device's record names is its vault; another is looked for by our tags. */
  async planDeviceDeletion(request: DeviceDeletionRequest): Promise<DeviceDeletionPlan> {
    const id = parseDeviceId(request.deviceId);
    const found = await readDevice(azure, id);
    if (!found) {
      const remedy = 'if its vault is left, delete that as the vault of the device';
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
    const found = await readDevice(azure, device);
    const link = found ? await readLink(azure, device) : {};
    const vault = await findVaultToDelete(azure, device, link, request.keyVaultName);
    await assertRights(azure, device, keyVaultDeletionActions);
    return { device, vault: await atStake(azure, device, vault, link, isInUse(found)) };
  },
});

const readDevice = (azure: Azure, { subscriptionId, resourceGroup, name }: DeviceId) =>
  orAbsent(azure.subscription(subscriptionId).devices.get(name, resourceGroup));

const isInUse = (device: DataBoxEdgeDevice | undefined): boolean =>
  device !== undefined && device.dataBoxEdgeDeviceStatus !== 'ReadyToSetup';

const assertMayGo = ({ name }: DeviceId, device: DataBoxEdgeDevice, allowOnline: boolean): void => {
  if (!isInUse(device) || allowOnline) return;
  throw new Refusal('DeviceInUse', `the device "${name}" is in use: its status is ${device.dataBoxEdgeDeviceStatus}`);
};

const assertNoLockOver = async (azure: Azure, device: DeviceId): Promise<void> => {
  const locks = await readLocksOver(azure, device, device.id);
  if (locks.length === 0) return;
  throw new Refusal('ForeignLock', `the device "${device.name}" cannot be deleted: ${describeLocks(locks)}`, {
    lockIds: locks.map(({ id }) => id),
  });
};

const readFate = async (azure: Azure, device: DoomedDevice, found: DataBoxEdgeDevice): Promise<VaultFate> => {
  const link = await readLink(azure, device);
  const name = link.vaultId?.split('/').at(-1) ?? (await taggedVault(azure, device));
  if (name === undefined) return { leave: 'the device has no key vault' };
  if (link.vaultId !== undefined && !sameId(link.vaultId, keyVaultIdOf(device, name))) {
    return { leave: `the device is linked to ${link.vaultId}, which is not in its own resource group` };
  }
  const vault = await readKeyVault(azure, device, name);
  if (vault === 'unknown') throw mayNotRead(name);
  if (vault === 'absent') return { leave: `its key vault "${name}" is gone already` };
  if (isAnothers(vault.found, device))
    return { leave: `the key vault "${name}" belongs to another device by its tags` };
  return { ask: await atStake(azure, device, vault.found, link, isInUse(found)) };
};

const isAnothers = ({ tags }: KeyVault, device: DeviceId): boolean => {
  const hash = tags['ase-device-hash'];
  return hash !== undefined && hash !== deviceHash(device);
};

const mayNotRead = (name: string): Refusal =>
  new Refusal('MissingPermission', `may not read the vault "${name}"`, { action: 'Microsoft.KeyVault/vaults/read' });

/** Also of a device that is gone, or that has been created again since. */
const taggedVault = async (azure: Azure, device: DeviceId): Promise<string | undefined> => {
  const { vaults } = azure.subscription(device.subscriptionId);
  const listed = await look(Array.fromAsync(vaults.listByResourceGroup(device.resourceGroup)));
  if (typeof listed !== 'object') return undefined;
  return listed.found.find(({ tags }) => tags?.['ase-device-hash'] === deviceHash(device))?.name;
};

const findVaultToDelete = async (
  azure: Azure,
  device: DeviceId,
  link: DeviceLink,
  asked: string | undefined,
): Promise<KeyVault> => {
  const linked = link.vaultId?.split('/').at(-1);
  const own = linked ?? (await taggedVault(azure, device));
  const name = asked ?? own;
  if (name === undefined) throw new Refusal('KeyVaultNotFound', `the device "${device.name}" has no key vault`);
  if (link.vaultId !== undefined && sameId(name, linked) && !sameId(link.vaultId, keyVaultIdOf(device, name))) {
    throw new Refusal(
      'VaultElsewhere',
      `the device is linked to ${link.vaultId}, which is not in its own resource group`,
    );
  }
  const vault = await readKeyVault(azure, device, name);
  if (vault === 'unknown') throw mayNotRead(name);
  if (vault === 'absent') throw await notThere(azure, device, name);
  const isOurs = sameId(name, own) || vault.found.tags['ase-device-hash'] === deviceHash(device);
  if (isOurs && !isAnothers(vault.found, device)) return vault.found;
  throw new Refusal('VaultNotOurs', `the vault "${name}" is not the vault of the device "${device.name}"`);
};

const notThere = async (azure: Azure, device: DeviceId, name: string): Promise<Refusal> => {
  const { vaults } = azure.subscription(device.subscriptionId);
  const deleted = await look(Array.fromAsync(vaults.listDeleted()));
  const known = typeof deleted === 'object' ? deleted.found.find((entry) => sameId(entry.name, name)) : undefined;
  const until = known?.properties?.scheduledPurgeDate?.toISOString();
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
  const { diagnosticSettings } = azure.subscription(device.subscriptionId);
  const settings = await look(Array.fromAsync(diagnosticSettings.list(keyVaultId)));
  const ours =
    typeof settings === 'object' ? settings.found.find(({ name }) => name === diagnosticSettingName) : undefined;
  const id = ours?.storageAccountId;
  return id ? { id, name: id.split('/').at(-1) ?? '' } : undefined;
};
