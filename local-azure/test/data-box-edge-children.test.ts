import type { BandwidthSchedule, Order } from '@azure/arm-databoxedge';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientOf, edgeApi, edgeTenant, type EdgeTenant } from './edge.ts';
import { codeOf, type Answer } from './tenant.ts';

const nightly: BandwidthSchedule = { start: '22:00:00', stop: '23:30:00', rateInMbps: 100, days: ['Monday', 'Friday'] };

const order: Order = {
  contactInformation: { contactPerson: 'Ada', companyName: 'Edge', phone: '1', emailList: ['ada@example.com'] },
  shippingAddress: { addressLine1: 'Street 1', postalCode: '1', city: 'Bern', state: 'BE', country: 'Switzerland' },
};

const CHILD_DELAY = 2_000;

const withDevice = async (): Promise<EdgeTenant> => {
  const tenant = edgeTenant();
  await tenant.orderDevice('edge-1');
  return tenant;
};

const schedule = (tenant: EdgeTenant, method: string, name: string, body: unknown = { properties: nightly }) =>
  tenant.onDevice(method, 'edge-1', `/bandwidthSchedules/${name}`, method === 'PUT' ? body : undefined);

/** Follows the Location of an answer once. */
const follow = (tenant: EdgeTenant, { headers }: Answer): Promise<Answer> => {
  const { pathname, search } = new URL(headers.get('location') ?? '');
  return tenant.call('GET', `${pathname}${search}`);
};

/** Polls of official pollers, with time passing before each. */
const finished = async <Result>(
  tenant: EdgeTenant,
  poller: { poll(): Promise<unknown>; isDone(): boolean; getResult(): Result | undefined },
): Promise<Result | undefined> => {
  for (let polls = 0; polls < 5 && !poller.isDone(); polls += 1) {
    tenant.wait(CHILD_DELAY);
    await poller.poll();
  }
  assert.equal(poller.isDone(), true);
  return poller.getResult();
};

test('the official client orders a device, reads the order, lists and deletes it', async () => {
  const tenant = await withDevice();
  const { orders } = clientOf(tenant);
  const made = await finished(tenant, await orders.beginCreateOrUpdate('edge-1', 'g', order));
  assert.equal(made?.shipmentType, 'ShippedToCustomer');
  assert.deepEqual(made?.contactInformation, order.contactInformation);
  assert.equal((await orders.get('edge-1', 'g')).currentStatus?.status, 'Untracked');
  const listed = await Array.fromAsync(orders.listByDataBoxEdgeDevice('edge-1', 'g'));
  assert.deepEqual(
    listed.map(({ id, name, type }) => ({ id, name, type })),
    [
      {
        id: `${tenant.deviceId('edge-1')}/orders/default`,
        name: 'default',
        type: 'Microsoft.DataBoxEdge/dataBoxEdgeDevices/orders',
      },
    ],
  );
  await finished(tenant, await orders.beginDelete('edge-1', 'g'));
  assert.equal(await codeOf(orders.get('edge-1', 'g')), '404 GatewayUserErrorEntityNotFound');
});

test('the official client creates, changes, lists and deletes a bandwidth schedule', async () => {
  const tenant = await withDevice();
  const { bandwidthSchedules: schedules } = clientOf(tenant);
  const made = await finished(tenant, await schedules.beginCreateOrUpdate('edge-1', 'nightly', 'g', nightly));
  assert.deepEqual(made?.days, ['Monday', 'Friday']);
  const slower = { ...nightly, rateInMbps: 10 };
  await finished(tenant, await schedules.beginCreateOrUpdate('edge-1', 'nightly', 'g', slower));
  assert.equal((await schedules.get('edge-1', 'nightly', 'g')).rateInMbps, 10);
  await finished(tenant, await schedules.beginDelete('edge-1', 'nightly', 'g'));
  assert.deepEqual(await Array.fromAsync(schedules.listByDataBoxEdgeDevice('edge-1', 'g')), []);
});

test('a PUT is polled at its operation, and finally at the child itself', async () => {
  const tenant = await withDevice();
  const child = `${tenant.deviceId('edge-1')}/bandwidthSchedules/nightly`;
  const begun = await schedule(tenant, 'PUT', 'nightly');
  assert.equal(begun.status, 202);
  assert.equal(begun.headers.has('azure-asyncoperation'), false);
  const running = await follow(tenant, begun);
  assert.equal(running.status, 202);
  assert.equal(running.headers.get('location'), begun.headers.get('location'));
  assert.match(running.headers.get('location') ?? '', /\/nightly\/operationResults\/[0-9a-f-]{36}\?/);
  tenant.wait(CHILD_DELAY);
  const ended = await follow(tenant, running);
  assert.equal(ended.status, 202);
  assert.equal(ended.headers.get('location'), `https://management.localhost${child}?api-version=${edgeApi}`);
  assert.equal((await follow(tenant, ended)).status, 200);
});

