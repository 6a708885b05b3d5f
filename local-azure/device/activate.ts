import { fold } from '../arm/path.ts';
import { certificateInPkcs12 } from '../certificates.ts';
import { forgetGoneDevices } from '../data-box-edge/device.ts';
import type { EdgeDevice, KeyVaultSyncStatus } from '../data-box-edge/state.ts';
import { openEncryptionKey } from '../encryption-key.ts';
import { guid, hex } from '../random.ts';
import { readActivationKey, type ActivationKey } from './activation-key.ts';
import { DeviceRefusal, type RefusalCode } from './refusal.ts';
import { pushSecrets } from './secrets.ts';
import type { Surroundings } from './surroundings.ts';
import { openVault, type DeviceVault } from './vault.ts';

export type ActivationResult =
  | {
      activated: true;
      /** ARM id. */
      deviceId: string;
      serialNumber: string;
      keyVaultSyncStatus: KeyVaultSyncStatus;
      /** Names of the secrets that the device has put into its vault. */
      secrets: string[];
    }
  | { activated: false; code: RefusalCode; message: string };

/**
 * Pastes an activation key into the local UI of a device, named by its ARM id or, if that is unique, by its name alone.
 * What the firmware of a real one checks beyond the hash is not known; this one checks all that can be checked.
 */
export const activate = async (
  surroundings: Surroundings,
  deviceName: string,
  keyText: string,
): Promise<ActivationResult> => {
  try {
    const device = findByName(surroundings, deviceName);
    const key = readActivationKey(keyText);
    assertNames(key, device);
    assertLatestCertificate(key, device, surroundings.now());
    const vault = await openVault(surroundings, device);
    await assertChannelIntegrityKey(key, device, vault);
    return await goOnline(surroundings, device, vault);
  } catch (error) {
    if (error instanceof DeviceRefusal) return { activated: false, code: error.code, message: error.message };
    throw error;
  }
};

const findByName = ({ state, now }: Surroundings, name: string): EdgeDevice => {
  forgetGoneDevices(state, now());
  const found = Object.entries(state.dataBoxEdge.devices).filter(
    ([id, device]) => id === fold(name) || fold(device.name) === fold(name),
  );
  const [only, another] = found.map(([, device]) => device);
  if (!only) throw new DeviceRefusal('DeviceNotFound', `There is no device "${name}".`);
  if (another)
    throw new DeviceRefusal('DeviceNameAmbiguous', `Several devices are called "${name}": name one by its id.`);
  if (only.activation) throw new DeviceRefusal('DeviceAlreadyActivated', `Device "${name}" is already activated.`);
  return only;
};

const assertNames = (key: ActivationKey, device: EdgeDevice): void => {
  const { subscriptionId, resourceGroup, providerNamespace, resourceType, resourceName } = key;
  const named =
    `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}` +
    `/providers/${providerNamespace}/${resourceType}/${resourceName}`;
  if (fold(named) !== fold(device.id)) {
    throw new DeviceRefusal('KeyForAnotherDevice', `The activation key is for ${named}, not for ${device.id}.`);
  }
  if (key.resourceId !== device.resourceKey) {
    throw new DeviceRefusal('KeyForAnotherDevice', 'The activation key is for a former device of the same name.');
  }
};

const assertLatestCertificate = (key: ActivationKey, device: EdgeDevice, now: number): void => {
  const certificate = certificateInPkcs12(key.managementCert);
  if (!certificate) {
    throw new DeviceRefusal('CertificateUnreadable', 'The certificate in the activation key cannot be read.');
  }
  if (certificate.validToDate.getTime() <= now) {
    const expiry = certificate.validToDate.toISOString();
    throw new DeviceRefusal('CertificateExpired', `The activation key has expired at ${expiry}: generate a new one.`);
  }
  const thumbprint = certificate.fingerprint.replaceAll(':', '');
  if (!device.uploadedThumbprints.includes(thumbprint)) {
    throw new DeviceRefusal('CertificateUnknown', 'The certificate in the activation key was never uploaded.');
  }
  if (device.uploadedThumbprints.at(-1) !== thumbprint) {
    throw new DeviceRefusal(
      'CertificateSuperseded',
      'A newer activation key was generated: the older one is not valid.',
    );
  }
};

const assertChannelIntegrityKey = async (key: ActivationKey, device: EdgeDevice, vault: DeviceVault): Promise<void> => {
  const { channelIntegrityKeyName: name, channelIntegrityKeyVersion: version } = device.link;
  if (name === undefined || version === undefined) {
    throw new DeviceRefusal('VaultNotLinked', `No channel integrity key is linked to device "${device.name}".`);
  }
  if ((await vault.read(name, version)) !== key.serviceDataIntegrityKey) {
    throw new DeviceRefusal(
      'ChannelIntegrityKeyMismatch',
      `The channel integrity key in the activation key is not version ${version} of "${name}" in the key vault.`,
    );
  }
  if (openEncryptionKey(device.encryption?.sealed ?? '', key.serviceDataIntegrityKey) === undefined) {
    throw new DeviceRefusal(
      'EncryptionKeyMismatch',
      "The channel integrity key does not open the device's encryption key.",
    );
  }
};

const goOnline = async (
  { state, now }: Surroundings,
  device: EdgeDevice,
  vault: DeviceVault,
): Promise<ActivationResult> => {
  const serialNumber = `LOCAL-${hex(state, 8).toUpperCase()}`;
  device.activation = {
    serialNumber,
    friendlyName: device.name,
    deviceSoftwareVersion: 'Local Azure simulated device',
    nodeInstanceId: guid(state),
  };
  device.changedAt = now();
  await pushSecrets(state, device, vault);
  return {
    activated: true,
    deviceId: device.id,
    serialNumber,
    keyVaultSyncStatus: device.syncStatus,
    secrets: Object.keys(device.deviceSecrets),
  };
};
