/** Faults that hit requests of the worker: those of the network, those of the worker itself, and those that last. */
import type { FaultAction } from '../../local-azure/faults/index.ts';
import { isForToken, type Meddler, type World } from '../harness/world.ts';
import type { Happening, outages, requestFaults } from './happenings.ts';

type RequestFault = (typeof requestFaults)[number];
type OutageName = (typeof outages)[number];

type Hit = { request: Request; pass: (request: Request) => Response | Promise<Response>; world: World; late: number };

const answered = (status: number, code: string): FaultAction => ({ status, code, message: 'no' });

const ofNetwork: Partial<Record<RequestFault, FaultAction>> = {
  refuse: 'refuse',
  reset: 'reset',
  loseAnswer: 'loseAnswer',
  deliverTwice: 'deliverTwice',
  truncateBody: 'truncateBody',
  cutJson: 'cutJson',
  htmlPage: 'htmlPage',
  throttle: { status: 429, code: 'TooManyRequests', headers: { 'retry-after': '30' } },
  busy: answered(503, 'ServiceUnavailable'),
  'internal error': answered(500, 'InternalServerError'),
  forbidden: answered(403, 'AuthorizationFailed'),
};

/** It is executed so late, whatever has become of the worker; nobody hears its answer. */
const executeLate = ({ request, pass, world, late }: Hit): void => {
  const again = request.clone();
  world.temporal.later(late * 1000, async () => {
    try {
      await pass(new Request(again, { signal: null }));
    } catch {
      // Nobody is there any more.
    }
  });
};

type OfWorker = (hit: Hit) => Promise<Response>;

const hang: OfWorker = ({ request, world }) => world.hang(request);

/** Those that another part of the way than the network has. */
const ofWorker: Partial<Record<RequestFault, OfWorker>> = {
  'gateway timeout, executed late': (hit) => {
    executeLate(hit);
    return Promise.resolve(Response.json({ error: { code: 'GatewayTimeout', message: 'no' } }, { status: 504 }));
  },
  'procedure cancelled meanwhile': ({ request, pass, world }) => {
    for (const run of world.temporal.runs.values()) world.temporal.later(0, () => run.cancel());
    return Promise.resolve(pass(request));
  },
  hang,
  'hang, executed late': (hit) => {
    executeLate(hit);
    return hang(hit);
  },
  'worker dies before': ({ world }) => world.temporal.interrupt('crash'),
  'worker dies after': async ({ request, pass, world }) => {
    await pass(request);
    return world.temporal.interrupt('crash');
  },
  'worker dies, executed late': (hit) => {
    executeLate(hit);
    return hit.world.temporal.interrupt('crash');
  },
};

const strike = (fault: RequestFault, hit: Hit): Promise<Response> => {
  const action = ofNetwork[fault];
  return action ? answerBy(action, hit) : ofWorker[fault]!(hit);
};

const answerBy = async (action: FaultAction, { request, pass, world }: Hit): Promise<Response> => {
  const { id } = world.azure.control.addFault({ times: 1, action });
  try {
    return await pass(request);
  } finally {
    world.azure.control.removeFault({ id });
  }
};

type Outage = { hits: (request: Request) => boolean; happens: FaultAction | OfWorker };

const deniedWrite = (path: RegExp): Outage => ({
  hits: ({ method, url }) => method === 'PUT' && path.test(new URL(url).pathname),
  happens: { denyByPolicy: { assignment: 'of-the-company', definition: 'a-rule', field: 'tags' } },
});

const onHost =
  (part: string): Outage['hits'] =>
  ({ url }) =>
    new URL(url).hostname.includes(part);

const entra = (status: number, error: string): FaultAction => ({
  status,
  body: JSON.stringify({ error, error_description: 'AADSTS7000215: no', error_codes: [7000215] }),
  headers: { 'content-type': 'application/json' },
});

const lasting: Record<OutageName, Outage> = {
  'a policy denies locks': deniedWrite(/\/locks\//),
  'a policy denies vaults': deniedWrite(/\/vaults\/[^/]+$/),
  'a policy denies storage accounts': deniedWrite(/\/storageAccounts\/[^/]+$/),
  'a policy denies diagnostic settings': deniedWrite(/\/diagnosticSettings\//),
  'Resource Manager throttles': { hits: onHost('management'), happens: ofNetwork.throttle! },
  'the vault throttles': { hits: onHost('.vault.'), happens: ofNetwork.throttle! },
  'the token service throttles': { hits: isForToken, happens: entra(429, 'temporarily_unavailable') },
  'the token service refuses': { hits: isForToken, happens: entra(401, 'invalid_client') },
  'the token service is silent': { hits: isForToken, happens: hang },
};

type Strike = Extract<Happening, { fault: unknown }>;

/** Counts the requests of the worker, and lets what was planned happen to them. */
export const createStrikes = () => {
  const count = { requests: 0, writes: 0 };
  let planned: (Strike & { at: number })[] = [];
  let begun: (Outage & { until: number })[] = [];
  let hitAt = 0;
  const meddle: Meddler = async (request, pass, world) => {
    const isWrite = request.method !== 'GET' && !isForToken(request);
    const here = planned.find(({ at, of }) => at === count[of] && (of === 'requests' || isWrite));
    count.requests += 1;
    if (isWrite) count.writes += 1;
    const now = world.clock.now();
    const outage = begun.find(({ hits, until }) => now < until && hits(request));
    if (!here && !outage) return pass(request);
    hitAt = now;
    const hit = { request, pass, world, late: here?.late ?? 60 };
    if (here) return strike(here.fault, hit);
    const { happens } = outage!;
    return typeof happens === 'function' ? happens(hit) : answerBy(happens, hit);
  };
  return {
    meddle,
    plan: (fault: Strike): void => void planned.push({ ...fault, at: count[fault.of] + fault.away }),
    begin: (outage: OutageName, until: number): void => void begun.push({ ...lasting[outage], until }),
    end: (): void => {
      planned = [];
      begun = [];
    },
    /** When the last of all these hit a request; 0 if none did. */
    hitAt: (): number => hitAt,
  };
};