test('a DELETE is polled until 204', async () => {
  const tenant = await withDevice();
  await schedule(tenant, 'PUT', 'nightly');
  tenant.wait(CHILD_DELAY);
  const begun = await schedule(tenant, 'DELETE', 'nightly');
  assert.deepEqual([begun.status, (await follow(tenant, begun)).status], [202, 202]);
  tenant.wait(CHILD_DELAY);
  assert.equal((await follow(tenant, begun)).status, 204);
});

test('an operation asks the client to poll at its end', async () => {
  const tenant = await withDevice();
  const begun = await schedule(tenant, 'PUT', 'nightly');
  tenant.wait(1_500);
  const running = await follow(tenant, begun);
  assert.deepEqual([begun.headers.get('retry-after'), running.headers.get('retry-after')], ['2', '1']);
});

test('a child is unchanged until its operation ends', async () => {
  const tenant = await withDevice();
  const rate = async (): Promise<unknown> => {
    const { status, body } = await schedule(tenant, 'GET', 'nightly');
    return status === 200 ? (body as { properties: BandwidthSchedule }).properties.rateInMbps : status;
  };
  await schedule(tenant, 'PUT', 'nightly');
  assert.equal(await rate(), 404);
  tenant.wait(CHILD_DELAY);
  await schedule(tenant, 'PUT', 'nightly', { properties: { ...nightly, rateInMbps: 10 } });
  assert.equal(await rate(), 100);
  tenant.wait(CHILD_DELAY);
  assert.equal(await rate(), 10);
  await schedule(tenant, 'DELETE', 'nightly');
  assert.equal(await rate(), 10);
});

test('the setting of the delay is the duration of an operation', async () => {
  const tenant = edgeTenant({ deviceChild: 60_000 });
  await tenant.orderDevice('edge-1');
  const begun = await schedule(tenant, 'PUT', 'nightly');
  tenant.wait(59_999);
  assert.equal((await schedule(tenant, 'GET', 'nightly')).status, 404);
  tenant.wait(1);
  assert.equal((await schedule(tenant, 'GET', 'nightly')).status, 200);
  assert.equal(begun.headers.get('retry-after'), '60');
});

test('a child keeps the spelling of its name, and is found in any spelling', async () => {
  const tenant = await withDevice();
  await schedule(tenant, 'PUT', 'Nightly');
  await schedule(tenant, 'PUT', 'NIGHTLY');
  tenant.wait(CHILD_DELAY);
  const { body } = await schedule(tenant, 'GET', 'nightly');
  assert.equal((body as { name: string }).name, 'Nightly');
});

test('a name that needs encoding is encoded in Locations', async () => {
  const tenant = await withDevice();
  const begun = await schedule(tenant, 'PUT', encodeURIComponent('夜 #1'));
  tenant.wait(CHILD_DELAY);
  const made = await follow(tenant, await follow(tenant, begun));
  assert.equal((made.body as { name: string }).name, '夜 #1');
});

test('a schedule returns its times with two digits each, and its days in their own spelling', async () => {
  const tenant = await withDevice();
  await schedule(tenant, 'PUT', 'nightly', { properties: { ...nightly, start: '9:0:0', days: ['sunday'] } });
  tenant.wait(CHILD_DELAY);
  const { properties } = (await schedule(tenant, 'GET', 'nightly')).body as { properties: BandwidthSchedule };
  assert.deepEqual([properties.start, properties.days], ['09:00:00', ['Sunday']]);
});

test('unknown members are dropped', async () => {
  const tenant = await withDevice();
  await schedule(tenant, 'PUT', 'nightly', { properties: { ...nightly, colour: 'blue' } });
  tenant.wait(CHILD_DELAY);
  assert.deepEqual((await schedule(tenant, 'GET', 'nightly')).body, {
    properties: nightly,
    id: `${tenant.deviceId('edge-1')}/bandwidthSchedules/nightly`,
    name: 'nightly',
    type: 'Microsoft.DataBoxEdge/dataBoxEdgeDevices/bandwidthSchedules',
  });
});

const wrongSchedules: [what: string, properties: unknown, member: string][] = [
  ['no properties', undefined, 'properties'],
  ['properties that are a list', [], 'properties'],
  ['no start', { ...nightly, start: undefined }, 'properties.start'],
  ['an invalid time', { ...nightly, stop: '24:00:00' }, 'properties.stop'],
  ['a time that is an object', { ...nightly, stop: { toString: 1 } }, 'properties.stop'],
  ['a negative rate', { ...nightly, rateInMbps: -1 }, 'properties.rateInMbps'],
  ['a fractional rate', { ...nightly, rateInMbps: 0.5 }, 'properties.rateInMbps'],
  ['no day', { ...nightly, days: [] }, 'properties.days'],
  ['an invalid day', { ...nightly, days: ['Monday', 'Noday'] }, 'properties.days[1]'],
];

