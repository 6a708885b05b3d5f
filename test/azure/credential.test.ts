/** What a real credential throws, and what it means to us. */
import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import {
  bearerTokenAuthenticationPolicy,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';
import { ClientSecretCredential, EnvironmentCredential, type AccessToken, type TokenCredential } from '@azure/identity';
import type { Cloud } from '../../azure/cloud.ts';
import { createCredential, holding, impatient } from '../../azure/credential.ts';
import { isFinal, readAzureError } from '../../azure/errors.ts';
import { unlessAborted } from '../../azure/pipeline.ts';
import { inProcess, type FetchHandler } from '../../local-azure/test/http-client.ts';
import { errorOf, refusal } from './clients.ts';

const tenant = 'bbbbbbbb-0000-0000-0000-000000000002';
const authorityHost = 'https://login.localhost';
const secret = 'a-secret-that-nobody-may-see';

const signIn = (handle: FetchHandler): Promise<unknown> =>
  new ClientSecretCredential(tenant, 'a-client', secret, {
    authorityHost,
    disableInstanceDiscovery: true,
    retryOptions: { maxRetries: 0 },
    httpClient: inProcess(handle),
  }).getToken('https://management.azure.com/.default');

const configuration = () =>
  refusal(200, {
    issuer: `${authorityHost}/${tenant}/v2.0`,
    authorization_endpoint: `${authorityHost}/${tenant}/oauth2/v2.0/authorize`,
    token_endpoint: `${authorityHost}/${tenant}/oauth2/v2.0/token`,
    jwks_uri: `${authorityHost}/${tenant}/discovery/v2.0/keys`,
  });

const tokenServiceAnswering =
  (answer: () => Response): FetchHandler =>
  ({ url }) =>
    Promise.resolve(url.includes('/token') ? answer() : configuration());

suite('a token service', () => {
  test('that refuses the secret means CredentialRefused, with its own code and without its message', async () => {
    const error = await errorOf(
      signIn(
        tokenServiceAnswering(() =>
          refusal(401, {
            error: 'invalid_client',
            error_description: 'AADSTS7000215: Invalid client secret provided. Ensure the secret being sent is right.',
            error_codes: [7000215],
          }),
        ),
      ),
    );
    const found = readAzureError(error);
    assert.equal(found?.type, 'CredentialRefused');
    assert.equal(
      found?.message,
      'the token service refused the credential (AADSTS7000215): the client secret is wrong, or is the id of a secret: AZURE_CLIENT_SECRET',
    );
    assert.ok(!JSON.stringify(found).includes(secret));
  });

  test('behind a failing gateway means AzureUnavailable', async () => {
    const error = await errorOf(signIn(tokenServiceAnswering(() => refusal(502, '<html>Bad Gateway</html>'))));
    assert.equal(readAzureError(error)?.type, 'AzureUnavailable');
  });

  test('that fails without a message means AzureUnavailable', async () => {
    const error = await errorOf(signIn(tokenServiceAnswering(() => refusal(503, ''))));
    assert.equal(readAzureError(error)?.type, 'AzureUnavailable');
  });

  for (const [status, why] of [
    [429, 'has too many requests'],
    [408, 'times out'],
  ] as const) {
    test(`that ${why} means AzureUnavailable`, async () => {
      const answer = { error: 'throttled', error_description: 'AADSTS90055: There are too many requests.' };
      const error = await errorOf(signIn(tokenServiceAnswering(() => refusal(status, answer))));
      assert.equal(readAzureError(error)?.type, 'AzureUnavailable');
    });
  }

  test('that answers without a token means AzureUnavailable', async () => {
    const error = await errorOf(signIn(tokenServiceAnswering(() => refusal(408, {}))));
    assert.equal(readAzureError(error)?.type, 'AzureUnavailable');
  });

  test('that is unreadable means AzureUnavailable', async () => {
    const error = await errorOf(signIn(tokenServiceAnswering(() => refusal(200, '<html>busy</html>'))));
    assert.equal(readAzureError(error)?.type, 'AzureUnavailable');
  });

  test('that is busy means AzureUnavailable', async () => {
    const busy = {
      error: 'temporarily_unavailable',
      error_description: 'AADSTS90033: A transient error has occurred.',
    };
    const error = await errorOf(signIn(tokenServiceAnswering(() => refusal(503, busy))));
    assert.equal(readAzureError(error)?.type, 'AzureUnavailable');
  });

  test('that cannot be reached means AzureUnavailable', async () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    assert.equal(readAzureError(await errorOf(signIn(() => Promise.reject(refused))))?.type, 'AzureUnavailable');
  });
});

