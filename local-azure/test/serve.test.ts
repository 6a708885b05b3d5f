import { DataBoxEdgeManagementClient } from '@azure/arm-databoxedge';
import { KeyVaultManagementClient } from '@azure/arm-keyvault';
import { ClientSecretCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import https, { type Agent } from 'node:https';
import { after, before, test } from 'node:test';
import { connectControl, type ControlClient } from '../control-client.ts';
import { loopbackAgent } from '../loopback-agent.ts';
import { serve, type Served } from '../serve/index.ts';
import { edgeTenant, type EdgeTenant } from './edge.ts';
import { policyVault } from './tenant.ts';

let tenant: EdgeTenant;
let served: Served;
let agent: Agent;
let control: ControlClient;

before(async () => {
  tenant = edgeTenant();
  served = await serve(tenant.azure, { port: 0 });
  agent = loopbackAgent(await readFile(served.addresses.caFile, 'utf8'));
  control = await connectControl(served.addresses);
});
after(async () => {
  control.close();
  agent.destroy();
  await served.close();
});

/** The official clients as a program would make them, signed in as the owner. */
const clients = () => {
  const { armEndpoint, authorityHost } = served.addresses;
  const { clientId, clientSecret = '' } = tenant.azure.principals.owner;
  const credential = new ClientSecretCredential(tenant.azure.state.tenantId, clientId, clientSecret, {
    authorityHost,
    disableInstanceDiscovery: true,
    agent,
  });
  const transport = { agent, retryOptions: { maxRetries: 0 } };
  const options = { ...transport, endpoint: armEndpoint };
  return {
    devices: new DataBoxEdgeManagementClient(credential, tenant.subscriptionId, options).devices,
    vaults: new KeyVaultManagementClient(credential, tenant.subscriptionId, options).vaults,
    secrets: (vaultUri: string) => new SecretClient(vaultUri, credential, transport),
  };
};

test('the official clients sign in, create a device and store a secret over TLS', async () => {
  const { devices, vaults, secrets } = clients();
  const device = await devices.createOrUpdate('edge-tls', 'g', {
    location: 'westeurope',
    sku: { name: 'EdgeP_Base' },
    identity: { type: 'SystemAssigned' },
  });
  assert.equal(device.dataBoxEdgeDeviceStatus, 'ReadyToSetup');
  const { owner } = tenant.azure.principals;
  const creation = vaults.createOrUpdate(
    'g',
    'tls-vault',
    policyVault(tenant, { objectId: owner.objectId, secrets: ['all'] }),
  );
  await creation.submitted();
  tenant.wait(10_000);
  const { properties } = await vaults.get('g', 'tls-vault');
  assert.equal(properties.vaultUri, `https://tls-vault.vault.localhost:${served.addresses.port}/`);
  const { value } = await secrets(properties.vaultUri).setSecret('name', 'value');
  assert.equal(value, 'value');
});

test('a lost answer drops the connection, although the call was executed', async () => {
  const { devices } = clients();
  await devices.listByResourceGroup('g').next();
  await control.call('addFault', { method: 'PUT', path: 'edge-lost', times: 1, action: 'loseAnswer' });
  const put = devices.createOrUpdate('edge-lost', 'g', { location: 'westeurope', sku: { name: 'EdgeP_Base' } });
  await assert.rejects(put, { code: 'ECONNRESET' });
  assert.equal((await devices.get('edge-lost', 'g')).name, 'edge-lost');
});

test('a hanging call ends when its client aborts it', async () => {
  const { devices } = clients();
  await control.call('addFault', { method: 'GET', path: 'edge-hangs', action: 'hang' });
  const client = new AbortController();
  const hanging = assert.rejects(devices.get('edge-hangs', 'g', { abortSignal: client.signal }), {
    name: 'AbortError',
  });
  while (!(await control.requests()).some(({ path }) => path.endsWith('/edge-hangs')));
  client.abort();
  await hanging;
});

test('the control host calls functions and returns their results', async () => {
  await control.call('clearFaults');
  const fault = await control.call('addFault', { path: 'nowhere', action: 'refuse' });
  assert.deepEqual(await control.call('listFaults'), [fault]);
  assert.deepEqual(fault, { id: fault.id, path: 'nowhere', action: 'refuse', matched: 0, fired: 0 });
});

test('the control host returns the reason of a failed function', async () => {
  await assert.rejects(control.call('softDeleteVault', { vaultName: 'no-such-vault' }), {
    message: "There is no vault 'no-such-vault'.",
  });
});

test('the control host returns the request log', async () => {
  await control.call('clearRequests');
  await clients()
    .devices.get('edge-log', 'g')
    .catch(() => undefined);
  const entry = (await control.requests()).find(({ path }) => path.endsWith('/edge-log'));
  assert.equal(entry?.action, 'Microsoft.DataBoxEdge/dataBoxEdgeDevices/read');
  assert.equal(entry.principal, 'owner');
  assert.equal(entry.status, 404);
});

test('a foreign name that resolves to loopback does not reach the control host', async () => {
  const { port } = served.addresses;
  const request = https.request(`https://control.localhost:${port}/requests`, {
    agent,
    servername: 'control.localhost',
    headers: { host: 'rebound.example.com' },
  });
  request.end();
  await assert.rejects(once(request, 'response'), { code: 'ECONNRESET' });
});

test('the control host pastes a key into a device', async () => {
  await tenant.orderDevice('edge-paste');
  assert.deepEqual(await control.activateDevice('edge-paste', 'no key'), {
    activated: false,
    code: 'KeyMalformed',
    message: 'This is not an activation key: expected base64, "#" and sixteen hex characters.',
  });
});

test('closing removes the file of the authority', async () => {
  const another = await serve(tenant.azure, { port: 0 });
  assert.equal(existsSync(another.addresses.caFile), true);
  await another.close();
  assert.equal(existsSync(another.addresses.caFile), false);
});
