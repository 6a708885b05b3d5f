import { parentNotFound, resourceNotFound } from '../arm/answers.ts';
import { forgetExtensions } from '../arm/extensions.ts';
import { fold } from '../arm/path.ts';
import type { ArmCall } from '../arm/provider.ts';
import { sevenDecimals } from '../dates.ts';
import { removePrincipal } from '../entra/principals.ts';
import { draw, guid } from '../random.ts';
import type { State } from '../state.ts';
import type { Activation, EdgeDevice } from './state.ts';

export const deviceType = 'Microsoft.DataBoxEdge/dataBoxEdgeDevices';

/** Ends what is due: a device whose deletion is over takes its identity with it. */
export const forgetGoneDevices = (state: State, now: number): void => {
  for (const [key, device] of Object.entries(state.dataBoxEdge.devices)) {
    if (device.goneAt === undefined || device.goneAt > now) continue;
    if (device.principalId !== undefined) removePrincipal(state, device.principalId);
    forgetExtensions(state, device.id);
    delete state.dataBoxEdge.devices[key];
  }
};

/** What a device resource is made with; its service knows nothing of it yet. */
export type NewDevice = Pick<EdgeDevice, 'id' | 'name' | 'resourceGroup' | 'location' | 'sku'>;

export const addDevice = (
  state: State,
  { id, name, resourceGroup, location, sku }: NewDevice,
  now: number,
): EdgeDevice => {
  const device: EdgeDevice = {
    id,
    name,
    resourceGroup,
    location,
    tags: {},
    sku,
    changedAt: now,
    resourceKey: drawResourceKey(state),
    registration: { registrationId: guid(state), subscriptionId: guid(state) },
    servicePrincipal: { tenantId: guid(state), clientId: guid(state), objectId: guid(state) },
    uploadedThumbprints: [],
    link: {},
    syncStatus: 'KeyVaultNotConfigured',
    deviceSecrets: {},
    operations: [],
  };
  state.dataBoxEdge.devices[fold(id)] = device;
  return device;
};

/** Nineteen digits that fit into 63 bits. */
const drawResourceKey = (state: State): string => {
  const rest = Array.from({ length: 18 }, () => Math.floor(draw(state) * 10));
  return `${1 + Math.floor(draw(state) * 8)}${rest.join('')}`;
};

export const findDevice = (state: State, id: string): EdgeDevice | undefined => state.dataBoxEdge.devices[fold(id)];

/** The path of the device that a call is about, or below: its id, but spelt as the caller spells it. */
export const pathOf = ({ target }: ArmCall): string => `${target.scope}/providers/${deviceType}/${target.names[0]}`;

/** The device that a call names, or Azure's 404, which spells this type in its own way (recorded). */
export const deviceOf = (call: ArmCall): EdgeDevice => {
  const device = findDevice(call.state, pathOf(call));
  if (device) return device;
  const { names, resourceGroup } = call.target;
  throw resourceNotFound('Microsoft.DataBoxEdge/DataBoxEdgeDevices', names[0] ?? '', resourceGroup);
};

/** The device that a child of this type belongs to: `orders`. */
export const parentOf = (call: ArmCall, childType: string): EdgeDevice => {
  const device = findDevice(call.state, pathOf(call));
  if (device) return device;
  throw parentNotFound(actOf(call.request.method), `dataBoxEdgeDevices/${childType}`, pathOf(call));
};

const actOf = (method: string): 'read' | 'write' | 'delete' => {
  if (method === 'GET') return 'read';
  return method === 'DELETE' ? 'delete' : 'write';
};

/**
 * As GET shows it. The properties of an activated device are those of a recorded one. Of those that came with time
 * (`isIoTRoleAllowed`, `licenseState`) even the oldest api-version tells now (recorded).
 */
export const deviceBody = (device: EdgeDevice, tenantId: string) => ({
  ...listedDevice(device, tenantId),
  properties: {
    isIoTRoleAllowed: false,
    dataBoxEdgeDeviceStatus: 'ReadyToSetup',
    deviceType: 'DataBoxEdgeDevice',
    deviceLocalCapacity: 0,
    timeZone: 'Pacific Standard Time',
    nodeCount: 0,
    ...(device.activation ? activatedProperties(device.activation) : {}),
    edgeProfile: { subscription: { ...device.registration, state: 'Registered' } },
    licenseState: 'None',
  },
});

/** As lists show it: without properties (recorded). */
export const listedDevice = (device: EdgeDevice, tenantId: string) => ({
  location: device.location,
  tags: device.tags,
  sku: device.sku,
  etag: etagOf(device),
  ...(device.principalId === undefined
    ? {}
    : { identity: { type: 'SystemAssigned', principalId: device.principalId, tenantId } }),
  kind: device.sku.name === 'Gateway' ? 'AzureDataBoxGateway' : 'AzureStackEdge',
  id: device.id,
  name: device.name,
  type: deviceType,
});

const activatedProperties = ({ serialNumber, friendlyName, deviceSoftwareVersion }: Activation) => ({
  serialNumber,
  friendlyName,
  deviceSoftwareVersion,
  dataBoxEdgeDeviceStatus: 'Online',
  deviceModel: 'Physical',
  deviceHcsVersion: hcsVersion,
  deviceLocalCapacity: 11_886_528,
  configuredRoleTypes: ['CloudEdgeManagement'],
  nodeCount: 1,
});

/** The version that an activated device tells of its software, its node's too (one recorded). */
export const hcsVersion = '2.2.1515.0';

/** Of two entries that every change writes anew, the second some milliseconds after the first (recorded). */
const etagOf = ({ changedAt }: EdgeDevice): string =>
  [changedAt, changedAt + 6].map((time) => `W/"datetime'${encodeURIComponent(sevenDecimals(time))}'"`).join('_');
