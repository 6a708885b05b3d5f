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
  const { group, location, deviceWithoutIdentity } = demoWorld;
  for (const name of demoWorld.devices) {
    await orderDevice(azure, { group, location, name, hasIdentity: name !== deviceWithoutIdentity });
  }
};

/** Orders a device as its owner would, by the request that the portal sends, in a group that exists. */
export const orderDevice = async (
  azure: LocalAzure,
  {
    group,
    location,
    name,
    hasIdentity = true,
  }: { group: string; location: string; name: string; hasIdentity?: boolean },
): Promise<void> => {
  const arm = 'https://management.localhost';
  const groupId = `/subscriptions/${mainSubscription(azure.state)}/resourceGroups/${group}`;
  const answer = await azure.fetch(
    new Request(`${arm}${groupId}/providers/Microsoft.DataBoxEdge/dataBoxEdgeDevices/${name}?api-version=2021-06-01`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${azure.issueToken(azure.principals.owner, arm)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        location,
        sku: { name: 'EdgeP_Base', tier: 'Standard' },
        ...(hasIdentity ? { identity: { type: 'SystemAssigned' } } : {}),
      }),
    }),
  );
  if (!answer.ok) throw new Error(`The device ${name} could not be made: ${answer.status} ${await answer.text()}`);
};
