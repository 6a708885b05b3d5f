/** Reads that several activities share, from the clients' types to ours. */
import type { DataBoxEdgeDeviceExtendedInfo } from '@azure/arm-databoxedge';
import type { DeletedVault, Vault } from '@azure/arm-keyvault';
import { isAbsence, orAbsent, readAzureError } from './errors.ts';
import type { Azure, Secrets } from './clients.ts';
import type { Device, DeviceId, DeviceLink } from '../domain/device.ts';
import type { DeletedKeyVault, KeyVault } from '../domain/key-vault.ts';
import type { AccessPolicy } from '../domain/access.ts';
import type { Looked } from '../domain/ownership.ts';

/** Reads and distinguishes three answers: the resource exists, does not exist, or the right to read it is missing. */
export const look = async <T>(call: Promise<T>): Promise<Looked<T>> => {
  try {
    return { found: await call };
  } catch (error) {
    if (isAbsence(error)) return 'absent';
    if (readAzureError(error)?.code === 'AuthorizationFailed') return 'unknown';
    throw error;
  }
};

/** Whether a secret of this name was deleted and can be recovered. One whose newest version is disabled is refused so (recorded). */
export const isSecretDeleted = async (secrets: Pick<Secrets, 'getDeletedSecret'>, name: string): Promise<boolean> => {
  try {
    return (await orAbsent(secrets.getDeletedSecret(name))) !== undefined;
  } catch (error) {
    if (readAzureError(error)?.innerCode === 'SecretDisabled') return true;
    throw error;
  }
};

/** Reads the link in the device's record (extended information; a read although it is a POST). */
export const readLink = async (azure: Azure, device: DeviceId): Promise<DeviceLink> => {
  const { devices } = azure.subscription(device.subscriptionId);
  return linkOf(await devices.getExtendedInformation(device.name, device.resourceGroup));
};

/** Azure takes the id as it was written, with a slash at its end, too. */
export const linkOf = (record: DataBoxEdgeDeviceExtendedInfo): DeviceLink => ({
  ...(record.clientSecretStoreId ? { vaultId: record.clientSecretStoreId.replace(/\/+$/, '') } : {}),
  ...(record.clientSecretStoreUrl ? { vaultUri: record.clientSecretStoreUrl } : {}),
  ...(record.channelIntegrityKeyName ? { keyName: record.channelIntegrityKeyName } : {}),
  ...(record.channelIntegrityKeyVersion ? { keyVersion: record.channelIntegrityKeyVersion } : {}),
});

export const readKeyVault = async (azure: Azure, device: DeviceId, name: string): Promise<Looked<KeyVault>> => {
  const vault = await look(azure.subscription(device.subscriptionId).vaults.get(device.resourceGroup, name));
  return typeof vault === 'object' ? { found: keyVaultOf(vault.found) } : vault;
};

export const keyVaultOf = ({ id, name, location, tags, properties, systemData }: Vault): KeyVault => ({
  id: id ?? '',
  name: name ?? '',
  uri: properties.vaultUri ?? '',
  ...(systemData?.createdAt ? { createdAt: systemData.createdAt.toISOString() } : {}),
  location: location ?? '',
  tags: tags ?? {},
  // Absent in answers for vaults made before 2026-02-01, which use access policies.
  usesRbac: properties.enableRbacAuthorization === true,
  provisioned: properties.provisioningState !== 'RegisteringDns',
  publicNetworkAccess: properties.publicNetworkAccess,
  defaultAction: properties.networkAcls?.defaultAction,
  sku: properties.sku.name,
  accessPolicies: (properties.accessPolicies ?? []).map((entry) => ({
    tenantId: entry.tenantId,
    objectId: entry.objectId,
    ...(entry.applicationId ? { applicationId: entry.applicationId } : {}),
    permissions: permissionsOf(entry.permissions),
  })),
});

const permissionsOf = (permissions: object): AccessPolicy['permissions'] =>
  Object.fromEntries(
    Object.entries(permissions).filter((entry): entry is [string, string[]] => Array.isArray(entry[1])),
  );

/** The vaults of the device's resource group. */
export const readKeyVaultsOfGroup = (
  azure: Azure,
  { subscriptionId, resourceGroup }: DeviceId,
): Promise<Looked<KeyVault[]>> => {
  const { vaults } = azure.subscription(subscriptionId);
  return look(Array.fromAsync(vaults.listByResourceGroup(resourceGroup), keyVaultOf));
};

/** The deleted list needs rights on the subscription, so `unknown` is an answer to expect. */
export const readDeletedKeyVault = async (
  azure: Azure,
  { subscriptionId, location }: Pick<Device, 'subscriptionId' | 'location'>,
  name: string,
): Promise<Looked<DeletedKeyVault>> => {
  const deleted = await look(azure.subscription(subscriptionId).vaults.getDeleted(name, location));
  if (typeof deleted !== 'object') return deleted;
  return { found: deletedKeyVaultOf(deleted.found, name) };
};

/** All deleted vaults of the subscription. */
export const readDeletedKeyVaults = (
  azure: Azure,
  { subscriptionId }: Pick<Device, 'subscriptionId'>,
): Promise<Looked<DeletedKeyVault[]>> => {
  const { vaults } = azure.subscription(subscriptionId);
  return look(Array.fromAsync(vaults.listDeleted(), (entry) => deletedKeyVaultOf(entry, entry.name ?? '')));
};

const deletedKeyVaultOf = ({ properties = {} }: DeletedVault, name: string): DeletedKeyVault => {
  const { vaultId, tags, location, deletionDate, scheduledPurgeDate } = properties;
  return {
    name,
    vaultId: vaultId ?? '',
    tags: tags ?? {},
    ...(location ? { location } : {}),
    ...(deletionDate ? { deletedOn: deletionDate.toISOString() } : {}),
    ...(scheduledPurgeDate ? { purgedOn: scheduledPurgeDate.toISOString() } : {}),
  };
};
