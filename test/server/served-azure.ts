/** The local Azure behind HTTPS, in the test's own process: its state, its faults and its request log are at hand. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Principal } from '../../local-azure/entra/principals.ts';
import { createLocalAzure, type LocalAzure } from '../../local-azure/index.ts';
import { mainSubscription } from '../../local-azure/new-state.ts';
import { seedDemoWorld } from '../../local-azure/seed.ts';
import { serve } from '../../local-azure/serve/index.ts';
import type { Settings } from '../../local-azure/settings.ts';
import type { AzurePrincipal, LocalAzureReady } from '../../scripts/stack/local-azure.ts';
import { pooledCertificates } from '../../local-azure/test/certificates.ts';

/** Azure's delays, short enough for tests and long enough to be waited for. */
const quick: Partial<Settings> = {
  storageAccount: 2_000,
  providerRegistration: 500,
  vaultDns: 500,
  accessPolicyEffect: 500,
  retryAfter: 1_000,
};

/** One request, by its method and a part of its path. */
export type Call = { method: string; path: string };

/**
 * `unheard`: it never reaches Azure. `unanswered`: it is carried out, and its answer never comes. `late`: it is carried
 * out a minute after its caller is gone, which is as late as Azure may be.
 */
export type Hold = 'unheard' | 'unanswered' | 'late';

const late = 60_000;

/** A request that was held. `done`: nothing can come of it any more. */
export type Held = { done: Promise<void> };

export type ServedAzure = {
  azure: LocalAzure;
  /** What the process of a local Azure would print. */
  ready: LocalAzureReady;
  /** Holds the next such request until its caller is gone. Resolves when the request has come, or been carried out. */
  hold: (call: Call, how: Hold) => Promise<Held>;
  close: () => Promise<void>;
};

export const serveAzure = async (caFile: string, settings: Partial<Settings> = {}): Promise<ServedAzure> => {
  const azure = createLocalAzure({
    clock: { now: () => Date.now() },
    certificates: await pooledCertificates(),
    settings: { ...quick, ...settings },
  });
  await seedDemoWorld(azure);
  const holds = createHolds(azure);
  const withHolds = Object.create(azure, { fetch: { value: holds.fetch } }) as LocalAzure;
  const server = await serve(withHolds, { port: 0, caFile });
  const { tenantId } = azure.state;
  const { owner, worker, operator, reader } = azure.principals;
  const principals = {
    owner: signsIn(owner),
    worker: signsIn(worker),
    operator: signsIn(operator),
    reader: signsIn(reader),
  };
  return {
    azure,
    ready: { ...server.addresses, tenantId, subscriptionId: mainSubscription(azure.state), principals },
    hold: holds.add,
    close: () => server.close(),
  };
};

const signsIn = ({ clientId, clientSecret = '', objectId }: Principal): AzurePrincipal => ({
  clientId,
  clientSecret,
  objectId,
});

const createHolds = (azure: LocalAzure) => {
  const waiting: (Call & { how: Hold; came: (held: Held) => void })[] = [];
  return {
    add: (call: Call, how: Hold): Promise<Held> => new Promise((came) => waiting.push({ ...call, how, came })),
    fetch: async (request: Request): Promise<Response> => {
      const { pathname } = new URL(request.url);
      const held = waiting.find(({ method, path }) => method === request.method && pathname.includes(path));
      if (!held) return azure.fetch(request);
      waiting.splice(waiting.indexOf(held), 1);
      const { how, came } = held;
      const gone = untilGone(request.signal);
      if (how === 'unanswered') await azure.fetch(request);
      came({ done: how === 'late' ? landLate(azure, request, gone) : gone });
      await gone;
      throw new Error('the caller is gone');
    },
  };
};

const landLate = async (azure: LocalAzure, request: Request, gone: Promise<void>): Promise<void> => {
  await gone;
  await delay(late, undefined, { ref: false });
  await azure.fetch(request);
};

const untilGone = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
