import type { DataBoxEdgeDevice, DevicesGetOptionalParams } from '@azure/arm-databoxedge';
import type { Azure } from '../azure/clients.ts';
import { orAbsent } from '../azure/errors.ts';
import { parseDeviceId, wasActivated, type Device, type DeviceId } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';

/** The resource as Azure shows it; undefined where there is none. */
export const findDeviceResource = (
  azure: Azure,
  { subscriptionId, resourceGroup, name }: DeviceId,
  options?: DevicesGetOptionalParams,
): Promise<DataBoxEdgeDevice | undefined> =>
  orAbsent(azure.subscription(subscriptionId).devices.get(name, resourceGroup, options));

/** The same where there must be one. @throws Refusal DeviceNotFound */
export const readDeviceResource = async (
  azure: Azure,
  device: DeviceId,
  options?: DevicesGetOptionalParams,
): Promise<DataBoxEdgeDevice> => {
  const found = await findDeviceResource(azure, device, options);
  if (found) return found;
  const { name, resourceGroup } = device;
  throw new Refusal('DeviceNotFound', `the resource group "${resourceGroup}" has no device "${name}"`);
};

/** @throws Refusal IdentityDisabled */
export const deviceOf = (id: DeviceId, { id: spelled, location, identity }: DataBoxEdgeDevice): Device => {
  const { principalId, tenantId } = identity ?? {};
  if (!principalId || !tenantId) {
    throw new Refusal('IdentityDisabled', `the device "${id.name}" has no system-assigned managed identity`);
  }
  // In Azure's spelling: tags, names and the key say the same whoever asked.
  return { ...parseDeviceId(spelled ?? id.id), location, principalId, tenantId };
};

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
