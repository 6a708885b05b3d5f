import type { Azure } from '../azure/clients.ts';
import { orAbsent } from '../azure/errors.ts';
import type { DoomedDevice } from '../domain/deletion.ts';
import { NotYet } from '../domain/failures.ts';
import { lookDelay } from '../domain/pace.ts';
import { looksSoFar, recall, remember } from './call.ts';

type Asked = { asked?: boolean };

export const createDeviceDeletion = (azure: Azure) => ({
  /** Asks once, then looks until it is gone. A device that was created again under the name is another and is spared. */
  async deleteDeviceResource({ device }: { device: DoomedDevice }): Promise<void> {
    const { devices } = azure.subscription(device.subscriptionId);
    const found = await orAbsent(devices.get(device.name, device.resourceGroup));
    if (!found || found.identity?.principalId !== device.principalId) return;
    if ((recall() as Asked).asked !== true) {
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
