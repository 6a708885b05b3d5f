import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { certificateInPkcs12 } from '../certificates.ts';
import {
  clientOf,
  edgeApi,
  edgeTenant,
  makeVault,
  preparedDevice,
  putChannelIntegrityKey,
  type EdgeTenant,
} from './edge.ts';
import { openWithWebCrypto } from './open-encryption-key.ts';

type Device = {
  identity?: { type: string; principalId: string; tenantId: string };
  tags: Record<string, string>;
  properties: Record<string, unknown>;
} & Record<string, unknown>;

const order = { location: 'westeurope', sku: { name: 'EdgeP_Base', tier: 'standard' }, tags: { team: 'a' } };

const extendedInformation = async (tenant: EdgeTenant, apiVersion = edgeApi): Promise<Record<string, unknown>> => {
  const { body } = await tenant.onDevice('POST', 'edge-1', '/getExtendedInformation', undefined, apiVersion);
  return (body as { properties: Record<string, unknown> }).properties;
};

test('a new device is created at once, with 200, ready to be set up', async () => {
  const { onDevice, deviceId } = edgeTenant();
  const { status, body } = await onDevice('PUT', 'edge-1', '', order);
  const { id, type, kind, sku, tags, properties } = body as Device;
  assert.equal(status, 200);
  assert.deepEqual(
    { id, type, kind, sku, tags },
    {
      id: deviceId('edge-1'),
      type: 'Microsoft.DataBoxEdge/dataBoxEdgeDevices',
      kind: 'AzureStackEdge',
      sku: { name: 'EdgeP_Base', tier: 'Standard' },
      tags: { team: 'a' },
    },
  );
  assert.equal(properties['dataBoxEdgeDeviceStatus'], 'ReadyToSetup');
  assert.equal(properties['nodeCount'], 0);
});

test('only the answer to a change contains the details of a move', async () => {
  const { onDevice } = edgeTenant();
  const made = (await onDevice('PUT', 'edge-1', '', order)).body as Device;
  const shown = (await onDevice('GET', 'edge-1')).body as Device;
  assert.deepEqual(made.properties['resourceMoveDetails'], { operationInProgress: 'None' });
  assert.equal('resourceMoveDetails' in shown.properties, false);
});

test('an etag contains the time of the last change twice', async () => {
  const { onDevice, wait } = edgeTenant();
  await onDevice('PUT', 'edge-1', '', order);
  wait(1500);
  const { etag } = (await onDevice('PATCH', 'edge-1', '', { tags: {} })).body as Device;
  const times = [`2026-01-01T00%3A00%3A01.5000000Z`, `2026-01-01T00%3A00%3A01.5060000Z`];
  assert.equal(etag, times.map((time) => `W/"datetime'${time}'"`).join('_'));
});

test('PATCH may name the subscription of the edge profile', async () => {
  const { onDevice } = edgeTenant();
  await onDevice('PUT', 'edge-1', '', order);
  const edgeProfile = { subscription: { id: '/subscriptions/edge' } };
  const { properties, tags } = (await onDevice('PATCH', 'edge-1', '', { edgeProfile })).body as Device;
  const { subscription } = properties['edgeProfile'] as { subscription: Record<string, string> };
  assert.deepEqual([subscription['id'], subscription['state']], ['/subscriptions/edge', 'Registered']);
  assert.deepEqual(tags, { team: 'a' });
});

test('a device without an identity shows none, and PATCH adds one', async () => {
  const { onDevice, azure } = edgeTenant();
  const without = (await onDevice('PUT', 'edge-1', '', order)).body as Device;
  assert.equal(without.identity, undefined);
  const { identity } = (await onDevice('PATCH', 'edge-1', '', { identity: { type: 'SystemAssigned' } })).body as Device;
  assert.equal(azure.state.principals[identity?.principalId ?? '']?.kind, 'managedIdentity');
  assert.equal(identity?.tenantId, azure.state.tenantId);
});

test('a repeated PUT of a device keeps its identity, its key and its age, and replaces its tags', async () => {
  const tenant = edgeTenant();
  const principalId = await tenant.orderDevice('edge-1');
  const { resourceKey } = await extendedInformation(tenant);
  const again = (await tenant.onDevice('PUT', 'EDGE-1', '', order)).body as Device;
  assert.equal(again.identity?.principalId, principalId);
  assert.equal(again['name'], 'edge-1');
  assert.deepEqual(again.tags, { team: 'a' });
  assert.equal((await extendedInformation(tenant))['resourceKey'], resourceKey);
});

test('an identity that is removed and added again is another principal', async () => {
  const { orderDevice, onDevice, azure } = edgeTenant();
  const first = await orderDevice('edge-1');
  await onDevice('PATCH', 'edge-1', '', { identity: { type: 'None' } });
  assert.equal(azure.state.principals[first], undefined);
  assert.notEqual(await orderDevice('edge-1'), first);
});

