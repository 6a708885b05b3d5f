import { readKeyVault } from '../../azure/read.ts';
import type { Azure } from '../../azure/clients.ts';
import { orAbsent } from '../../azure/errors.ts';
import { parseDeviceId, type Device } from '../../domain/device.ts';
import type { KeyVaultRef } from '../../domain/key-vault.ts';
import { auditLockName, defaultKeyVaultName, keyVaultLockName } from '../../domain/names.ts';
import type { ChannelIntegrityKeyRef } from '../../domain/secrets.ts';
import * as requests from '../requests.ts';

export const createNaiveActivities = (azure: Azure) => ({
  readDevice: (deviceId: string) => requests.readDevice(azure, parseDeviceId(deviceId)),
  assertRegistered: (device: Device, namespace: string) => requests.assertRegistered(azure, device, namespace),

  createKeyVault: (device: Device) => requests.createKeyVault(azure, device),
  /** Undefined until it is provisioned. */
  async readKeyVault(device: Device): Promise<KeyVaultRef | undefined> {
    const keyVault = await readKeyVault(azure, device, defaultKeyVaultName(device));
    if (typeof keyVault !== 'object' || !keyVault.found.provisioned) return undefined;
    const { id, name, uri } = keyVault.found;
    return { id, name, uri };
  },
  lockKeyVault: (device: Device, { id }: KeyVaultRef) => requests.lock(azure, device, id, keyVaultLockName),

  createStorageAccount: (device: Device) => requests.submitStorageAccount(azure, device),
  /** Its id; undefined until it is there. */
  async readStorageAccount(device: Device): Promise<string | undefined> {
    const { storageAccounts } = azure.subscription(device.subscriptionId);
    const name = requests.accountName(device);
    return (await orAbsent(storageAccounts.getProperties(device.resourceGroup, name)))?.id;
  },
  createDiagnosticSetting: (device: Device, keyVault: KeyVaultRef, accountId: string) =>
    requests.createDiagnosticSetting(azure, device, keyVault, accountId),
  lockStorageAccount: (device: Device, accountId: string) => requests.lock(azure, device, accountId, auditLockName),

  grantAccess: (device: Device) => requests.grantAccess(azure, device),
  placeChannelIntegrityKey: (device: Device, { uri }: KeyVaultRef) =>
    requests.placeChannelIntegrityKey(azure.secrets({ uri }), device),
  linkDevice: (device: Device, keyVault: KeyVaultRef, channelIntegrityKey: ChannelIntegrityKeyRef) =>
    requests.linkDevice(azure, device, keyVault, channelIntegrityKey),
  issueActivationKey: (device: Device, { uri }: KeyVaultRef, channelIntegrityKey: ChannelIntegrityKeyRef) =>
    requests.issueActivationKey(azure, azure.secrets({ uri }), device, channelIntegrityKey),
});

export type NaiveActivities = ReturnType<typeof createNaiveActivities>;
