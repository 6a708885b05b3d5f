/** What can happen to one request of the worker, by name. The words are those of the local Azure and of the driver. */
import type { FaultAction } from '../../local-azure/faults/index.ts';
import type { FetchHandler } from '../../local-azure/test/http-client.ts';
import type { World } from '../harness/world.ts';
import type { Site } from './golden.ts';

export type Hit = {
  request: Request;
  pass: FetchHandler;
  world: World;
  /** Answers from the world before the last write. */
  stale: FetchHandler;
  /** Temporal has lost the run: it is ended without a word, and started again by whoever plays the scenario. */
  lose: () => Promise<never>;
};

export type RequestFault = {
  name: string;
  suits: (site: Site) => boolean;
  happens: (hit: Hit) => Promise<Response>;
  /** It hits this request and all that ask for the same, until somebody has found the step blocked. */
  lasts?: boolean;
  /** What it does may be nothing where the answer would have been the same. */
  mayChangeNothing?: boolean;
  /** The token service says no, which is for a person. */
  refuses?: boolean;
  /** Nobody is left who could know of it: the next run puts right what it did. */
  mended?: boolean;
};

const always = (): boolean => true;
const isWrite = ({ write }: Site): boolean => write;
const isRead = ({ method }: Site): boolean => method === 'GET' || method === 'HEAD';
export const toTokenService = ({ host }: Site): boolean => host.startsWith('login.');
const asksForToken = (site: Site): boolean => toTokenService(site) && site.method === 'POST';
const toData = ({ host }: Site): boolean => /\.vault\.|\.blob\./.test(host);

/** By the faults of the local Azure: the rule hits the request that is about to be sent, and no other. */
const byLocalAzure =
  (action: FaultAction) =>
  async ({ request, pass, world }: Hit): Promise<Response> => {
    const { hostname, pathname } = new URL(request.url);
    // Others may be on their way at the same time.
    const exactly = (text: string): RegExp => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
    const only = { method: request.method, host: exactly(hostname), path: exactly(pathname), times: 1 };
    const { id } = world.azure.control.addFault({ action, ...only });
    try {
      return await pass(request);
    } finally {
      world.azure.control.removeFault({ id });
    }
  };

const answering = (status: number, code: string, headers?: Record<string, string>): FaultAction => ({
  status,
  code,
  message: 'Not now.',
  ...(headers ? { headers } : {}),
});

const resets = (): Promise<never> => Promise.reject(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));

const late =
  (ms: number, meanwhile: (hit: Hit) => Promise<Response>) =>
  (hit: Hit): Promise<Response> => {
    hit.world.temporal.later(ms, () => hit.pass(hit.request).catch(() => undefined));
    return meanwhile(hit);
  };

const diesFor = ({ world }: Hit): Promise<never> => world.temporal.interrupt('crash');
const hangsFor = ({ request, world }: Hit): Promise<never> => world.hang(request);

const plain = (name: string, action: FaultAction, suits: RequestFault['suits'] = always): RequestFault => ({
  name,
  suits,
  happens: byLocalAzure(action),
});

const lasting = (name: string, action: FaultAction, suits: RequestFault['suits'] = always): RequestFault => ({
  ...plain(`${name}, lasting`, action, suits),
  lasts: true,
});

const refusing = (...given: Parameters<typeof plain>): RequestFault => ({ ...plain(...given), refuses: true });

const onWrites = (name: string, happens: RequestFault['happens']): RequestFault => ({ name, suits: isWrite, happens });

const throttled = answering(429, 'TooManyRequests');
const busy = answering(503, 'ServiceUnavailable');

const policy: FaultAction = {
  denyByPolicy: { assignment: 'no', definition: 'no', field: 'Microsoft.KeyVault/vaults/publicNetworkAccess' },
};
const takesPolicy = ({ method, write, host }: Site): boolean =>
  write && /PUT|PATCH/.test(method) && host.startsWith('management');
/** What was made a moment ago may not show yet to whoever writes to it. */
const isBelowNew = ({ write, method, path }: Site): boolean =>
  write && method !== 'DELETE' && /locks|diagnosticSettings|accessPolicies|secrets|dataBoxEdgeDevices/i.test(path);
const isAsynchronous = ({ write, path }: Site): boolean => write && /storageAccounts\/[^/]+$/i.test(path);

const entra = (error: string, code: number, status: number): FaultAction => ({
  status,
  code: error,
  message: `AADSTS${code}: Not now.`,
});

/** With a body that no token service should send. */
const withBody =
  (body: string): RequestFault['happens'] =>
  () =>
    Promise.resolve(new Response(body, { headers: { 'content-type': 'application/json' } }));

const slowly =
  (ms: number): RequestFault['happens'] =>
  async ({ request, pass, world }) => {
    await world.signIn().wait(ms);
    return pass(request);
  };

