import assert from 'node:assert/strict';
import { once } from 'node:events';
import https from 'node:https';
import { after, before, test } from 'node:test';
import { loopbackAgent } from '../../local-azure/loopback-agent.ts';
import { createServerIdentity, type ServerIdentity } from '../../local-azure/serve/authority.ts';
import type { FetchHandler } from '../../local-azure/serve/exchange.ts';
import { listen, type Listening } from '../../local-azure/serve/listen.ts';

let identity: ServerIdentity;
let agent: https.Agent;
before(async () => {
  identity = await createServerIdentity();
  agent = loopbackAgent(identity.ca);
});
after(() => agent.destroy());

const serving = async (handle: FetchHandler, use: (server: Listening) => Promise<void>): Promise<void> => {
  const server = await listen(handle, identity, 0);
  try {
    await use(server);
  } finally {
    await server.close();
  }
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

const failure = async (answer: Promise<unknown>): Promise<string | undefined> =>
  answer.then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code,
  );

test('a request arrives with its method, headers, body and the exact spelling of its path', async () => {
  const seen: unknown[] = [];
  const handle: FetchHandler = async (request) => {
    seen.push(request.method, request.url, request.headers.get('x-one'), await request.text());
    return Response.json({ ok: true }, { status: 201, headers: { location: 'https://elsewhere' } });
  };
  await serving(handle, async ({ port }) => {
    const path = '//subscriptions/a//b%2Fc?api%2Dversion=1';
    const answer = await send(`https://management.localhost:${port}${path}`, {
      method: 'PUT',
      headers: { 'x-one': '1' },
      body: 'hello',
    });
    assert.deepEqual(seen, ['PUT', `https://management.localhost:${port}${path}`, '1', 'hello']);
    assert.equal(answer.status, 201);
    assert.equal(answer.headers['location'], 'https://elsewhere');
    assert.equal(answer.text, '{"ok":true}');
  });
});

test('every host of the local Azure is in the certificate, vaults of any name included', async () => {
  const handle: FetchHandler = (request) => Promise.resolve(new Response(new URL(request.url).hostname));
  const hosts = ['management', 'login', 'graph', 'vault', 'ase-edge1.vault', 'account.blob', 'control'];
  await serving(handle, async ({ port }) => {
    for (const name of hosts) {
      const { text } = await send(`https://${name}.localhost:${port}/`);
      assert.equal(text, `${name}.localhost`);
    }
  });
});

test('a client that does not know the authority refuses the server', async () => {
  await serving(
    () => Promise.resolve(new Response()),
    async ({ port }) => {
      assert.equal(
        await failure(send(`https://localhost:${port}/`, { agent: loopbackAgent((await createServerIdentity()).ca) })),
        'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      );
    },
  );
});

test('a connection is kept alive between requests', async () => {
  await serving(
    () => Promise.resolve(new Response('x')),
    async ({ port }) => {
      await send(`https://localhost:${port}/`);
      assert.equal((await send(`https://localhost:${port}/`)).reused, true);
    },
  );
});

test('an answer without content has neither body nor length', async () => {
  await serving(
    () => Promise.resolve(new Response(null, { status: 204 })),
    async ({ port }) => {
      const { status, headers } = await send(`https://localhost:${port}/`, { method: 'DELETE' });
      assert.equal(status, 204);
      assert.equal(headers['content-length'], undefined);
    },
  );
});

test('a handler that throws is a connection that dies', async () => {
  const lost = Object.assign(new Error('lost'), { code: 'ECONNRESET' });
  await serving(
    () => Promise.reject(lost),
    async ({ port }) => {
      assert.equal(await failure(send(`https://localhost:${port}/`)), 'ECONNRESET');
    },
  );
});

test("a client that goes away aborts the request's signal", async () => {
  const arrived = Promise.withResolvers<AbortSignal>();
  const handle: FetchHandler = (request) => {
    arrived.resolve(request.signal);
    return new Promise(() => {});
  };
  await serving(handle, async ({ port }) => {
    const client = new AbortController();
    const sent = failure(send(`https://localhost:${port}/`, { signal: client.signal }));
    const signal = await arrived.promise;
    assert.equal(signal.aborted, false);
    client.abort();
    if (!signal.aborted) await once(signal, 'abort');
    assert.equal(await sent, 'ABORT_ERR');
  });
});

test('closing ends calls that never get an answer', async () => {
  const arrived = Promise.withResolvers<void>();
  const handle: FetchHandler = () => {
    arrived.resolve();
    return new Promise(() => {});
  };
  const server = await listen(handle, identity, 0);
  const sent = failure(send(`https://localhost:${server.port}/`));
  await arrived.promise;
  await server.close();
  assert.equal(await sent, 'ECONNRESET');
});

test('a taken port is refused', async () => {
  const handle: FetchHandler = () => Promise.resolve(new Response());
  await serving(handle, async ({ port }) => {
    assert.equal(await failure(listen(handle, identity, port)), 'EADDRINUSE');
  });
});
