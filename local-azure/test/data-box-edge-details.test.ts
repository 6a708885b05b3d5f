import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientOf, edgeTenant, preparedDevice, type EdgeTenant } from './edge.ts';
import { codeOf } from './tenant.ts';

const withDevice = async (): Promise<EdgeTenant> => {
  const tenant = edgeTenant();
  await tenant.orderDevice('edge-1');
  return tenant;
};

/** A device that is online, and the serial number that it has told. */
const onlineDevice = async (): Promise<{ tenant: EdgeTenant; serialNumber: string }> => {
  const tenant = await preparedDevice();
  const result = await tenant.activate('edge-1', tenant.key);
  return { tenant, serialNumber: result.activated ? result.serialNumber : '' };
};

test('a device raises no alerts', async () => {
  const { alerts } = clientOf(await withDevice());
  assert.deepEqual(await Array.fromAsync(alerts.listByDataBoxEdgeDevice('edge-1', 'g')), []);
  assert.equal(await codeOf(alerts.get('edge-1', 'hot', 'g')), '404 GatewayUserErrorEntityNotFound');
});

test('a device has no node before its activation', async () => {
  const { nodes } = clientOf(await withDevice());
  assert.deepEqual(await Array.fromAsync(nodes.listByDataBoxEdgeDevice('edge-1', 'g')), []);
});

test('an activated device has one node, named by its serial number', async () => {
  const { tenant, serialNumber } = await onlineDevice();
  const [node, ...more] = await Array.fromAsync(clientOf(tenant).nodes.listByDataBoxEdgeDevice('edge-1', 'g'));
  assert.equal(more.length, 0);
  assert.equal(node?.id, `${tenant.deviceId('edge-1')}/nodes/${serialNumber}`);
  assert.deepEqual([node?.name, node?.nodeSerialNumber, node?.nodeStatus], [serialNumber, serialNumber, 'Up']);
  assert.match(node?.nodeInstanceId ?? '', /^[0-9a-f-]{36}$/);
});

test('the official client reads all details of an activated device', async () => {
  const { tenant, serialNumber } = await onlineDevice();
  const device = await clientOf(tenant).devices.get('edge-1', 'g');
  assert.deepEqual(
    [device.dataBoxEdgeDeviceStatus, device.serialNumber, device.friendlyName, device.nodeCount, device.timeZone],
    ['Online', serialNumber, 'edge-1', 1, 'Pacific Standard Time'],
  );
  assert.deepEqual(
    [device.deviceModel, device.deviceHcsVersion, device.deviceSoftwareVersion, device.configuredRoleTypes],
    ['Physical', '2.2.1515.0', 'Local Azure simulated device', ['CloudEdgeManagement']],
  );
});

test('a device lists no network adapters', async () => {
  const { devices } = clientOf(await withDevice());
  const { name, networkAdapters } = await devices.getNetworkSettings('edge-1', 'g');
  assert.deepEqual([name, networkAdapters], ['default', []]);
});

test('no update is available', async () => {
  const { devices } = clientOf(await withDevice());
  const summary = await devices.getUpdateSummary('edge-1', 'g');
  assert.deepEqual(
    [summary.totalNumberOfUpdatesAvailable, summary.ongoingUpdateOperation, summary.lastDownloadJobStatus],
    [0, 'None', 'Invalid'],
  );
  assert.equal(summary.deviceLastScannedDateTime, undefined);
  assert.equal(summary.deviceVersionNumber, undefined);
});

test('an activated device shows its version in the update summary', async () => {
  const { tenant } = await onlineDevice();
  const summary = await clientOf(tenant).devices.getUpdateSummary('edge-1', 'g');
  assert.equal(summary.deviceVersionNumber, '2.2.1515.0');
});

test('versions from 2023 on omit reboots from the update summary', async () => {
  const { onDevice } = await withDevice();
  const tellsOfReboot = async (apiVersion: string): Promise<boolean> => {
    const { body } = await onDevice('GET', 'edge-1', '/updateSummary/default', undefined, apiVersion);
    return 'rebootRequiredForInstall' in (body as { properties: object }).properties;
  };
  assert.deepEqual([await tellsOfReboot('2021-06-01'), await tellsOfReboot('2023-07-01')], [true, false]);
});

