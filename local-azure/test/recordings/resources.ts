/** The resources that the local Azure can make: how their ids are built, and what it takes to make one. */
import { fold } from '../../arm/path.ts';
import { isObject, objectIn, type Json, type JsonObject } from '../../json.ts';

type Kind = {
  apiVersion: string;
  /** Properties of one that nothing is known of. */
  properties?: (tenantId: string) => JsonObject;
  /** Other members of it. */
  members?: JsonObject;
  /** Whether it stands in a region. */
  isTracked?: true;
  /** What PUT answers for a new one, where that tells it from a change. */
  statusWhenNew?: number;
};

const kinds: Readonly<Record<string, Kind>> = {
  resourcegroups: { apiVersion: '2021-04-01', isTracked: true, statusWhenNew: 201 },
  'microsoft.keyvault/vaults': {
    apiVersion: '2023-02-01',
    isTracked: true,
    properties: (tenantId) => ({ tenantId, sku: { family: 'A', name: 'standard' }, accessPolicies: [] }),
  },
  'microsoft.storage/storageaccounts': {
    apiVersion: '2022-09-01',
    isTracked: true,
    members: { sku: { name: 'Standard_LRS' }, kind: 'StorageV2' },
    statusWhenNew: 202,
  },
  'microsoft.databoxedge/databoxedgedevices': {
    apiVersion: '2021-06-01',
    isTracked: true,
    members: { sku: { name: 'Edge' }, identity: { type: 'SystemAssigned' } },
  },
  'microsoft.databoxedge/databoxedgedevices/orders': {
    apiVersion: '2021-06-01',
    statusWhenNew: 202,
    properties: () => ({
      contactInformation: { companyName: 'c', contactPerson: 'p', emailList: ['a@example.com'], phone: '1' },
      shippingAddress: { addressLine1: 'a', city: 'c', country: 'United States', postalCode: '98052', state: 'WA' },
    }),
  },
  'microsoft.databoxedge/databoxedgedevices/bandwidthschedules': {
    apiVersion: '2021-06-01',
    properties: () => ({ start: '0:0:0', stop: '13:59:0', rateInMbps: 100, days: ['Sunday'] }),
  },
  'microsoft.authorization/locks': {
    apiVersion: '2016-09-01',
    properties: () => ({ level: 'CanNotDelete' }),
    statusWhenNew: 201,
  },
  'microsoft.insights/diagnosticsettings': {
    apiVersion: '2021-05-01-preview',
    properties: () => ({ workspaceId: 'w', logs: [{ category: 'AuditEvent', enabled: true }] }),
  },
};

export const kindOf = (id: string): Kind | undefined => kinds[typeOf(id)];

/** Folded, as in `resourcegroups` or `microsoft.databoxedge/databoxedgedevices/orders`. */
export const typeOf = (id: string): string => {
  const segments = fold(id).split('/').slice(1);
  const last = segments.lastIndexOf('providers');
  if (last < 0) return segments.length === 4 ? (segments[2] ?? '') : (segments[0] ?? '');
  const [namespace = '', ...rest] = segments.slice(last + 1);
  return [namespace, ...rest.filter((_, index) => index % 2 === 0)].join('/');
};

export const nameOf = (id: string): string => id.split('/').at(-1) ?? '';

/** The resources that the local Azure can make on the way to this one, which comes last if it is one itself. */
export const lineageOf = (id: string): string[] => {
  const segments = id.split('/').slice(1);
  const ends = segments.flatMap((segment, index) => {
    const providersAt = segments.slice(0, index + 1).findLastIndex((former) => fold(former) === 'providers');
    const isName = providersAt < 0 ? index === 3 : index > providersAt + 1 && (index - providersAt) % 2 === 1;
    return isName && segment !== '' ? [`/${segments.slice(0, index + 1).join('/')}`] : [];
  });
  return ends.filter((end) => kindOf(end) !== undefined);
};

const readOnly = new Set(
  [
    'provisioningState vaultUri hsmPoolResourceId privateEndpointConnections creationTime',
    'primaryEndpoints primaryLocation secondaryEndpoints secondaryLocation statusOfPrimary',
    'statusOfSecondary keyCreationTime principalId createMode currentStatus orderHistory',
    'serialNumber deliveryTrackingInfo returnTrackingInfo systemData lastEnabledTime',
  ].flatMap((line) => line.split(' ')),
);

/** The members of a view that a client sends to make the same resource. */
export const sendable = (view: JsonObject): JsonObject =>
  Object.fromEntries(
    ['location', 'tags', 'sku', 'kind', 'identity', 'managedBy', 'properties'].flatMap((member) => {
      const value = writable(view[member] ?? null);
      return value === null ? [] : [[member, value]];
    }),
  );

/** Without nulls, what only Azure writes, and switches that are off because they were never on. */
const writable = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(writable);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === null || readOnly.has(key) || (inner === false && onlyEverOn.has(key)) ? [] : [[key, writable(inner)]],
    ),
  );
};

const onlyEverOn = new Set(['enablePurgeProtection', 'enableSoftDelete']);

/** A body that makes a resource of which no more is known than this. */
export const plainBody = (id: string, view: JsonObject, tenantId: string, location: string): JsonObject => {
  const { members = {}, properties, isTracked } = kindOf(id) ?? {};
  return {
    ...members,
    ...(isTracked ? { location: view['location'] ?? location } : {}),
    ...(isObject(view['tags']) ? { tags: view['tags'] } : {}),
    ...(properties ? { properties: properties(tenantId) } : {}),
  };
};

/** The same with all that a view shows. */
export const fullBody = (id: string, view: JsonObject, tenantId: string, location: string): JsonObject => {
  const plain = plainBody(id, view, tenantId, location);
  const sent = sendable(view);
  if (!('properties' in plain) && !('properties' in sent)) return { ...plain, ...sent };
  return { ...plain, ...sent, properties: { ...objectIn(plain, 'properties'), ...objectIn(sent, 'properties') } };
};