/** The credential of a worker, which hides the status of an answer: it says 400 whatever it was. */
suite('a sign-in from the environment', () => {
  const signInWith = (answer: () => Promise<Response>): Promise<unknown> => {
    process.env['AZURE_TENANT_ID'] = tenant;
    process.env['AZURE_CLIENT_ID'] = 'a-client';
    process.env['AZURE_CLIENT_SECRET'] = secret;
    const handle: FetchHandler = ({ url }) => (url.includes('/token') ? answer() : Promise.resolve(configuration()));
    const options = { authorityHost, disableInstanceDiscovery: true, retryOptions: { maxRetries: 0 } };
    return new EnvironmentCredential({ ...options, httpClient: inProcess(handle) }).getToken('https://vault.azure.net');
  };
  const answering = (status: number, body: unknown) => () => Promise.resolve(refusal(status, body));
  const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
  const inWordsOfArm = (code: string) => ({ error: { code, message: 'Not now.' } });

  const passing: [what: string, answer: () => Promise<Response>][] = [
    ['refuses too many requests in the format of Resource Manager', answering(429, inWordsOfArm('TooManyRequests'))],
    ['fails in the format of Resource Manager', answering(503, inWordsOfArm('ServiceUnavailable'))],
    ['has an internal failure', answering(500, inWordsOfArm('InternalServerError'))],
    ['is throttled by Entra', answering(429, { error: 'throttled', error_description: 'AADSTS90055: Too many.' })],
    ['gets a page of HTML', answering(200, '<html>busy</html>')],
    ['gets an empty answer', answering(200, '')],
    ['gets null', answering(200, 'null')],
    ['gets half an answer', answering(200, '{"token_type":"Bea')],
    ['meets a gateway that does not know the address', answering(404, '')],
    ['meets a proxy that refuses every request', answering(407, 'no')],
    ['finds a closed port', failing('ECONNREFUSED')],
    ['loses its connection', failing('ECONNRESET')],
  ];
  for (const [what, answer] of passing) {
    test(`that ${what} means AzureUnavailable`, async () => {
      assert.equal(readAzureError(await errorOf(signInWith(answer)))?.type, 'AzureUnavailable');
    });
  }

  test('with a missing certificate means CredentialRefused, with that reason', async () => {
    process.env['AZURE_TENANT_ID'] = tenant;
    process.env['AZURE_CLIENT_ID'] = 'a-client';
    delete process.env['AZURE_CLIENT_SECRET'];
    process.env['AZURE_CLIENT_CERTIFICATE_PATH'] = '/nowhere/missing.pem';
    const credential = new EnvironmentCredential({ authorityHost, disableInstanceDiscovery: true });
    const found = readAzureError(await errorOf(credential.getToken('https://vault.azure.net')));
    delete process.env['AZURE_CLIENT_CERTIFICATE_PATH'];
    assert.equal(found?.type, 'CredentialRefused');
    assert.match(found?.message ?? '', /^the certificate of the credential is not readable/);
  });

  for (const [error, code] of [
    ['invalid_client', 'AADSTS7000215'],
    ['invalid_client', 'AADSTS7000222'],
    ['unauthorized_client', 'AADSTS700016'],
    ['invalid_request', 'AADSTS90002'],
  ]) {
    test(`that is refused by ${code} means CredentialRefused`, async () => {
      const answer = answering(401, { error, error_description: `${code}: No.` });
      const found = readAzureError(await errorOf(signInWith(answer)));
      assert.deepEqual([found?.type, found?.code], ['CredentialRefused', code]);
    });
  }
});