test('a scan is a job that is visible while it runs and after it has ended', async () => {
  const tenant = await withDevice();
  const { devices, jobs, operationsStatus } = clientOf(tenant);
  const started = tenant.clock.now();
  const poller = await devices.beginScanForUpdates('edge-1', 'g');
  const name = /operationResults\/([0-9a-f-]{36})/.exec(poller.toString())?.[1] ?? '';
  assert.equal((await jobs.get('edge-1', name, 'g')).status, 'Running');
  assert.equal((await devices.getUpdateSummary('edge-1', 'g')).ongoingUpdateOperation, 'Scan');
  tenant.wait(2_000);
  await poller.poll();
  await poller.poll();
  assert.equal(poller.isDone(), true);
  const job = await operationsStatus.get('edge-1', name, 'g');
  assert.deepEqual([job.status, job.jobType, job.percentComplete], ['Succeeded', 'ScanForUpdates', 100]);
  assert.equal(job.id, `${tenant.deviceId('edge-1')}/operationsStatus/${name}`);
  assert.equal((await jobs.get('edge-1', name, 'g')).id, `${tenant.deviceId('edge-1')}/jobs/${name}`);
  const { deviceLastScannedDateTime, ongoingUpdateOperation } = await devices.getUpdateSummary('edge-1', 'g');
  assert.equal(deviceLastScannedDateTime?.getTime(), started + 2_000);
  assert.equal(ongoingUpdateOperation, 'None');
});

test('downloads and installations are jobs, too', async () => {
  const tenant = await withDevice();
  const { devices } = clientOf(tenant);
  for (const poller of [
    await devices.beginDownloadUpdates('edge-1', 'g'),
    await devices.beginInstallUpdates('edge-1', 'g'),
  ]) {
    tenant.wait(2_000);
    await poller.poll();
    await poller.poll();
    assert.equal(poller.isDone(), true);
  }
  const { lastDownloadJobStatus, lastInstallJobStatus } = await devices.getUpdateSummary('edge-1', 'g');
  assert.deepEqual([lastDownloadJobStatus, lastInstallJobStatus], ['Succeeded', 'Succeeded']);
});

test('the address of an ended job has an api-version of its own', async () => {
  const { onDevice, call, wait } = await withDevice();
  const { pathname, search } = new URL(
    (await onDevice('POST', 'edge-1', '/scanForUpdates')).headers.get('location') ?? '',
  );
  wait(2_000);
  const { status, headers } = await call('GET', `${pathname}${search}`);
  assert.equal(status, 202);
  assert.match(headers.get('location') ?? '', /\/operationsStatus\/[0-9a-f-]{36}\?api-version=2019-07-01$/);
  assert.equal(headers.get('azure-asyncoperation'), headers.get('location'));
});

test('an unknown job is not found', async () => {
  const tenant = await withDevice();
  const schedule = { properties: { start: '1:0:0', stop: '2:0:0', rateInMbps: 1, days: ['Monday'] } };
  const { headers } = await tenant.onDevice('PUT', 'edge-1', '/bandwidthSchedules/s', schedule);
  const name = /operationResults\/([0-9a-f-]{36})/.exec(headers.get('location') ?? '')?.[1] ?? '';
  assert.equal(await codeOf(clientOf(tenant).jobs.get('edge-1', name, 'g')), '404 GatewayUserErrorEntityNotFound');
});

const deviceAdminPassword = { value: 'c2VhbGVk', encryptionAlgorithm: 'AES256' };

test("setting the administrator's password is an operation that ends with 204, and the password is not stored", async () => {
  const tenant = await withDevice();
  const poller = await clientOf(tenant).devices.beginCreateOrUpdateSecuritySettings('edge-1', 'g', {
    deviceAdminPassword,
  });
  assert.equal(poller.isDone(), false);
  tenant.wait(2_000);
  await poller.poll();
  assert.equal(poller.isDone(), true);
  assert.equal(JSON.stringify(tenant.azure.snapshot()).includes(deviceAdminPassword.value), false);
});

test('a password without its encryption algorithm is refused', async () => {
  const { onDevice } = await withDevice();
  const body = { properties: { deviceAdminPassword: { value: 'plain' } } };
  const { status, message } = await onDevice('POST', 'edge-1', '/securitySettings/default/update', body);
  assert.equal(status, 400);
  assert.match(message, /encryptionAlgorithm/);
});

for (const path of ['/updateSummary/other', '/networkSettings/other']) {
  test(`a device has no ${path}`, async () => {
    const { onDevice } = await withDevice();
    assert.equal((await onDevice('GET', 'edge-1', path)).code, 'GatewayUserErrorEntityNotFound');
  });
}

test('a device that does not exist has none of these details', async () => {
  const { onDevice } = edgeTenant();
  for (const path of [
    '/alerts',
    '/alerts/a',
    '/nodes',
    '/networkSettings/default',
    '/updateSummary/default',
    '/jobs/1',
  ]) {
    assert.equal((await onDevice('GET', 'edge-9', path)).code, 'ParentResourceNotFound', path);
  }
  assert.equal((await onDevice('POST', 'edge-9', '/scanForUpdates')).code, 'ResourceNotFound');
});
