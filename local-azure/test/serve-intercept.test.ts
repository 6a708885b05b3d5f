import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { serve, type Served } from '../serve/index.ts';
import { newTenant, policyVault, type Tenant } from './tenant.ts';

let tenant: Tenant;
let served: Served;
let ca: string;

before(async () => {
  tenant = newTenant({ settings: { vaultDns: 0 } });
  await tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
  served = await serve(tenant.azure, { port: 0, intercept: true });
  ca = await readFile(served.addresses.caFile, 'utf8');
});
after(() => served.close());

const connectTo = async (target: string): Promise<{ status: number; socket: Socket }> => {
  const { hostname, port } = new URL(served.addresses.proxyEndpoint);
  const request = http.request({ host: hostname, port, method: 'CONNECT', path: target, agent: false });
  request.end();
  const [response, socket] = (await once(request, 'connect')) as [http.IncomingMessage, Socket];
  return { status: response.statusCode ?? 0, socket };
};

/** A GET under a name of public Azure, through the proxy. */
const get = async (host: string, path: string, headers: Record<string, string> = {}) => {
  const { status, socket } = await connectTo(`${host}:443`);
  assert.equal(status, 200);
  const options = { socket, ca, servername: host, host, path, headers, agent: false };
  const request = https.get(options as https.RequestOptions);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const body = (await json(response)) as Record<string, unknown>;
  socket.destroy();
  return { status: response.statusCode, headers: response.headers, body };
};

test('the metadata of the cloud contain the names of public Azure', async () => {
  const { body } = await get('management.azure.com', '/metadata/endpoints?api-version=2022-09-01');
  assert.equal(body['name'], 'AzureCloud');
  assert.equal(body['resourceManager'], 'https://management.azure.com/');
  assert.deepEqual(body['suffixes'], {
    keyVaultDns: 'vault.azure.net',
    storage: 'core.windows.net',
    mhsmDns: 'managedhsm.azure.net',
  });
});

test('a vault has its public name and challenges with the public resource', async () => {
  const token = tenant.azure.issueToken(tenant.azure.principals.owner, 'https://management.azure.com');
  const path = `${tenant.vaultId('kv-one')}?api-version=2026-02-01`;
  const { body } = await get('management.azure.com', path, { authorization: `Bearer ${token}` });
  assert.equal((body['properties'] as { vaultUri: string }).vaultUri, 'https://kv-one.vault.azure.net/');
  const { status, headers } = await get('kv-one.vault.azure.net', '/secrets/s?api-version=7.4');
  assert.equal(status, 401);
  assert.equal(
    headers['www-authenticate'],
    `Bearer authorization="https://login.microsoftonline.com/${tenant.azure.state.tenantId}", ` +
      'resource="https://vault.azure.net"',
  );
});

test('the authority certifies its public name', async () => {
  const { body } = await get('login.microsoftonline.com', '/common/discovery/instance?api-version=1.1');
  const [metadata] = body['metadata'] as { aliases: string[] }[];
  assert.deepEqual(metadata?.aliases, ['login.microsoftonline.com']);
});

const refused: [target: string, status: number][] = [
  ['example.com:443', 403],
  ['azcliprod.blob.core.windows.net:443', 502],
  ['management.azure.com:80', 403],
  ['management.azure.com.example.com:443', 403],
];

for (const [target, status] of refused) {
  test(`the intercepting proxy still answers ${target} with ${status}`, async () => {
    const answer = await connectTo(target);
    answer.socket.destroy();
    assert.equal(answer.status, status);
  });
}

test('the names of public Azure are refused unless interception is enabled', async () => {
  const plain = await serve(tenant.azure, { port: 0 });
  const { hostname, port } = new URL(plain.addresses.proxyEndpoint);
  const request = http.request({ host: hostname, port, method: 'CONNECT', path: 'management.azure.com:443' });
  request.end();
  const [response, socket] = (await once(request, 'connect')) as [http.IncomingMessage, Socket];
  socket.destroy();
  assert.equal(response.statusCode, 403);
  await plain.close();
});
