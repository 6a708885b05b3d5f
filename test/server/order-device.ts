import { deviceIdOf, type DeviceId } from '../../domain/device.ts';
import type { LocalAzure } from '../../local-azure/index.ts';
import { mainSubscription } from '../../local-azure/new-state.ts';
import { demoWorld, orderDevice as order } from '../../local-azure/seed.ts';

/** Another device in the group of the demo world, with an identity. */
export const orderDevice = async (azure: LocalAzure, name: string): Promise<DeviceId> => {
  const { group, location } = demoWorld;
  await order(azure, { group, location, name });
  return deviceIdOf(mainSubscription(azure.state), group, name);
};
