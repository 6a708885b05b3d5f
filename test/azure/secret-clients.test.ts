/** How often a vault is asked which token it takes, and when it is asked again. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { GetTokenOptions } from '@azure/identity';
import { createAzure, type Azure } from '../../azure/clients.ts';
import { mostClients } from '../../azure/secret-clients.ts';
import { inProcess } from '../../local-azure/test/http-client.ts';
import { errorOf, publicCloud } from './clients.ts';

type Asked = { vault: string; method: string; tenant: string | undefined; body: string };

/** Vaults as Azure has them: each belongs to a tenant, and takes tokens of that alone. */
const createVaults = () => {
  const tenants: Record<string, string> = {};
  const revoked = new Set<string>();
  const requests: Asked[] = [];
  let renewals = 0;
  /** Requests that are held up until `release` is called. */
  let gate: Promise<void> | undefined;
  let open: () => void = () => undefined;
  const tenantOf = (vault: string): string => tenants[vault] ?? 'ours';
  const challenge = (vault: string): Response =>
    new Response('', {
      status: 401,
      headers: {
        'www-authenticate': `Bearer authorization="https://login.microsoftonline.com/${tenantOf(vault)}", resource="https://vault.azure.net"`,
      },
    });
  const handle = async (request: Request): Promise<Response> => {
    const vault = new URL(request.url).host.split('.')[0]!;
    const [, tenant, renewal] = /^Bearer (\w+) (\d+)$/.exec(request.headers.get('authorization') ?? '') ?? [];
    requests.push({ vault, method: request.method, tenant, body: await request.text() });
    await gate;
    if (tenant !== tenantOf(vault) || revoked.has(`${tenant} ${renewal}`)) return challenge(vault);
    return Response.json({ value: 'x', id: `${new URL(request.url).origin}/secrets/s/1`, attributes: {} });
  };
  const azure = (): Azure =>
    createAzure({
      cloud: publicCloud,
      credential: {
        getToken: (_scopes, { tenantId = 'none' }: GetTokenOptions = {}) =>
          Promise.resolve({ token: `${tenantId} ${renewals}`, expiresOnTimestamp: Date.now() + 3_600_000 }),
      },
      signal: () => new AbortController().signal,
      httpClient: inProcess(handle),
    });
  return {
    azure,
    requests,
    /** Those that carried no token. */
    challenges: (): Asked[] => requests.filter(({ tenant }) => tenant === undefined),
    move: (vault: string, tenant: string) => void (tenants[vault] = tenant),
    /** Tokens of this tenant that are out are not taken any more. */
    renew: (tenant: string) => {
      revoked.add(`${tenant} ${renewals}`);
      renewals += 1;
    },
    hold: () => void ({ promise: gate, resolve: open } = Promise.withResolvers<void>()),
    release: () => open(),
    letOthersPass: () => void (gate = undefined),
  };
};

const uriOf = (vault: string): string => `https://${vault}.vault.azure.net`;
const made = '2026-01-01T00:00:00.000Z';
const madeAgain = '2026-02-02T00:00:00.000Z';

suite('a vault is asked for the kind of token that it accepts', () => {
  test('once in a process, for all calls and for any spelling of its address', async () => {
    const vaults = createVaults();
    const azure = vaults.azure();
    for (const uri of [uriOf('v'), `${uriOf('v')}/`, uriOf('V')])
      await azure.secrets({ uri, createdAt: made }).getSecret('s');
    assert.deepEqual(
      vaults.requests.map(({ tenant }) => tenant),
      [undefined, 'ours', 'ours', 'ours'],
    );
  });

  test('once even if the first calls are concurrent', async () => {
    const vaults = createVaults();
    const azure = vaults.azure();
    vaults.hold();
    const calls = Promise.all(Array.from({ length: 8 }, () => azure.secrets({ uri: uriOf('v') }).getSecret('s')));
    await new Promise(setImmediate);
    vaults.release();
    await calls;
    assert.equal(vaults.requests.length, 9);
    assert.equal(vaults.challenges().length, 1);
  });

  test('separately from other vaults', async () => {
    const vaults = createVaults();
    const azure = vaults.azure();
    for (const vault of ['a', 'b', 'a', 'b']) await azure.secrets({ uri: uriOf(vault) }).getSecret('s');
    assert.deepEqual(
      vaults.challenges().map(({ vault }) => vault),
      ['a', 'b'],
    );
  });

  test('again by each process', async () => {
    const vaults = createVaults();
    for (const azure of [vaults.azure(), vaults.azure()]) await azure.secrets({ uri: uriOf('v') }).getSecret('s');
    assert.equal(vaults.challenges().length, 2);
  });

  test('again after so many other vaults that it is forgotten', async () => {
    const vaults = createVaults();
    const azure = vaults.azure();
    const get = (vault: string) => azure.secrets({ uri: uriOf(vault) }).getSecret('s');
    await get('kept');
    await get('forgotten');
    for (let n = 0; n < mostClients - 1; n += 1) azure.secrets({ uri: uriOf(n === 0 ? 'kept' : `other${n}`) });
    await get('kept');
    azure.secrets({ uri: uriOf('one-more') });
    await get('forgotten');
    assert.deepEqual(
      vaults.challenges().map(({ vault }) => vault),
      ['kept', 'forgotten', 'forgotten'],
    );
  });

  test('again after a failed first call, and the calls that waited for it are sent', async () => {
    const vaults = createVaults();
    const azure = vaults.azure();
    vaults.hold();
    const given = new AbortController();
    const first = errorOf(azure.secrets({ uri: uriOf('v') }).getSecret('s', { abortSignal: given.signal }));
    const second = azure.secrets({ uri: uriOf('v') }).getSecret('s');
    await new Promise(setImmediate);
    given.abort();
    assert.equal(((await first) as Error).name, 'AbortError');
    vaults.release();
    assert.equal((await second).value, 'x');
    assert.equal(vaults.challenges().length, 2);
  });
});

