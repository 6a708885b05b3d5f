import type { DataBoxEdgeDevice, DevicesGetOptionalParams } from '@azure/arm-databoxedge';
import type { Azure } from '../azure/clients.ts';
import { absentPartIn, orAbsent } from '../azure/errors.ts';
import { linkOf, readLink } from '../azure/read.ts';
import type { DoomedDevice } from '../domain/deletion.ts';
import {
  type AbsentPart,
  type Device,
  type DeviceId,
  type DeviceLink,
  describeAbsence,
  parseDeviceId,
  sameId,
  wasActivated,
} from '../domain/device.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import { lookDelay } from '../domain/pace.ts';
import type { ChannelIntegrityKeyRef } from '../domain/secrets.ts';
import { looksSoFar, recall, remember } from './call.ts';
import { readKeyVaultInHand } from './key-vault-in-hand.ts';

/** The resource as Azure shows it; undefined where there is none. */
export const findDeviceResource = (
  azure: Azure,
  { subscriptionId, resourceGroup, name }: DeviceId,
): Promise<DataBoxEdgeDevice | undefined> =>
  orAbsent(azure.subscription(subscriptionId).devices.get(name, resourceGroup));

/** The same at the start of a procedure, for a device that may be gone. @throws Refusal DeviceNotFound for its group or subscription */
export const findDeviceInGroup = async (
  azure: Azure,
  device: DeviceId,
  options?: DevicesGetOptionalParams,
): Promise<DataBoxEdgeDevice | undefined> => {
  const { devices } = azure.subscription(device.subscriptionId);
  try {
    return await devices.get(device.name, device.resourceGroup, options);
  } catch (error) {
    const absent = absentPartIn(error);
    if (absent === undefined) throw error;
    if (absent !== 'device') throw notFound(device, absent);
    return undefined;
  }
};

/** @param more what to do instead, for the end of the sentence */
export const notFound = (device: DeviceId, absent: AbsentPart, more = ''): Refusal =>
  new Refusal('DeviceNotFound', `${describeAbsence(device, absent)}${more}`);

/** The same where there must be one. @throws Refusal DeviceNotFound */
export const readDeviceResource = async (
  azure: Azure,
  device: DeviceId,
  options?: DevicesGetOptionalParams,
): Promise<DataBoxEdgeDevice> => {
  const found = await findDeviceInGroup(azure, device, options);
  if (found) return found;
  throw notFound(device, 'device');
};

/** @throws Refusal IdentityDisabled */
export const deviceOf = (id: DeviceId, { id: spelled, location, identity }: DataBoxEdgeDevice): Device => {
  const { principalId, tenantId } = identity ?? {};
  if (!principalId || !tenantId) {
    const why = `the device "${id.name}" has no system-assigned managed identity: ${enableIdentity(spelled ?? id.id)}`;
    throw new Refusal('IdentityDisabled', why);
  }
  // In Azure's spelling: tags, names and the key say the same whoever asked.
  return { ...parseDeviceId(spelled ?? id.id), location, principalId, tenantId };
};

/** The Azure CLI has no command of its own for it; PATCH of a device takes an identity (model of the API). */
const enableIdentity = (deviceId: string): string =>
  `az rest --method patch --url '${deviceId}?api-version=2021-06-01' --body '{"identity":{"type":"SystemAssigned"}}'`;

export const isToActivate = ({ dataBoxEdgeDeviceStatus }: DataBoxEdgeDevice): boolean =>
  !wasActivated(dataBoxEdgeDeviceStatus);

/** For the end of a sentence about a device. */
export const describeStatus = ({ dataBoxEdgeDeviceStatus: status }: DataBoxEdgeDevice): string =>
  status === undefined ? 'its status is unknown' : `its status is ${status}`;

/** @throws Refusal DeviceAlreadyActivated */
export const assertNotActivated = (name: string, device: DataBoxEdgeDevice): void => {
  if (isToActivate(device)) return;
  throw new Refusal('DeviceAlreadyActivated', `the device "${name}" is already activated; ${describeStatus(device)}`);
};

/**
 * A procedure may wait for days. Before anything is done for a device: it is the one that the plan was made for. A device
 * created again has another principal.
 * @throws Refusal IdentityMismatch
 */
export const assertSameIdentity = async (azure: Azure, device: Device): Promise<DataBoxEdgeDevice> => {
  const { devices } = azure.subscription(device.subscriptionId);
  const found = await devices.get(device.name, device.resourceGroup);
  const { principalId } = found.identity ?? {};
  if (principalId !== device.principalId) throw identityMismatch(device.principalId, principalId);
  return found;
};

export const identityMismatch = (planned = 'none', found = 'none'): Refusal =>
  new Refusal('IdentityMismatch', `the device's identity is now ${found}; the procedure began with ${planned}`, {
    planned,
    found,
  });

