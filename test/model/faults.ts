/** Faults that hit one request of the worker: those of the network, and those of the worker itself. */
import type { FaultAction } from '../../local-azure/faults/index.ts';
import type { Meddler, World } from '../harness/world.ts';
import type { Happening, requestFaults } from './happenings.ts';

type RequestFault = (typeof requestFaults)[number];

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
  hang: ({ world }) => world.temporal.interrupt('timeout'),
  'hang, executed late': (hit) => {
    executeLate(hit);
    return hit.world.temporal.interrupt('timeout');
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

const strike = async (fault: RequestFault, hit: Hit): Promise<Response> => {
  const { request, pass, world } = hit;
  const action = ofNetwork[fault];
  if (!action) return ofWorker[fault]!(hit);
  const { id } = world.azure.control.addFault({ times: 1, action });
  try {
    return await pass(request);
  } finally {
    world.azure.control.removeFault({ id });
  }
};

type Strike = Extract<Happening, { fault: unknown }>;

/** Counts the requests of the worker, and lets what was planned happen to them. */
export const createStrikes = () => {
  const count = { requests: 0, writes: 0 };
  let planned: (Strike & { at: number })[] = [];
  let hitAt = 0;
  const meddle: Meddler = async (request, pass, world) => {
    const isWrite = request.method !== 'GET';
    const here = planned.find(({ at, of }) => at === count[of] && (of === 'requests' || isWrite));
    count.requests += 1;
    if (isWrite) count.writes += 1;
    if (here) hitAt = world.clock.now();
    return here ? strike(here.fault, { request, pass, world, late: here.late ?? 60 }) : pass(request);
  };
  return {
    meddle,
    plan: (fault: Strike): void => void planned.push({ ...fault, at: count[fault.of] + fault.away }),
    end: (): void => void (planned = []),
    /** When the last one hit a request; 0 if none did. */
    hitAt: (): number => hitAt,
  };
};
