import assert from 'node:assert/strict';
import { once } from 'node:events';
import https from 'node:https';
import { after, before, test, type TestContext } from 'node:test';
import { loopbackAgent } from '../loopback-agent.ts';
import { createServerIdentity, type ServerIdentity } from '../serve/authority.ts';
import type { FetchHandler } from '../serve/exchange.ts';
import { listen, type Listening } from '../serve/listen.ts';

let identity: ServerIdentity;
let agent: https.Agent;
before(async () => {
  identity = await createServerIdentity();
  agent = loopbackAgent(identity.ca);
});
after(() => agent.destroy());

/** Closed after the test, also after one that ran out of time. */
const serving = async (t: TestContext, handle: FetchHandler): Promise<Listening> => {
  const server = await listen(handle, identity, 0);
  t.after(() => server.close());
  return server;
};

type Answer = { status: number | undefined; headers: NodeJS.Dict<string | string[]>; text: string; reused: boolean };

const send = async (url: string, options: https.RequestOptions & { body?: string } = {}): Promise<Answer> => {
  const request = https.request(url, { agent, ...options });
  request.end(options.body);
  const [response] = (await once(request, 'response')) as [AsyncIterable<Buffer> & { statusCode?: number } & Answer];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return {
    status: response.statusCode,
    headers: response.headers,
    text: Buffer.concat(chunks).toString('utf8'),
    reused: request.reusedSocket,
  };
};

const empty: FetchHandler = () => Promise.resolve(new Response());

const failure = async (answer: Promise<unknown>): Promise<string | undefined> =>
  answer.then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code,
  );

test('a request arrives with its method, headers, body and the exact spelling of its path', async (t) => {
  const seen: unknown[] = [];
  const { port } = await serving(t, async (request) => {
    seen.push(request.method, request.url, request.headers.get('x-one'), await request.text());
    return Response.json({ ok: true }, { status: 201, headers: { location: 'https://elsewhere' } });
  });
  const url = `https://management.localhost:${port}//subscriptions/a//b%2Fc?api%2Dversion=1`;
  const answer = await send(url, { method: 'PUT', headers: { 'x-one': '1' }, body: 'hello' });
  assert.deepEqual(seen, ['PUT', url, '1', 'hello']);
  assert.equal(answer.status, 201);
  assert.equal(answer.headers['location'], 'https://elsewhere');
  assert.equal(answer.text, '{"ok":true}');
});

test('the certificate covers every host of the local Azure, including vaults of any name', async (t) => {
  const { port } = await serving(t, (request) => Promise.resolve(new Response(new URL(request.url).hostname)));
  for (const name of ['management', 'login', 'graph', 'vault', 'ase-edge1.vault', 'account.blob', 'control']) {
    const { text } = await send(`https://${name}.localhost:${port}/`);
    assert.equal(text, `${name}.localhost`);
  }
});

test('a client that does not trust the authority refuses the server', async (t) => {
  const { port } = await serving(t, empty);
  const stranger = loopbackAgent((await createServerIdentity()).ca);
  t.after(() => stranger.destroy());
  const code = await failure(send(`https://localhost:${port}/`, { agent: stranger }));
  assert.equal(code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
});

test('a connection is kept alive between requests', async (t) => {
  const { port } = await serving(t, empty);
  await send(`https://localhost:${port}/`);
  assert.equal((await send(`https://localhost:${port}/`)).reused, true);
});

test('an answer without content has neither body nor length', async (t) => {
  const { port } = await serving(t, () => Promise.resolve(new Response(null, { status: 204 })));
  const { status, headers } = await send(`https://localhost:${port}/`, { method: 'DELETE' });
  assert.equal(status, 204);
  assert.equal(headers['content-length'], undefined);
});

test('a handler that throws drops the connection', async (t) => {
  const { port } = await serving(t, () => Promise.reject(Object.assign(new Error('lost'), { code: 'ECONNRESET' })));
  assert.equal(await failure(send(`https://localhost:${port}/`)), 'ECONNRESET');
});

/** Never answers, and tells when a request has come. */
const silent = () => {
  const arrived = Promise.withResolvers<AbortSignal>();
  const handle: FetchHandler = (request) => {
    arrived.resolve(request.signal);
    return new Promise(() => {});
  };
  return { handle, arrived: arrived.promise };
};

test("a client that disconnects aborts the request's signal", async (t) => {
  const { handle, arrived } = silent();
  const { port } = await serving(t, handle);
  const client = new AbortController();
  const sent = failure(send(`https://localhost:${port}/`, { signal: client.signal }));
  const signal = await arrived;
  assert.equal(signal.aborted, false);
  client.abort();
  if (!signal.aborted) await once(signal, 'abort');
  assert.equal(await sent, 'ABORT_ERR');
});

test('closing ends calls that never get an answer', async (t) => {
  const { handle, arrived } = silent();
  const server = await listen(handle, identity, 0);
  const client = new AbortController();
  t.after(() => client.abort());
  const sent = failure(send(`https://localhost:${server.port}/`, { signal: client.signal }));
  await arrived;
  await server.close();
  assert.equal(await sent, 'ECONNRESET');
});

test('a port in use is refused', async (t) => {
  const { port } = await serving(t, empty);
  assert.equal(await failure(listen(empty, identity, port)), 'EADDRINUSE');
});

const inexpressible: [what: string, status: number, options: https.RequestOptions][] = [
  ['TRACE', 405, { method: 'TRACE' }],
  ['a request of the server itself', 400, { method: 'OPTIONS', path: '*' }],
  ['an invalid host', 400, { headers: { host: 'a b' } }],
  ['a host with a user name', 400, { headers: { host: 'me@management.localhost' } }],
];

for (const [what, status, options] of inexpressible) {
  test(`${what} is answered with ${status} and reaches no handler`, async (t) => {
    let reached = false;
    const { port } = await serving(t, () => {
      reached = true;
      return Promise.resolve(new Response());
    });
    const servername = 'management.localhost';
    const answer = await send(`https://${servername}:${port}/`, { servername, ...options });
    assert.equal(answer.status, status);
    assert.equal(reached, false);
  });
}

test('a body beyond the limit of Azure is refused, and is never held as a whole', async (t) => {
  const seen: string[] = [];
  const { port } = await serving(t, (request) => {
    seen.push(request.method);
    return Promise.resolve(new Response());
  });
  const url = `https://management.localhost:${port}/`;
  const most = 4 * 1024 * 1024;
  assert.equal((await send(url, { method: 'PUT', body: 'x'.repeat(most) })).status, 200);
  const refused = await send(url, { method: 'POST', body: 'x'.repeat(most + 1) });
  assert.equal(refused.status, 413);
  assert.match(refused.text, /"code":"RequestContentTooLarge"/);
  assert.deepEqual(seen, ['PUT']);
});