/** Moreover, it was not activated meanwhile. @throws Refusal IdentityMismatch · DeviceAlreadyActivated */
export const assertStillToActivate = async (azure: Azure, device: Device): Promise<void> => {
  assertNotActivated(device.name, await assertSameIdentity(azure, device));
};

type LinkInput = { device: Device; keyVault: KeyVaultRef; channelIntegrityKey: ChannelIntegrityKeyRef };

export const createDeviceLinks = (azure: Azure) => ({
  /** The device's record names its vault and the version of its channel integrity key. Azure checks neither (recorded). */
  async linkDevice({ device, keyVault, channelIntegrityKey }: LinkInput): Promise<void> {
    await assertStillToActivate(azure, device);
    await readKeyVaultInHand(azure, device, keyVault);
    await writeLink(azure, device, { keyVault, channelIntegrityKey });
  },
});

/** Written where it differs; Azure answers with the record as it is then (recorded). @throws NotYet NotInEffect */
export const writeLink = async (
  azure: Azure,
  device: Device,
  { keyVault, channelIntegrityKey }: Omit<LinkInput, 'device'>,
): Promise<void> => {
  const wanted = { keyVault, channelIntegrityKey };
  if (leadsTo(await readLink(azure, device), wanted)) return;
  const { devices } = azure.subscription(device.subscriptionId);
  const written = await devices.updateExtendedInformation(device.name, device.resourceGroup, {
    clientSecretStoreId: keyVault.id,
    clientSecretStoreUrl: keyVault.uri,
    channelIntegrityKeyName: channelIntegrityKey.name,
    channelIntegrityKeyVersion: channelIntegrityKey.version,
  });
  if (leadsTo(linkOf(written), wanted)) return;
  throw new NotYet('NotInEffect', `the link of the device "${device.name}" is not visible yet`, 2000);
};

const leadsTo = (link: DeviceLink, { keyVault, channelIntegrityKey }: Omit<LinkInput, 'device'>): boolean =>
  sameId(link.vaultId, keyVault.id) &&
  sameId(link.vaultUri, keyVault.uri) &&
  link.keyName === channelIntegrityKey.name &&
  link.keyVersion === channelIntegrityKey.version;

/** `not applicable`: the device has no secrets yet, or its record does not lead to this vault. */
export type SecretSync = 'requested' | 'not applicable';

const underWay = ['KeyVaultSyncPending', 'KeyVaultSyncing'];

export const createSecretSyncs = (azure: Azure) => ({
  /** The device is asked to write its secrets into its vault again; when it does so is its own affair. */
  async requestSync({ device, keyVault }: { device: Device; keyVault: KeyVaultRef }): Promise<SecretSync> {
    if (isToActivate(await assertSameIdentity(azure, device))) return 'not applicable';
    const { devices } = azure.subscription(device.subscriptionId);
    const record = await devices.getExtendedInformation(device.name, device.resourceGroup);
    if (!sameId(linkOf(record).vaultId, keyVault.id)) return 'not applicable';
    if (underWay.includes(record.keyVaultSyncStatus ?? '')) return 'requested';
    // The only status that may be set; it starts the synchronisation (model comment of the API).
    const syncStatus = 'KeyVaultSyncPending';
    await devices.updateExtendedInformation(device.name, device.resourceGroup, { syncStatus });
    return 'requested';
  },
});

type DeletionInput = { device: DoomedDevice; allowOnline: boolean };

/** Whether an attempt has asked for the deletion. */
export type Asked = { asked?: boolean };

export const createDeviceDeletion = (azure: Azure) => ({
  /**
   * Asks once, then looks until it is gone. While its deletion waited for consent, the device may have been taken into use; or
   * there is another identity under its name. Then the device was created again, or works on with a new identity: neither it
   * nor its vault is what was asked about.
   */
  async deleteDeviceResource({ device, allowOnline }: DeletionInput): Promise<void> {
    const found = await findDeviceResource(azure, device);
    if (!found) return;
    const principalId = found.identity?.principalId;
    if ((recall() as Asked).asked === true) {
      // Ours is gone, and another has its name already.
      if (principalId !== undefined && principalId !== device.principalId) return;
    } else {
      if (principalId !== device.principalId) throw identityMismatch(device.principalId, principalId);
      assertMayGo(device, found, allowOnline);
      await azure.subscription(device.subscriptionId).devices.beginDelete(device.name, device.resourceGroup);
      remember({ asked: true } satisfies Asked);
    }
    throw new NotYet(
      'DeviceDeleting',
      `waiting for the device "${device.name}" to be deleted`,
      lookDelay(looksSoFar()),
    );
  },
});

/** @throws Refusal DeviceInUse */
export const assertMayGo = ({ name }: DeviceId, found: DataBoxEdgeDevice, allowOnline: boolean): void => {
  if (allowOnline || isToActivate(found)) return;
  throw new Refusal('DeviceInUse', `the device "${name}" is in use; ${describeStatus(found)}`);
};
