import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { listenAsProxy } from '../serve/proxy.ts';
import { loopbackAgent } from '../loopback-agent.ts';
import { serve, type Served } from '../serve/index.ts';
import { newTenant, policyVault, type Tenant } from './tenant.ts';

let tenant: Tenant;
let served: Served;
let ca: string;

before(async () => {
  tenant = newTenant({ clock: { now: () => Date.now() }, settings: { vaultDns: 300 } });
  served = await serve(tenant.azure, { port: 0 });
  ca = await readFile(served.addresses.caFile, 'utf8');
});
after(() => served.close());

const makeVault = (name: string) =>
  tenant.as('owner').keyVault.vaults.createOrUpdate('g', name, policyVault(tenant)).submitted();

type Connected = { status: number; socket: Socket; reason: string };

/** Asks the proxy for a connection. */
const throughProxy = async (target: string): Promise<Connected> => {
  const { hostname, port } = new URL(served.addresses.proxyEndpoint);
  const request = http.request({ host: hostname, port, method: 'CONNECT', path: target, agent: false });
  request.end();
  const [response, socket, first] = (await once(request, 'connect')) as [http.IncomingMessage, Socket, Buffer];
  const status = response.statusCode ?? 0;
  const reason = status === 200 ? '' : first.toString() + (await text(socket));
  return { status, socket, reason };
};

const statusOf = async (options: https.RequestOptions): Promise<number | undefined> => {
  const request = https.request(options);
  request.end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.resume();
  return response.statusCode;
};

/** The status of a request to a vault without a token, straight to the server. */
const askVault = async (name: string): Promise<number | undefined> => {
  const agent = loopbackAgent(ca);
  try {
    return await statusOf({ host: `${name}.vault.localhost`, port: served.addresses.port, path: '/secrets/s', agent });
  } finally {
    agent.destroy();
  }
};

test('the proxy connects to the local Azure, whose certificate names the requested host', async () => {
  const { port } = served.addresses;
  const { status, socket } = await throughProxy(`management.localhost:${port}`);
  assert.equal(status, 200);
  const path = '/metadata/endpoints?api-version=2022-09-01';
  const host = 'management.localhost';
  assert.equal(await statusOf({ socket, ca, servername: host, host, path, agent: false } as https.RequestOptions), 200);
  socket.destroy();
});

const elsewhere: [what: string, targetFor: (port: number) => string][] = [
  ['a host outside this machine', () => 'login.microsoftonline.com:443'],
  ['another port of this machine', () => 'management.localhost:443'],
  ['an address', (port) => `127.0.0.1:${port}`],
  ['a name with only the same ending', (port) => `evil-localhost:${port}`],
  ['no host', (port) => `:${port}`],
];

for (const [what, targetFor] of elsewhere) {
  test(`the proxy refuses ${what} and names it`, async () => {
    const target = targetFor(served.addresses.port);
    const { status, reason } = await throughProxy(target);
    assert.equal(status, 403);
    assert.equal(reason, `Refused ${target}: only *.localhost:${served.addresses.port} can be reached from here.\n`);
  });
}

test('the proxy refuses plain requests', async () => {
  const request = http.get(served.addresses.proxyEndpoint, { path: 'http://management.localhost/', agent: false });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.resume();
  assert.equal(response.statusCode, 403);
});

test('the proxy fails for an unknown vault, as a resolver would', async () => {
  const { status, reason } = await throughProxy(`no-such-vault.vault.localhost:${served.addresses.port}`);
  assert.equal(status, 502);
  assert.equal(reason, 'The name no-such-vault.vault.localhost does not resolve.\n');
});

test('the proxy waits for the name of a new vault', async () => {
  await makeVault('kv-proxy');
  const { status, socket } = await throughProxy(`kv-proxy.vault.localhost:${served.addresses.port}`);
  assert.equal(status, 200);
  socket.destroy();
});

test('a request to a new vault waits for its name and is answered', async () => {
  await makeVault('kv-new');
  assert.equal(await askVault('kv-new'), 401);
});

test('the connection of a request to an unknown vault is dropped', async () => {
  await assert.rejects(askVault('no-such-vault'), { code: 'ECONNRESET' });
});

test('closing ends tunnels, even one that still waits for a name', async () => {
  const another = newTenant({ clock: { now: () => Date.now() }, settings: { vaultDns: 3_600_000 } });
  const late = await serve(another.azure, { port: 0 });
  await another.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-late', policyVault(another)).submitted();
  const { hostname, port } = new URL(late.addresses.proxyEndpoint);
  const waiting = connect(Number(port), hostname);
  waiting.write(
    `CONNECT kv-late.vault.localhost:${late.addresses.port} HTTP/1.1\r\nHost: kv-late.vault.localhost\r\n\r\n`,
  );
  const open = connect(Number(port), hostname);
  open.write(`CONNECT login.localhost:${late.addresses.port} HTTP/1.1\r\nHost: login.localhost\r\n\r\n`);
  await once(open, 'data');
  const ended = Promise.all([once(waiting, 'close'), once(open, 'close')]);
  await late.close();
  await ended;
});

test('the proxy stops waiting for a name when its client disconnects', async () => {
  const asked = Promise.withResolvers<AbortSignal>();
  const resolves = async (_: string, gone: AbortSignal): Promise<boolean> => {
    asked.resolve(gone);
    await once(gone, 'abort');
    return false;
  };
  const proxy = await listenAsProxy(0, { port: 8443, intercept: false, resolves });
  const client = connect(proxy.port, '127.0.0.1');
  client.write('CONNECT kv-late.vault.localhost:8443 HTTP/1.1\r\nHost: kv-late.vault.localhost\r\n\r\n');
  const gone = await asked.promise;
  client.destroy();
  if (!gone.aborted) await once(gone, 'abort');
  await proxy.close();
});
