import type { DataBoxEdgeDevice } from '@azure/arm-databoxedge';
import type { Azure } from '../azure/clients.ts';
import { orAbsent } from '../azure/errors.ts';
import { isInUse, type DoomedDevice } from '../domain/deletion.ts';
import type { DeviceId } from '../domain/device.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import { lookDelay } from '../domain/pace.ts';
import { looksSoFar, recall, remember } from './call.ts';

type DeletionInput = { device: DoomedDevice; allowOnline: boolean };

/** Whether an attempt has asked for the deletion. */
type Asked = { asked?: boolean };

export const createDeviceDeletion = (azure: Azure) => ({
  /**
   * Asks once, then looks until it is gone. A device that was created again under the name is another and is spared, and
   * one may have been taken into use while its deletion waited for consent.
   */
  async deleteDeviceResource({ device, allowOnline }: DeletionInput): Promise<void> {
    const { devices } = azure.subscription(device.subscriptionId);
    const found = await orAbsent(devices.get(device.name, device.resourceGroup));
    if (!found || found.identity?.principalId !== device.principalId) return;
    if ((recall() as Asked).asked !== true) {
      assertMayGo(device, found, allowOnline);
      await devices.beginDelete(device.name, device.resourceGroup);
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
export const assertMayGo = (
  { name }: DeviceId,
  { dataBoxEdgeDeviceStatus: status }: DataBoxEdgeDevice,
  allowOnline: boolean,
): void => {
  if (allowOnline || !isInUse(status)) return;
  const found = status === undefined ? 'it says no status' : `its status is ${status}`;
  throw new Refusal('DeviceInUse', `the device "${name}" is in use; ${found}`);
};
