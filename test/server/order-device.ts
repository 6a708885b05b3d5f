import { deviceIdOf, type DeviceId } from '../../domain/device.ts';
import { mainSubscription } from '../../local-azure/new-state.ts';
import type { LocalAzure } from '../../local-azure/index.ts';
import { demoWorld } from '../../local-azure/seed.ts';

const arm = 'https://management.localhost';

/** Another device in the group of the demo world, with an identity, by the request that the portal sends. */
export const orderDevice = async (azure: LocalAzure, name: string): Promise<DeviceId> => {
  const device = deviceIdOf(mainSubscription(azure.state), demoWorld.group, name);
  const answer = await azure.fetch(
    new Request(`${arm}${device.id}?api-version=2021-06-01`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${azure.issueToken(azure.principals.owner, arm)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        location: demoWorld.location,
        sku: { name: 'EdgeP_Base', tier: 'Standard' },
        identity: { type: 'SystemAssigned' },
      }),
    }),
  );
  if (!answer.ok) throw new Error(`The device ${name} could not be made: ${answer.status} ${await answer.text()}`);
  return device;
};