test('a device cannot be moved to another region', async () => {
  const { onDevice } = edgeTenant();
  await onDevice('PUT', 'edge-1', '', order);
  const { status, code } = await onDevice('PUT', 'edge-1', '', { ...order, location: 'eastus' });
  assert.deepEqual([status, code], [409, 'InvalidResourceLocation']);
});

for (const name of ['e', '-edge', 'edge-', 'edge_1', 'e'.repeat(51)]) {
  test(`'${name}' is not a valid name for a device`, async () => {
    const { status, code } = await edgeTenant().onDevice('PUT', name, '', order);
    assert.deepEqual([status, code], [400, 'InvalidResourceName']);
  });
}

test('lists of the group and of the subscription show devices without their properties', async () => {
  const { call, orderDevice, group, subscriptionId } = edgeTenant();
  await orderDevice('edge-1');
  await orderDevice('edge-2');
  for (const scope of [group.toUpperCase(), `/subscriptions/${subscriptionId}`]) {
    const path = `${scope}/providers/microsoft.databoxedge/databoxedgedevices`;
    const { body } = await call('GET', path, { apiVersion: edgeApi });
    const { value } = body as { value: Device[] };
    assert.deepEqual(
      value.map(({ name }) => name),
      ['edge-1', 'edge-2'],
    );
    assert.equal(
      value.some((device) => 'properties' in device),
      false,
    );
  }
});

test('a device that does not exist is not found, whatever the request', async () => {
  const { onDevice } = edgeTenant();
  const actions = ['generateCertificate', 'uploadCertificate', 'getExtendedInformation', 'updateExtendedInformation'];
  const answers = [
    await onDevice('GET', 'edge-9'),
    await onDevice('PATCH', 'edge-9', '', {}),
    ...(await Promise.all(actions.map((action) => onDevice('POST', 'edge-9', `/${action}`, {})))),
  ];
  assert.deepEqual(
    answers.map(({ status, code }) => `${status} ${code}`),
    answers.map(() => '404 ResourceNotFound'),
  );
});

test('a deletion ends at its Location with 204, and deletes the identity with the device', async () => {
  const { orderDevice, onDevice, call, wait, azure } = edgeTenant();
  const principalId = await orderDevice('edge-1');
  const { status, headers } = await onDevice('DELETE', 'edge-1');
  assert.equal(status, 202);
  const location = new URL(headers.get('location') ?? '');
  const poll = async () => (await call('GET', `${location.pathname}${location.search}`)).status;
  assert.equal(await poll(), 202);
  wait(5_000);
  assert.equal(await poll(), 204);
  assert.equal((await onDevice('GET', 'edge-1')).status, 404);
  assert.equal(azure.state.principals[principalId], undefined);
});

test('a device cannot be changed while it is being deleted', async () => {
  const { orderDevice, onDevice } = edgeTenant();
  await orderDevice('edge-1');
  await onDevice('DELETE', 'edge-1');
  for (const method of ['PUT', 'PATCH']) assert.equal((await onDevice(method, 'edge-1', '', order)).status, 409);
});

test('names of built-in object properties are not operations', async () => {
  const { orderDevice, onDevice } = edgeTenant();
  await orderDevice('edge-1');
  const { status, code } = await onDevice('GET', 'edge-1', '/operationResults/constructor');
  assert.deepEqual([status, code], [404, 'GatewayUserErrorEntityNotFound']);
});

test('deleting a missing device returns 204', async () => {
  assert.equal((await edgeTenant().onDevice('DELETE', 'edge-9')).status, 204);
});

test('every certificate is new, and valid for three days by the clock', async () => {
  const { orderDevice, onDevice, clock } = edgeTenant();
  await orderDevice('edge-1');
  type Generated = { publicKey: string; privateKey: string; expiryTimeInUTC: string };
  const generate = async () => (await onDevice('POST', 'edge-1', '/generateCertificate')).body as Generated;
  const [first, second] = [await generate(), await generate()];
  assert.notEqual(first.publicKey, second.publicKey);
  assert.equal(first.expiryTimeInUTC, '2026-01-04T00:00:00Z');
  const certificate = new X509Certificate(Buffer.from(first.publicKey, 'base64'));
  assert.match(certificate.subject.replaceAll('\\00', ''), /^CN=CB_Portal_\d{18}$/);
  assert.equal(certificate.validFromDate.getTime(), clock.now() - 600_000);
  assert.equal(certificate.validToDate.getTime(), Date.parse(first.expiryTimeInUTC));
  assert.equal(certificateInPkcs12(first.privateKey)?.fingerprint, certificate.fingerprint);
});

