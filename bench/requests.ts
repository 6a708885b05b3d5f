/**
 * What an activation asks of Azure, one request each, for the arms that are not the product. Bodies are those of the
 * product, so that every arm leaves the same things behind.
 */
import { assembleActivationKey, fingerprintOf, newChannelIntegrityKey } from '../azure/activation-key.ts';
import type { Azure, Secrets } from '../azure/clients.ts';
import { devicePermissions, policyOf, workerPermissions } from '../domain/access.ts';
import type { Device, DeviceId } from '../domain/device.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import {
  activationKeySecretName,
  auditAccountNames,
  channelIntegrityKeyName,
  defaultKeyVaultName,
  diagnosticSettingName,
} from '../domain/names.ts';
import { ownershipTags } from '../domain/ownership.ts';
import { keyTags, type ChannelIntegrityKeyRef } from '../domain/secrets.ts';

export const readDevice = async (azure: Azure, id: DeviceId): Promise<Device> => {
  const { devices } = azure.subscription(id.subscriptionId);
  const { location, identity } = await devices.get(id.name, id.resourceGroup);
  return { ...id, location, principalId: identity?.principalId ?? '', tenantId: identity?.tenantId ?? '' };
};

export const assertRegistered = async (azure: Azure, device: Device, namespace: string): Promise<void> => {
  const { registrationState } = await azure.subscription(device.subscriptionId).providers.get(namespace);
  if (registrationState !== 'Registered') throw new Error(`${namespace} is ${registrationState}`);
};

export const createKeyVault = async (azure: Azure, device: Device): Promise<void> => {
  const { vaults } = azure.subscription(device.subscriptionId);
  const { tenantId } = device;
  const objectId = await azure.callerObjectId();
  const creation = vaults.createOrUpdate(device.resourceGroup, defaultKeyVaultName(device), {
    location: device.location,
    tags: ownershipTags(device),
    properties: {
      tenantId,
      sku: { family: 'A', name: 'standard' },
      accessPolicies: [policyOf({ tenantId, objectId, secrets: workerPermissions })],
      enableRbacAuthorization: false,
      enableSoftDelete: true,
      softDeleteRetentionInDays: 90,
    },
  });
  await creation.submitted();
};

export const lock = async (azure: Azure, device: Device, scope: string, name: string): Promise<void> => {
  const { locks } = azure.subscription(device.subscriptionId);
  await locks.createOrUpdateByScope(scope, name, { level: 'CanNotDelete', notes: `Made for ${device.name}.` });
};

export const accountName = (device: Device): string => auditAccountNames(device)[0]!;

export const submitStorageAccount = async (azure: Azure, device: Device): Promise<void> => {
  const { storageAccounts } = azure.subscription(device.subscriptionId);
  const creation = storageAccounts.create(device.resourceGroup, accountName(device), {
    location: device.location,
    sku: { name: 'Standard_ZRS' },
    kind: 'StorageV2',
    tags: ownershipTags(device),
    minimumTlsVersion: 'TLS1_2',
    allowBlobPublicAccess: false,
    enableHttpsTrafficOnly: true,
  });
  await creation.submitted();
};

export const createDiagnosticSetting = async (
  azure: Azure,
  device: Device,
  keyVault: KeyVaultRef,
  storageAccountId: string,
): Promise<void> => {
  const { diagnosticSettings } = azure.subscription(device.subscriptionId);
  await diagnosticSettings.createOrUpdate(keyVault.id, diagnosticSettingName, {
    storageAccountId,
    logs: [{ category: 'AuditEvent', enabled: true }],
  });
};

export const grantAccess = async (azure: Azure, device: Device): Promise<void> => {
  const { vaults } = azure.subscription(device.subscriptionId);
  const { tenantId, principalId: objectId } = device;
  await vaults.updateAccessPolicy(device.resourceGroup, defaultKeyVaultName(device), 'add', {
    properties: { accessPolicies: [policyOf({ tenantId, objectId, secrets: devicePermissions })] },
  });
};

export const placeChannelIntegrityKey = async (secrets: Secrets, device: Device): Promise<ChannelIntegrityKeyRef> => {
  const name = channelIntegrityKeyName(device, device.principalId);
  const { properties } = await secrets.setSecret(name, newChannelIntegrityKey(), { tags: ownershipTags(device) });
  return { name, version: properties.version ?? '' };
};

export const linkDevice = async (
  azure: Azure,
  device: Device,
  keyVault: KeyVaultRef,
  channelIntegrityKey: ChannelIntegrityKeyRef,
): Promise<void> => {
  const { devices } = azure.subscription(device.subscriptionId);
  await devices.updateExtendedInformation(device.name, device.resourceGroup, {
    clientSecretStoreId: keyVault.id,
    clientSecretStoreUrl: keyVault.uri,
    channelIntegrityKeyName: channelIntegrityKey.name,
    channelIntegrityKeyVersion: channelIntegrityKey.version,
  });
};

/** Sends four requests in one function: the values between them are secret, and must not enter a history. */
export const issueActivationKey = async (
  azure: Azure,
  secrets: Secrets,
  device: Device,
  channelIntegrityKey: ChannelIntegrityKeyRef,
): Promise<void> => {
  const { devices } = azure.subscription(device.subscriptionId);
  const { name, version } = channelIntegrityKey;
  const cik = await secrets.getSecret(name, { version });
  const pair = await devices.generateCertificate(device.name, device.resourceGroup);
  const upload = await devices.uploadCertificate(device.name, device.resourceGroup, {
    certificate: pair.publicKey ?? '',
  });
  const key = assembleActivationKey({
    subscriptionId: device.subscriptionId,
    resourceGroup: device.resourceGroup,
    deviceName: device.name,
    location: device.location,
    managementCertificate: pair.privateKey ?? '',
    serviceDataIntegrityKey: cik.value ?? '',
    upload,
  });
  await secrets.setSecret(activationKeySecretName, key, {
    expiresOn: new Date(pair.expiryTimeInUTC ?? 0),
    tags: { [keyTags.fingerprint]: fingerprintOf(key), [keyTags.cikVersion]: version },
  });
};
