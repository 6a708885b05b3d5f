import type { DataBoxEdgeDevice, DevicesGetOptionalParams } from '@azure/arm-databoxedge';
import type { Azure } from '../azure/clients.ts';
import { orAbsent } from '../azure/errors.ts';
import type { Device, DeviceId } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';

/** The resource as Azure shows it. @throws Refusal DeviceNotFound */
export const readDeviceResource = async (
  azure: Azure,
  { subscriptionId, resourceGroup, name }: DeviceId,
  options?: DevicesGetOptionalParams,
): Promise<DataBoxEdgeDevice> => {
  const found = await orAbsent(azure.subscription(subscriptionId).devices.get(name, resourceGroup, options));
  if (found) return found;
  throw new Refusal('DeviceNotFound', `there is no device "${name}" in the resource group "${resourceGroup}"`);
};

/** @throws Refusal DeviceAlreadyActivated; ReadyToSetup is the only status of a device that was never activated (recorded) */
export const assertNotActivated = (name: string, { dataBoxEdgeDeviceStatus: status }: DataBoxEdgeDevice): void => {
  if (status === 'ReadyToSetup') return;
  const found = status === undefined ? 'it says no status' : `its status is ${status}`;
  throw new Refusal('DeviceAlreadyActivated', `the device "${name}" is already activated; ${found}`);
};

/**
 * A procedure may wait for days. Before anything is done for a device: it is the one that the plan was made for. A device
 * created again has another principal.
 * @throws Refusal IdentityMismatch
 */
export const assertSameIdentity = async (azure: Azure, device: Device): Promise<DataBoxEdgeDevice> => {
  const { devices } = azure.subscription(device.subscriptionId);
  const found = await devices.get(device.name, device.resourceGroup);
  const now = found.identity?.principalId ?? 'none';
  if (now !== device.principalId) {
    throw new Refusal(
      'IdentityMismatch',
      `the device's identity is ${now} now; the procedure began with ${device.principalId}`,
      {
        planned: device.principalId,
        found: now,
      },
    );
  }
  return found;
};

/** Moreover, it was not activated meanwhile. @throws Refusal IdentityMismatch · DeviceAlreadyActivated */
export const assertStillToActivate = async (azure: Azure, device: Device): Promise<void> => {
  assertNotActivated(device.name, await assertSameIdentity(azure, device));
};