test('and a hanging first call does not delay the others', async () => {
  const vaults = createVaults();
  const azure = vaults.azure();
  vaults.hold();
  const given = new AbortController();
  const hung = errorOf(azure.secrets({ uri: uriOf('v') }).getSecret('s', { abortSignal: given.signal }));
  await new Promise(setImmediate);
  vaults.letOthersPass();
  assert.equal((await azure.secrets({ uri: uriOf('v') }).getSecret('s')).value, 'x');
  given.abort();
  await hung;
});

suite('no secret is sent', () => {
  test('before its token', async () => {
    const vaults = createVaults();
    await vaults
      .azure()
      .secrets({ uri: uriOf('v') })
      .setSecret('s', 'hush');
    assert.deepEqual(
      vaults.requests.map(({ tenant, body }) => [tenant, body.includes('hush')]),
      [
        [undefined, false],
        ['ours', true],
      ],
    );
  });

  test('to a vault that replaced another one of the same name, before it has named its kind of token', async () => {
    const vaults = createVaults();
    const azure = vaults.azure();
    await azure.secrets({ uri: uriOf('v'), createdAt: made }).getSecret('s');
    vaults.move('v', 'theirs');
    await azure.secrets({ uri: uriOf('v'), createdAt: madeAgain }).setSecret('s', 'hush');
    const secrets = vaults.requests.filter(({ body }) => body.includes('hush'));
    assert.deepEqual(
      secrets.map(({ tenant }) => tenant),
      ['theirs'],
    );
  });
});

suite('a token that a vault no longer accepts', () => {
  test('because the vault has left its tenant is replaced within the call', async () => {
    const vaults = createVaults();
    const azure = vaults.azure();
    await azure.secrets({ uri: uriOf('v') }).getSecret('s');
    vaults.move('v', 'theirs');
    await azure.secrets({ uri: uriOf('v') }).getSecret('s');
    assert.deepEqual(
      vaults.requests.map(({ tenant }) => tenant),
      [undefined, 'ours', 'ours', 'theirs'],
    );
  });

  test('although it has not expired fails one call, and the next call requests another one', async () => {
    const vaults = createVaults();
    const azure = vaults.azure();
    await azure.secrets({ uri: uriOf('v') }).getSecret('s');
    vaults.renew('ours');
    assert.equal(
      ((await errorOf(azure.secrets({ uri: uriOf('v') }).getSecret('s'))) as { statusCode?: number }).statusCode,
      401,
    );
    assert.equal((await azure.secrets({ uri: uriOf('v') }).getSecret('s')).value, 'x');
    assert.equal(vaults.challenges().length, 2);
  });
});

suite('a call of a shared client', () => {
  test('has the signal, the counter and the secrets of its own work', async () => {
    const works: AbortSignal[] = [];
    const counted: (number | undefined)[] = [];
    const heard: string[] = [];
    const azure = createAzure({
      cloud: publicCloud,
      credential: { getToken: () => Promise.resolve({ token: 'ours 0', expiresOnTimestamp: Date.now() + 3_600_000 }) },
      signal: () => {
        works.push(new AbortController().signal);
        return works.at(-1)!;
      },
      onCall: ({ status }) => counted.push(status),
      onSecret: (secret) => heard.push(secret),
      httpClient: inProcess(async (request) => {
        await request.text();
        if (request.headers.has('authorization')) {
          return Response.json({ value: 'x', id: `${uriOf('v')}/secrets/s/1`, attributes: {} });
        }
        const challenge =
          'Bearer authorization="https://login.microsoftonline.com/t", resource="https://vault.azure.net"';
        return new Response('', { status: 401, headers: { 'www-authenticate': challenge } });
      }),
    });
    for (const value of ['hush', 'hush-hush']) await azure.secrets({ uri: uriOf('v') }).setSecret('s', value);
    assert.equal(works.length, 2);
    assert.deepEqual(counted, [401, 200, 200]);
    assert.deepEqual(heard, ['ours 0', 'hush', 'x', 'ours 0', 'hush-hush', 'x']);
  });
});
