import { Refusal } from './failures.ts';

/** Where a Data Box Edge device resource is; `id` keeps the spelling it was given in. */
export type DeviceId = { id: string; subscriptionId: string; resourceGroup: string; name: string };

/** The facts of a device that a procedure works with, as its plan found them. */
export type Device = DeviceId & {
  location: string;
  /** Object id of the system-assigned managed identity. */
  principalId: string;
  /** Tenant of the identity, which is the tenant of the subscription and so of its vaults. */
  tenantId: string;
};

/** The link in the device's record: its vault and its channel integrity key. */
export type DeviceLink = { vaultId?: string; vaultUri?: string; keyName?: string; keyVersion?: string };

const devicePattern =
  /^\/subscriptions\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/resourceGroups\/([^/]{1,90})\/providers\/Microsoft\.DataBoxEdge\/dataBoxEdgeDevices\/([a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9]))$/i;

/** Apart, since a pattern of all scripts in any letter case takes other letters for Latin ones. */
const groupPattern = /^[\p{L}\p{Nd}_().-]{0,89}[\p{L}\p{Nd}_()-]$/u;

const example =
  '/subscriptions/<subscription id>/resourceGroups/<group>/providers/Microsoft.DataBoxEdge/dataBoxEdgeDevices/<device>';

/**
 * Reads an ARM id in any letter case. Device names have 2 to 50 letters, digits and hyphens, those of resource groups letters and
 * digits of any script (Azure docs, naming rules).
 * @throws Refusal InvalidInput
 */
export const parseDeviceId = (id: unknown): DeviceId => {
  const device = readDeviceId(id, devicePattern);
  if (!groupPattern.test(device.resourceGroup)) throw notAnId(id);
  return device;
};

const readDeviceId = (id: unknown, pattern: RegExp): DeviceId => {
  const match = typeof id === 'string' ? pattern.exec(id) : null;
  if (!match) throw notAnId(id);
  const [whole, subscriptionId, resourceGroup, name] = match as unknown as [string, string, string, string];
  return { id: whole, subscriptionId, resourceGroup, name };
};

const notAnId = (id: unknown): Refusal =>
  new Refusal('InvalidInput', `deviceId must be the ARM id of a device, like ${example}; got ${shown(id)}`);

/**
 * The device that a start input, or a result, names by its id, read by the shape of that alone. Workflows read it again on every replay, so it must never
 * become stricter; whether there can be such a device is judged by the first activity.
 * @throws Refusal InvalidInput
 */
export const deviceNamedBy = (input: unknown): DeviceId => {
  const { deviceId } = (typeof input === 'object' && input !== null ? input : {}) as { deviceId?: unknown };
  return readDeviceId(deviceId, deviceShape);
};

/** No longer than Azure's limits, so that search attributes and ids of workflows stay within those of Temporal. */
const deviceShape =
  /^\/subscriptions\/([^/]{1,36})\/resourceGroups\/([^/]{1,90})\/providers\/Microsoft\.DataBoxEdge\/dataBoxEdgeDevices\/([^/]{1,50})$/i;

export const deviceIdOf = (subscriptionId: string, resourceGroup: string, name: string): DeviceId =>
  parseDeviceId(
    `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.DataBoxEdge/dataBoxEdgeDevices/${name}`,
  );

/** `<subscription>/<group>/<device>`, lower case: the device in search attributes. At most 178 characters. */
export const deviceKey = ({ subscriptionId, resourceGroup, name }: DeviceId): string =>
  `${subscriptionId}/${resourceGroup}/${name}`.toLowerCase();

/** All procedures of one device share this id, so Temporal runs one at a time. ARM ids differ in case only by accident. */
export const workflowIdOf = (device: DeviceId): string => `ase:${deviceKey(device)}`;

/** Looks have ids of their own, so that they can be had while a procedure runs. At most 190 characters. */
export const inspectionIdOf = (device: DeviceId): string => `ase-inspect:${deviceKey(device)}`;
export const previewIdOf = (device: DeviceId): string => `ase-plan:${deviceKey(device)}`;

/** The part of a device's id that does not exist. */
export type AbsentPart = 'subscription' | 'resource group' | 'device';

export const describeAbsence = ({ subscriptionId, resourceGroup, name }: DeviceId, absent: AbsentPart): string => {
  switch (absent) {
    case 'subscription':
      return `the subscription "${subscriptionId}" does not exist`;
    case 'resource group':
      return `the resource group "${resourceGroup}" does not exist in the subscription "${subscriptionId}"`;
    case 'device':
      return `the resource group "${resourceGroup}" has no device "${name}"`;
  }
};

export const resourceGroupId = ({ subscriptionId, resourceGroup }: DeviceId): string =>
  `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;

/** ReadyToSetup is the only status of a device that was never activated (recorded); one without a status may be in use. */
export const wasActivated = (status: string | undefined): boolean => status !== 'ReadyToSetup';

/** ARM ids are equal whatever their letter case and a trailing slash. */
export const sameId = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && other !== undefined && fold(one) === fold(other);

const fold = (id: string): string => id.replace(/\/+$/, '').toLowerCase();

/** A value as a person may see it in a message: short, on one line, quoted, without characters that nobody sees. */
export const shown = (value: unknown): string => {
  const text =
    value === undefined ? 'nothing' : JSON.stringify(value).replace(/[\p{C}\u2028\u2029]/gu, escapedCharacter);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
};

const escapedCharacter = (character: string): string =>
  `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;

/** Name of the resource that an Azure id ends with. */
export const nameIn = (id: string): string => id.split('/').at(-1) ?? id;

/** The name of a request: calls with the same name are one. It is kept in tags and lists, in plain text. @throws Refusal InvalidInput */
export const readRequestId = (value: unknown): string => {
  if (typeof value === 'string' && /^[\x21-\x7e]{1,64}$/.test(value)) return value;
  throw new Refusal(
    'InvalidInput',
    `requestId must be 1 to 64 printable ASCII characters without spaces; got ${shown(value)}`,
  );
};
