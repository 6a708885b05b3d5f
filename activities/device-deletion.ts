import type { DataBoxEdgeDevice } from '@azure/arm-databoxedge';
import type { Azure } from '../azure/clients.ts';
import type { DoomedDevice } from '../domain/deletion.ts';
import type { DeviceId } from '../domain/device.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import { lookDelay } from '../domain/pace.ts';
import { looksSoFar, recall, remember } from './call.ts';
import { describeStatus, findDeviceResource, identityMismatch, isToActivate } from './device.ts';

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