test('the answer to an upload is flat, with the same resource id at every call', async () => {
  const { orderDevice, onDevice, azure } = edgeTenant();
  await orderDevice('edge-1');
  const upload = async () => {
    const { publicKey } = (await onDevice('POST', 'edge-1', '/generateCertificate')).body as { publicKey: string };
    const { body } = await onDevice('POST', 'edge-1', '/uploadCertificate', { properties: { certificate: publicKey } });
    return body as Record<string, string>;
  };
  const [first, second] = [await upload(), await upload()];
  assert.deepEqual(first, second);
  const resourceId = first['resourceId'] ?? '';
  assert.match(resourceId, /^[1-8]\d{18}$/);
  assert.equal(first['aadAudience'], `https://azuredataboxedge/westeurope/${resourceId}/${resourceId}`);
  assert.equal(first['authType'], 'AzureActiveDirectory');
  assert.equal(first['aadAuthority'], 'https://login.localhost');
  assert.notEqual(first['aadTenantId'], azure.state.tenantId);
});

test('an upload without a certificate is refused', async () => {
  const { orderDevice, onDevice } = edgeTenant();
  await orderDevice('edge-1');
  const nonsense = { properties: { certificate: 'bm9uc2Vuc2U=' } };
  assert.equal((await onDevice('POST', 'edge-1', '/uploadCertificate', nonsense)).status, 400);
});

test('an unlinked device has a resource key and no encryption key', async () => {
  const tenant = edgeTenant();
  await tenant.orderDevice('edge-1');
  const { resourceKey, ...rest } = await extendedInformation(tenant);
  assert.match(String(resourceKey), /^\d{19}$/);
  assert.deepEqual(rest, { keyVaultSyncStatus: 'KeyVaultNotConfigured' });
});

test('a linked device shows its link, and an encryption key that only the linked secret decrypts', async () => {
  const tenant = await preparedDevice();
  const { encryptionKey, encryptionKeyThumbprint, resourceKey, ...rest } = await extendedInformation(tenant);
  assert.deepEqual(rest, { ...tenant.link, keyVaultSyncStatus: 'KeyVaultNotSynced' });
  assert.equal(typeof resourceKey, 'string');
  const certificate = await openWithWebCrypto(String(encryptionKey), tenant.cik);
  const { fingerprint } = new X509Certificate(Buffer.from(certificate, 'base64'));
  assert.equal(fingerprint.replaceAll(':', ''), encryptionKeyThumbprint);
  await assert.rejects(openWithWebCrypto(String(encryptionKey), 'another key'));
});

test('the answer to a new link omits the sync status', async () => {
  const { onDevice, link } = await preparedDevice();
  const { body } = await onDevice('POST', 'edge-1', '/updateExtendedInformation', link);
  assert.equal('keyVaultSyncStatus' in (body as { properties: object }).properties, false);
});

test('a link to another version of the key encrypts the encryption key again', async () => {
  const tenant = await preparedDevice();
  const { value, link } = await putChannelIntegrityKey(tenant, 'edge-vault');
  await tenant.onDevice('POST', 'edge-1', '/updateExtendedInformation', link);
  const { encryptionKey } = await extendedInformation(tenant);
  await assert.doesNotReject(openWithWebCrypto(String(encryptionKey), value));
});

test('the same link sent again changes nothing', async () => {
  const tenant = await preparedDevice();
  const before = await extendedInformation(tenant);
  await tenant.onDevice('POST', 'edge-1', '/updateExtendedInformation', tenant.link);
  assert.deepEqual(await extendedInformation(tenant), before);
});

test('a link to a missing key is accepted, as by the real service, and leaves the encryption key unchanged', async () => {
  const tenant = await preparedDevice();
  const { encryptionKey } = await extendedInformation(tenant);
  const wrong = { ...tenant.link, channelIntegrityKeyVersion: 'f'.repeat(32) };
  assert.equal((await tenant.onDevice('POST', 'edge-1', '/updateExtendedInformation', wrong)).status, 200);
  assert.equal((await extendedInformation(tenant))['encryptionKey'], encryptionKey);
});

test('a link to a key with the name of a built-in object property is a link to a missing key', async () => {
  const tenant = await preparedDevice();
  const before = await extendedInformation(tenant);
  const { status } = await tenant.onDevice('POST', 'edge-1', '/updateExtendedInformation', {
    channelIntegrityKeyName: 'constructor',
  });
  assert.equal(status, 200);
  assert.equal((await extendedInformation(tenant))['encryptionKey'], before['encryptionKey']);
});

test('KeyVaultSyncPending is the only sync status that may be set', async () => {
  const tenant = await preparedDevice();
  const set = (syncStatus: string) => tenant.onDevice('POST', 'edge-1', '/updateExtendedInformation', { syncStatus });
  assert.equal((await set('KeyVaultSynced')).status, 400);
  const { body } = await set('KeyVaultSyncPending');
  assert.equal(
    (body as { properties: Record<string, unknown> }).properties['keyVaultSyncStatus'],
    'KeyVaultSyncPending',
  );
});