/** What can happen to a request for a token beyond what can happen to any request. */
const tokenFaults: readonly RequestFault[] = [
  plain('Entra has too many requests', entra('throttled', 90055, 429), toTokenService),
  plain('Entra has a transient error', entra('temporarily_unavailable', 90033, 503), toTokenService),
  plain('Entra is out of its time, with 400', entra('invalid_request', 90024, 400), asksForToken),
  refusing('Entra refuses the secret', entra('invalid_client', 7000215, 401), asksForToken),
  refusing('Entra does not know the application', entra('unauthorized_client', 700016, 400), asksForToken),
  refusing('Entra does not know the tenant', entra('invalid_request', 90002, 400), toTokenService),
  lasting('the secret has expired', entra('invalid_client', 7000222, 401), asksForToken),
  lasting('Entra has a transient error', entra('temporarily_unavailable', 90033, 503), toTokenService),
  ...['null', '{}', '[]', '"token"', '', '{"token_type":"Bearer","access_token":"x"}'].map((body) => ({
    name: `answered ${body || 'with nothing'}`,
    suits: toTokenService,
    happens: withBody(body),
  })),
  // Slower than it takes is nothing to whoever waits; but the next token is of another moment.
  { name: 'answered after 10 s', suits: toTokenService, happens: slowly(10_000), mayChangeNothing: true },
  { name: 'answered after it was abandoned', suits: toTokenService, happens: slowly(20_000) },
  {
    name: 'all hang for a minute',
    suits: toTokenService,
    happens: ({ world }) => {
      world.silenceTokenService(60_000);
      return world.signIn().hang();
    },
  },
];

export const requestFaults: readonly RequestFault[] = [
  ...tokenFaults,
  plain('refused', 'refuse'),
  plain('reset', 'reset'),
  plain('answer lost', 'loseAnswer'),
  plain('429', throttled),
  plain('429 with Retry-After', answering(429, 'TooManyRequests', { 'retry-after': '30' })),
  plain('401', answering(401, 'InvalidAuthenticationToken')),
  plain('403', answering(403, 'AuthorizationFailed')),
  plain('404', answering(404, 'ResourceNotFound'), isBelowNew),
  plain('408', answering(408, 'RequestTimeout')),
  plain('409', answering(409, 'AnotherOperationInProgress'), isWrite),
  plain('500', answering(500, 'InternalServerError')),
  plain('502', answering(502, 'BadGateway')),
  plain('503', busy),
  plain('504', answering(504, 'GatewayTimeout')),
  plain('body broken off', 'truncateBody', ({ hasBody }) => hasBody),
  plain('body cut', 'cutJson', ({ hasBody }) => hasBody),
  plain('HTML', 'htmlPage'),
  plain('denied by policy', policy, takesPolicy),
  plain('network closed', 'closeNetwork', toData),
  plain('operation failed', { failOperation: { code: 'InternalServerError' } }, isAsynchronous),
  { name: 'hangs', suits: always, happens: hangsFor },
  { name: 'worker dies before it', suits: always, happens: diesFor },
  {
    name: 'worker dies after it',
    suits: always,
    happens: async (hit) => {
      await hit.pass(hit.request);
      return diesFor(hit);
    },
  },
  onWrites('carried out, then hangs', async (hit) => {
    await hit.pass(hit.request);
    return hangsFor(hit);
  }),
  onWrites('carried out, then 504', async ({ request, pass }) => {
    await pass(request);
    return Response.json({ error: { code: 'GatewayTimeout', message: 'Not now.' } }, { status: 504 });
  }),
  onWrites('delivered twice', async ({ request, pass }) => {
    await pass(request.clone());
    return pass(request);
  }),
  ...[10, 45, 75].map((s) => onWrites(`hangs, and lands ${s} s late`, late(s * 1000, hangsFor))),
  ...[5, 30].map((s) => onWrites(`reset, and lands ${s} s late`, late(s * 1000, resets))),
  onWrites('worker dies, and it lands 40 s late', late(40_000, diesFor)),
  onWrites('carried out, then Temporal forgets', async (hit) => {
    await hit.pass(hit.request);
    return hit.lose();
  }),
  {
    ...onWrites(
      'Temporal forgets, and it lands 20 s late',
      late(20_000, (hit) => hit.lose()),
    ),
    mended: true,
  },
  {
    name: 'stale',
    suits: (site) => isRead(site) && site.former !== undefined && !toTokenService(site),
    happens: ({ request, stale }) => stale(request),
    mayChangeNothing: true,
  },
  lasting('503', busy),
  lasting('403', answering(403, 'AuthorizationFailed')),
  lasting('denied by policy', policy, takesPolicy),
  lasting('network closed', 'closeNetwork', toData),
];

const tellingOfAll = ['reset', '503', '429 with Retry-After', 'hangs', 'worker dies before it'];
const tellingOfWrites = [
  '404',
  'answer lost',
  'worker dies after it',
  'delivered twice',
  'hangs, and lands 10 s late',
  'hangs, and lands 45 s late',
  'hangs, and lands 75 s late',
  'carried out, then Temporal forgets',
];

/** What is most likely to happen to a request, and what leaves the most doubt about a write. */
export const isTelling = ({ write }: Site, { name }: RequestFault): boolean =>
  tellingOfAll.includes(name) || (write && tellingOfWrites.includes(name));

/** Whether nobody needs to hear of it: the worker lives, and what it needs comes by itself. */
export const passes = (site: Site, { name, lasts, refuses }: RequestFault): boolean =>
  toTokenService(site) && !lasts && !refuses && !name.startsWith('worker dies');