/** What is left where the environment holds no credential. */
suite('the managed identity of the machine', () => {
  const readOf = async (answer: () => Promise<Response>) => {
    for (const name of ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET']) delete process.env[name];
    // As on Azure: what is there for developers is not asked.
    process.env['AZURE_TOKEN_CREDENTIALS'] = 'prod';
    const cloud = { authorityHost } as Cloud;
    const credential = createCredential(cloud, { httpClient: inProcess(answer) });
    return readAzureError(await errorOf(credential.getToken('https://vault.azure.net/.default')));
  };

  test('that does not exist means CredentialRefused, with that reason', async () => {
    const error = await readOf(() => Promise.resolve(refusal(404, '')));
    assert.equal(error?.type, 'CredentialRefused');
    assert.match(error?.message ?? '', /^this machine has no managed identity, or not the one of AZURE_CLIENT_ID/);
  });

  test('whose endpoint fails means AzureUnavailable, and the message reports that no other credential exists', () => {
    // As the chain says it: MSAL itself would repeat for a minute, in the whole process, what it was told before.
    const name = 'AggregateAuthenticationError';
    const chain =
      'CredentialUnavailableError: EnvironmentCredential is unavailable. No underlying credential could be used.\n' +
      'CredentialUnavailableError: ManagedIdentityCredential: Network unreachable. Message: network_error: See …';
    const error = readAzureError(Object.assign(new Error(chain), { name }));
    assert.equal(error?.type, 'AzureUnavailable');
    assert.match(error?.message ?? '', /^the environment contains no credential, and the identity endpoint of this/);
  });

  test('on a machine outside Azure means that there is no credential at all', async () => {
    const unreachable = Object.assign(new Error('connect ENETUNREACH'), { code: 'ENETUNREACH' });
    const error = await readOf(() => Promise.reject(unreachable));
    assert.equal(error?.type, 'CredentialRefused');
    assert.match(error?.message ?? '', /^no credential to sign in with: none in the environment, no managed/);
  });
});

test('a vault of another tenant is reported as such, and not as an unavailable token service', async () => {
  const options = {
    authorityHost,
    disableInstanceDiscovery: true,
    httpClient: inProcess(() => Promise.resolve(configuration())),
  };
  const credential = new ClientSecretCredential(tenant, 'a-client', secret, options);
  const other = '33333333-3333-3333-3333-333333333333';
  const error = readAzureError(
    await errorOf(credential.getToken('https://vault.azure.net/.default', { tenantId: other })),
  );
  assert.equal(error?.type, 'RequestRefused');
  assert.match(error?.message ?? '', new RegExp(`^the vault accepts only tokens of the tenant ${other}, `));
});

suite('a token request', () => {
  test('of work that has ended is not awaited', async () => {
    const hung = new Promise<never>(() => undefined);
    await assert.rejects(
      unlessAborted(hung, AbortSignal.abort(), () => new Error('over')),
      /over/,
    );
  });

  const hanging = { getToken: () => new Promise<never>(() => undefined) };

  test('that hangs is aborted, and counts as unanswered by the token service', async () => {
    const found = readAzureError(await errorOf(impatient(hanging, 20).getToken('scope')));
    assert.equal(found?.type, 'AzureUnavailable');
    assert.equal(found?.message, 'the token service does not answer');
  });

  test('does not end with the work that sent it: other work waits for it, too', async () => {
    const token = { token: 't', expiresOnTimestamp: 1 };
    const answer = Promise.withResolvers<typeof token>();
    const asked = impatient({ getToken: () => answer.promise }).getToken('scope', { abortSignal: AbortSignal.abort() });
    answer.resolve(token);
    assert.equal(await asked, token);
  });

  test('that succeeds returns the token, and one that fails returns the refusal', async () => {
    const token = { token: 't', expiresOnTimestamp: 1 };
    assert.equal(await impatient({ getToken: () => Promise.resolve(token) }).getToken('scope'), token);
    const refused = new Error('refused');
    assert.equal(await errorOf(impatient({ getToken: () => Promise.reject(refused) }).getToken('scope')), refused);
  });
});

test('a request whose token is unavailable was never sent, so that nothing waits for its effect', async () => {
  const found = readAzureError(await errorOf(signIn(tokenServiceAnswering(() => refusal(503, '')))));
  assert.equal(found && isFinal(found), true);
});

suite('a cached token', () => {
  const minute = 60_000;
  const hour = 60 * minute;

  /** A token service by a clock of its own, which grants tokens of an hour for as long as it is well. */
  const openTokenService = ({ mock: { timers } }: TestContext) => {
    timers.enable({ apis: ['Date', 'setTimeout'] });
    const service = {
      well: true,
      asked: 0,
      credential: {
        getToken: (): Promise<AccessToken> => {
          service.asked += 1;
          if (!service.well) return Promise.reject(new Error('the token service is away'));
          return Promise.resolve({ token: `token ${service.asked}`, expiresOnTimestamp: Date.now() + hour });
        },
      } satisfies TokenCredential,
    };
    return service;
  };

  /** The requests of one official client. Answers with which token each was sent. */
  const requestsWith = (credential: TokenCredential): (() => Promise<string | undefined>) => {
    const pipeline = createEmptyPipeline();
    pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: 'scope' }));
    const client = {
      sendRequest: (request: ReturnType<typeof createPipelineRequest>) =>
        Promise.resolve({ request, status: 200, headers: createHttpHeaders() }),
    };
    return async () => {
      const { request } = await pipeline.sendRequest(client, createPipelineRequest({ url: 'https://x.localhost/' }));
      return request.headers.get('authorization');
    };
  };

  test('is requested once by all clients and all concurrent requests', async (context) => {
    const service = openTokenService(context);
    const credential = holding(service.credential);
    const clients = [requestsWith(credential), requestsWith(credential)];
    const sent = await Promise.all(clients.flatMap((request) => [request(), request()]));
    assert.deepEqual(new Set(sent), new Set(['Bearer token 1']));
    assert.equal(service.asked, 1);
  });

  test('is cached for each audience', async (context) => {
    const service = openTokenService(context);
    const credential = holding(service.credential);
    await credential.getToken('vault');
    await credential.getToken('vault');
    await credential.getToken('arm');
    assert.equal(service.asked, 2);
  });

  test('is renewed before it expires', async (context) => {
    const service = openTokenService(context);
    const request = requestsWith(holding(service.credential));
    await request();
    context.mock.timers.tick(hour - 2 * minute);
    assert.equal(await request(), 'Bearer token 2');
  });

  test('is used to its last minute while the token service is unavailable, and its expiry ends no process', async (context) => {
    const service = openTokenService(context);
    const request = requestsWith(holding(service.credential));
    await request();
    service.well = false;
    context.mock.timers.tick(hour - 110_000);
    assert.equal(await request(), 'Bearer token 1');
    // A promise that is rejected here and that nobody handles would end the process.
    for (let passed = 0; passed < 2 * minute; passed += 1_000) {
      context.mock.timers.tick(1_000);
      await new Promise(setImmediate);
    }
    await assert.rejects(request(), /the token service is away/);
  });

  test('delays no other request while it is renewed', async (context) => {
    const service = openTokenService(context);
    const answer = Promise.withResolvers<AccessToken>();
    let asked = 0;
    const credential = holding({
      getToken: () => (++asked === 1 ? service.credential.getToken() : answer.promise),
    });
    await credential.getToken('scope');
    context.mock.timers.tick(hour - 3 * minute);
    const first = credential.getToken('scope');
    assert.equal((await credential.getToken('scope'))?.token, 'token 1');
    answer.resolve({ token: 'the next one', expiresOnTimestamp: Date.now() + hour });
    assert.equal((await first)?.token, 'the next one');
  });

  test('is requested again if Azure challenges it', async (context) => {
    const service = openTokenService(context);
    const credential = holding(service.credential);
    await credential.getToken('scope');
    assert.equal((await credential.getToken('scope', { claims: 'c' }))?.token, 'token 2');
    assert.equal((await credential.getToken('scope'))?.token, 'token 2');
  });

  test('is not restored by a renewal that was under way when Azure refused it', async (context) => {
    context.mock.timers.enable({ apis: ['Date', 'setTimeout'] });
    const answers: ((token: string) => void)[] = [];
    const credential = holding({
      getToken: () =>
        new Promise<AccessToken>((resolve) => {
          answers.push((token) => resolve({ token, expiresOnTimestamp: Date.now() + hour }));
        }),
    });
    const first = credential.getToken('scope');
    answers[0]?.('first');
    await first;
    context.mock.timers.tick(hour - 3 * minute);
    const renewal = credential.getToken('scope');
    const challenged = credential.getToken('scope', { claims: 'c' });
    answers[2]?.('as Azure wants it');
    await challenged;
    answers[1]?.('as Azure does not want it');
    await renewal;
    assert.equal((await credential.getToken('scope'))?.token, 'as Azure wants it');
  });

  test('that has expired on arrival counts as no answer', async () => {
    const credential = holding({ getToken: () => Promise.resolve({ token: 'x', expiresOnTimestamp: Date.now() }) });
    const found = readAzureError(await errorOf(credential.getToken('scope')));
    assert.equal(found?.type, 'AzureUnavailable');
  });
});