for (const [what, properties, member] of wrongSchedules) {
  test(`a schedule with ${what} is refused`, async () => {
    const tenant = await withDevice();
    const { status, code, message } = await schedule(tenant, 'PUT', 'nightly', { properties });
    assert.deepEqual([status, code], [400, 'InvalidParameter']);
    assert.ok(message.includes(`'${member}'`), message);
  });
}

const wrongOrders: [what: string, properties: unknown, member: string][] = [
  ['nobody to contact', { ...order, contactInformation: undefined }, 'properties.contactInformation'],
  [
    'no address to write to',
    { ...order, contactInformation: { ...order.contactInformation, emailList: [] } },
    'properties.contactInformation.emailList',
  ],
  [
    'an address without a valid country',
    { ...order, shippingAddress: { ...order.shippingAddress, country: null } },
    'properties.shippingAddress.country',
  ],
  ['a shipment of another kind', { ...order, shipmentType: 'Dropped' }, 'properties.shipmentType'],
];

for (const [what, properties, member] of wrongOrders) {
  test(`an order with ${what} is refused`, async () => {
    const { onDevice } = await withDevice();
    const { status, message } = await onDevice('PUT', 'edge-1', '/orders/default', { properties });
    assert.equal(status, 400);
    assert.ok(message.includes(`'${member}'`), message);
  });
}

test('an order for self-pickup needs no address', async () => {
  const tenant = await withDevice();
  const { contactInformation } = order;
  const properties = { contactInformation, shipmentType: 'selfpickup' };
  await tenant.onDevice('PUT', 'edge-1', '/orders/default', { properties });
  tenant.wait(CHILD_DELAY);
  const { body } = await tenant.onDevice('GET', 'edge-1', '/orders/DEFAULT');
  assert.equal((body as { properties: Order }).properties.shipmentType, 'SelfPickup');
});

test('a device has one order, called default', async () => {
  const { onDevice } = await withDevice();
  const { status, code } = await onDevice('PUT', 'edge-1', '/orders/second', { properties: order });
  assert.deepEqual([status, code], [404, 'GatewayUserErrorEntityNotFound']);
});

test('the service does not find a missing child, and deleting it returns 204', async () => {
  const tenant = await withDevice();
  const { status, code, message, headers } = await schedule(tenant, 'GET', 'weekly');
  assert.deepEqual([status, code], [404, 'GatewayUserErrorEntityNotFound']);
  assert.match(message, /^Could not find the entity weekly\.\r\n/);
  assert.equal(headers.has('x-ms-failure-cause'), false);
  assert.equal((await schedule(tenant, 'DELETE', 'weekly')).status, 204);
});

test('a device that does not exist has no children, whatever the request', async () => {
  const { onDevice } = edgeTenant();
  const answers = await Promise.all([
    onDevice('GET', 'edge-9', '/orders'),
    onDevice('GET', 'edge-9', '/orders/default'),
    onDevice('PUT', 'edge-9', '/orders/default', { properties: order }),
    onDevice('DELETE', 'edge-9', '/bandwidthSchedules/nightly'),
    onDevice('GET', 'edge-9', '/orders/default/operationResults/1'),
  ]);
  for (const { status, code } of answers) assert.deepEqual([status, code], [404, 'ParentResourceNotFound']);
});

test('a recreated device has none of the children of the former device', async () => {
  const tenant = await withDevice();
  await schedule(tenant, 'PUT', 'nightly');
  await tenant.onDevice('DELETE', 'edge-1');
  tenant.wait(10_000);
  await tenant.orderDevice('edge-1');
  assert.equal((await schedule(tenant, 'GET', 'nightly')).status, 404);
});

test('a lock on the device protects its children', async () => {
  const tenant = await withDevice();
  await schedule(tenant, 'PUT', 'nightly');
  tenant.wait(CHILD_DELAY);
  const { locks } = tenant.as('owner');
  await locks.managementLocks.createOrUpdateByScope(tenant.deviceId('edge-1'), 'keep', { level: 'CanNotDelete' });
  assert.equal((await schedule(tenant, 'DELETE', 'nightly')).code, 'ScopeLocked');
});

test('a reader may read schedules and not change them', async () => {
  const tenant = await withDevice();
  const path = `${tenant.deviceId('edge-1')}/bandwidthSchedules`;
  const as = 'reader';
  assert.equal((await tenant.call('GET', path, { as, apiVersion: edgeApi })).status, 200);
  const refused = await tenant.call('PUT', `${path}/nightly`, { as, apiVersion: edgeApi, body: {} });
  assert.equal(refused.code, 'AuthorizationFailed');
  assert.match(refused.message, /'Microsoft\.DataBoxEdge\/dataBoxEdgeDevices\/bandwidthSchedules\/write'/);
});