test('versions from 2023 on show a cluster witness', async () => {
  const { onDevice, orderDevice } = edgeTenant();
  await orderDevice('edge-1');
  const { body } = await onDevice('POST', 'edge-1', '/getExtendedInformation', undefined, '2023-12-01');
  const { properties } = body as Device;
  assert.equal(properties['clusterWitnessType'], 'None');
});

test('a link may be sent in the other JSON content type of the older clients', async () => {
  const tenant = await preparedDevice();
  const { status, body } = await tenant.call('POST', `${tenant.deviceId('edge-1')}/updateExtendedInformation`, {
    apiVersion: edgeApi,
    body: { ...tenant.link, channelIntegrityKeyName: 'another' },
    headers: { 'content-type': 'application/json-patch+json' },
  });
  assert.equal(status, 200);
  assert.equal((body as Device).properties['channelIntegrityKeyName'], 'another');
});

test('the secrets of a device are returned only on request', async () => {
  const { onDevice, orderDevice } = edgeTenant();
  await orderDevice('edge-1');
  const tellsSecrets = async (query: string): Promise<boolean> => {
    const { body } = await onDevice('POST', 'edge-1', `/getExtendedInformation${query}`);
    return 'deviceSecrets' in (body as Device).properties;
  };
  assert.equal(await tellsSecrets(''), false);
  assert.equal(await tellsSecrets('?$expand=deviceSecrets'), true);
});

test('reading extended information is not a write, and updating it is a write', async () => {
  const { azure } = await preparedDevice();
  const writes = azure.requests.filter(({ write }) => write).map(({ action }) => action);
  assert.equal(writes.includes('Microsoft.DataBoxEdge/dataBoxEdgeDevices/updateExtendedInformation/action'), true);
  assert.equal(writes.includes('Microsoft.DataBoxEdge/dataBoxEdgeDevices/getExtendedInformation/action'), false);
});

test('a reader may read a device and not create a key for it', async () => {
  const { call, orderDevice, deviceId } = edgeTenant();
  await orderDevice('edge-1');
  const as = 'reader';
  assert.equal((await call('GET', deviceId('edge-1'), { as, apiVersion: edgeApi })).status, 200);
  const refused = await call('POST', `${deviceId('edge-1')}/generateCertificate`, { as, apiVersion: edgeApi });
  assert.equal(refused.code, 'AuthorizationFailed');
  assert.match(refused.message, /'Microsoft\.DataBoxEdge\/dataBoxEdgeDevices\/generateCertificate\/action'/);
});

test('the official client creates, links, lists and deletes a device', async () => {
  const tenant = edgeTenant();
  const { devices } = clientOf(tenant);
  const device = await devices.createOrUpdate('edge-1', 'g', {
    location: 'westeurope',
    sku: { name: 'EdgeP_Base' },
    identity: { type: 'SystemAssigned' },
  });
  await makeVault(tenant, 'edge-vault', device.identity?.principalId ?? '', ['get', 'set']);
  const { link } = await putChannelIntegrityKey(tenant, 'edge-vault');
  await devices.updateExtendedInformation('edge-1', 'g', link);
  const extended = await devices.getExtendedInformation('edge-1', 'g');
  assert.equal(extended.channelIntegrityKeyVersion, link.channelIntegrityKeyVersion);
  assert.equal(extended.keyVaultSyncStatus, 'KeyVaultNotSynced');
  const { publicKey = '' } = await devices.generateCertificate('edge-1', 'g');
  const uploaded = await devices.uploadCertificate('edge-1', 'g', { certificate: publicKey });
  assert.equal(uploaded.resourceId, extended.resourceKey);
  const names = [];
  for await (const { name } of devices.listByResourceGroup('g')) names.push(name);
  assert.deepEqual(names, ['edge-1']);
  const deletion = await devices.beginDelete('edge-1', 'g', { updateIntervalInMs: 1 });
  assert.equal(deletion.isDone(), false);
  tenant.wait(5_000);
  await deletion.poll();
  assert.equal(deletion.isDone(), true);
});

test('the devices of a deleted group are deleted with their identities', async () => {
  const { orderDevice, call, wait, group, onDevice, azure } = edgeTenant();
  const principalId = await orderDevice('edge-1');
  await call('DELETE', group, { apiVersion: '2021-04-01' });
  wait(60_000);
  azure.control.putGroup({ name: 'g', location: 'westeurope' });
  assert.equal((await onDevice('GET', 'edge-1')).status, 404);
  assert.equal(azure.state.principals[principalId], undefined);
});
