import { json, refuse } from '../arm/answers.ts';
import type { ArmCall, Exchange, Handler } from '../arm/provider.ts';
import { openEncryptionKey, sealEncryptionKey } from '../encryption-key.ts';
import { textIn, type JsonObject } from '../json.ts';
import { hex } from '../random.ts';
import { thumbprintOf } from './certificates.ts';
import { deviceOf, deviceType } from './device.ts';
import { linkedSecret } from './linked-secret.ts';
import type { EdgeDevice, VaultLink } from './state.ts';

/** A read, though it is a POST. */
export const getExtendedInformation: Handler = (call) => {
  const device = deviceOf(call);
  return json(200, bodyOf(call, device, { keyVaultSyncStatus: device.syncStatus }));
};

/**
 * Takes the link in a flat body (recorded). Like the real service it does not ask whether the vault exists or whose it
 * is. The answer to a changed link leaves the sync status out (recorded).
 */
export const updateExtendedInformation: Handler = async (call) => {
  const device = deviceOf(call);
  const syncStatus = textIn(call.body, 'syncStatus');
  if (syncStatus !== undefined && syncStatus !== 'KeyVaultSyncPending') {
    throw refuse(
      400,
      'InvalidParameter',
      `The sync status '${syncStatus}' cannot be set: only KeyVaultSyncPending can.`,
    );
  }
  const link = linkIn(call.body);
  if (Object.keys(link).length > 0) await relink(call, device, link);
  if (syncStatus) device.syncStatus = syncStatus;
  return json(200, bodyOf(call, device, syncStatus ? { keyVaultSyncStatus: syncStatus } : {}));
};

const LINK_FIELDS = [
  'clientSecretStoreId',
  'clientSecretStoreUrl',
  'channelIntegrityKeyName',
  'channelIntegrityKeyVersion',
] as const;

const linkIn = (body: JsonObject): VaultLink => {
  const link: VaultLink = {};
  for (const name of LINK_FIELDS) {
    const value = textIn(body, name);
    if (value !== undefined) link[name] = value;
  }
  return link;
};

/**
 * An activated device holds the key that it was activated with: naming another one in the record does not change what
 * `encryptionKey` is sealed under, until the device synchronises with its vault (documented effect of a lost key).
 */
const relink = async (call: ArmCall, device: EdgeDevice, link: VaultLink): Promise<void> => {
  const before = JSON.stringify(device.link);
  device.link = { ...device.link, ...link };
  if (JSON.stringify(device.link) !== before) device.syncStatus = 'KeyVaultNotSynced';
  const channelIntegrityKey = linkedSecret(call.state, device.link);
  if (channelIntegrityKey !== undefined && !device.activation) await sealUnder(call, device, channelIntegrityKey);
};

/** Makes `encryptionKey` open under this key; one that does so already stays. */
export const sealUnder = async (
  { state, certificates, now }: Pick<Exchange, 'state' | 'certificates' | 'now'>,
  device: EdgeDevice,
  channelIntegrityKey: string,
): Promise<void> => {
  const { encryption } = device;
  if (encryption && openEncryptionKey(encryption.sealed, channelIntegrityKey) !== undefined) return;
  const certificate =
    encryption?.certificate ?? (await certificates.issue(encryptionCertificate(device, now))).certificate;
  const sealed = sealEncryptionKey(certificate, channelIntegrityKey, Buffer.from(hex(state, 32), 'hex'));
  device.encryption = { certificate, thumbprint: thumbprintOf(certificate), sealed };
};

const encryptionCertificate = (device: EdgeDevice, now: number) => ({
  subject: `CB_Encryption_${device.resourceKey}`,
  notBefore: new Date(now),
  notAfter: new Date(now + TEN_YEARS),
});

const TEN_YEARS = 10 * 365 * 86_400_000;

const bodyOf = ({ apiVersion, query }: ArmCall, device: EdgeDevice, sync: { keyVaultSyncStatus?: string }) => ({
  properties: {
    ...(device.encryption
      ? { encryptionKeyThumbprint: device.encryption.thumbprint, encryptionKey: device.encryption.sealed }
      : {}),
    resourceKey: device.resourceKey,
    ...device.link,
    ...sync,
    ...(apiVersion >= '2023' ? { clusterWitnessType: 'None' } : {}),
    ...(query.get('$expand') === 'deviceSecrets' ? { deviceSecrets: secretReferences(device) } : {}),
  },
  id: device.id,
  name: device.name,
  type: deviceType,
});

const secretReferences = ({ deviceSecrets }: EdgeDevice) =>
  Object.fromEntries(Object.entries(deviceSecrets).map(([name, keyVaultId]) => [name, { keyVaultId }]));
