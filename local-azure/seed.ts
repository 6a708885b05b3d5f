import type { LocalAzure } from './index.ts';
import { mainSubscription } from './new-state.ts';

/** The group of the demo world, its region, and its devices: the last one has no identity. */
export const demoWorld = {
  group: 'edge-rg',
  location: 'westeurope',
  devices: ['edge-1', 'edge-2', 'edge-3', 'edge-4', 'edge-5'],
  deviceWithoutIdentity: 'edge-5',
  strangersVault: 'strangers-vault',
} as const;

/**
 * Fills a fresh local Azure with the world of the demo. Of the resource providers only Data Box Edge is registered, as
 * where devices have been ordered and nothing else was ever done.
 */
export const seedDemoWorld = async (azure: LocalAzure): Promise<void> => {
  const { control } = azure;
  control.register({ namespace: 'Microsoft.DataBoxEdge' });
  control.putGroup({ name: demoWorld.group, location: demoWorld.location });
  control.putStrangersVault({ name: demoWorld.strangersVault });
  for (const name of demoWorld.devices) await orderDevice(azure, name);
};

/** As its owner would, by the request that the portal sends. */
const orderDevice = async (azure: LocalAzure, name: string): Promise<void> => {
  const arm = 'https://management.localhost';
  const group = `/subscriptions/${mainSubscription(azure.state)}/resourceGroups/${demoWorld.group}`;
  const device = `${group}/providers/Microsoft.DataBoxEdge/dataBoxEdgeDevices/${name}`;
  const answer = await azure.fetch(
    new Request(`${arm}${device}?api-version=2021-06-01`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${azure.issueToken(azure.principals.owner, arm)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        location: demoWorld.location,
        sku: { name: 'EdgeP_Base', tier: 'Standard' },
        ...(name === demoWorld.deviceWithoutIdentity ? {} : { identity: { type: 'SystemAssigned' } }),
      }),
    }),
  );
  if (!answer.ok) throw new Error(`The device ${name} could not be made: ${answer.status} ${await answer.text()}`);
};
