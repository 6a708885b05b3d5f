import { answerArm } from './arm/front.ts';
import type { Provider } from './arm/provider.ts';
import { routesOf } from './arm/routes.ts';
import { audited } from './audit/audited.ts';
import { answerBlob } from './blob.ts';
import type { CertificateSource } from './certificates.ts';
import { movable, type Clock } from './clock.ts';
import { createControl, type Control } from './control.ts';
import { synchroniseDevices } from './device/secrets.ts';
import { destinationOf, endpointsAt } from './endpoints.ts';
import { answerLogin } from './entra/login.ts';
import type { Principal } from './entra/principals.ts';
import { signToken } from './entra/tokens.ts';
import type { Exchange } from './exchange.ts';
import { createFaults } from './faults/index.ts';
import { answerGraph } from './graph.ts';
import { newState, principalNamed, type PrincipalName } from './new-state.ts';
import { resolvesFrom } from './names.ts';
import { providers as allProviders } from './providers.ts';
import { entryOf, type RequestEntry } from './request-log.ts';
import { assertSettings, defaultSettings, scaled, type Settings } from './settings.ts';
import { unresolved } from './socket-error.ts';
import type { State } from './state.ts';
import { answerVault } from './vault/data-plane.ts';

export type LocalAzureOptions = {
  /** The local Azure has no other time and no timer. One that can be put forward is put forward by the controls. */
  clock: Clock;
  certificates: CertificateSource;
  settings?: Partial<Settings>;
  /** Ids, secrets and versions follow from it. */
  seed?: number;
  /** Instead of all that there are. */
  providers?: readonly Provider[];
};

/** Azure as a function, for the length of a test or behind a server. */
export type LocalAzure = {
  /** Answers one request, or throws an error with a socket's `code` where no answer would come. */
  fetch: (request: Request) => Promise<Response>;
  /** Executes the requests that a fault made late and whose time has come; `fetch` does so first. */
  deliverLate: () => Promise<void>;
  /** The clock, milliseconds. */
  now(): number;
  /** When a host name resolves, by the clock; nothing for a name that nobody has. */
  resolvesFrom: (hostname: string) => number | undefined;
  readonly state: State;
  /** A copy of the state as it is now. */
  snapshot: () => State;
  /** Goes on from a copy of this state; the request log and the faults start anew, and what was late never arrives. */
  restore: (state: State) => void;
  /** Those who can sign in from the start, by the name that the request log shows. */
  readonly principals: Readonly<Record<PrincipalName, Principal>>;
  /** A token as the token endpoint would grant it, also for a managed identity. */
  issueToken: (principal: Principal, audience: string) => string;
  readonly control: Control;
  /** Every request since the start or the last `restore`, oldest first. */
  readonly requests: readonly RequestEntry[];
};

export const createLocalAzure = ({
  clock: givenClock,
  certificates,
  settings: givenSettings = {},
  seed = 1,
  providers = allProviders,
}: LocalAzureOptions): LocalAzure => {
  const clock = movable(givenClock);
  const settings = changeableSettings(givenSettings);
  const routes = routesOf(providers);
  const requests: RequestEntry[] = [];
  let state = newState(seed);

  const execute = async (request: Request, entry: RequestEntry, upon = state): Promise<Response> => {
    const url = new URL(request.url);
    const endpoints = endpointsAt(url);
    const now = clock.now();
    for (const provider of providers) provider.ripen?.(upon, now);
    const exchange: Exchange = {
      request,
      url,
      state: upon,
      now,
      settings: settings.scaled(),
      endpoints,
      certificates,
      providers,
      routes,
      entry,
    };
    const answer = await audited(exchange, route);
    entry.status = answer.status;
    return answer;
  };

  const faults = createFaults({ state: () => state, clock, execute });
  const snapshot = (): State => structuredClone(state);
  const restore = (from: State): void => {
    state = structuredClone(from);
    requests.length = 0;
    faults.forget();
  };
  const control = createControl({ state: () => state, snapshot, restore, clock, settings, faults, requests });

  const azure: LocalAzure = {
    fetch: async (request) => {
      await faults.deliverLate();
      const url = new URL(request.url);
      const entry = entryOf(request, url, clock.now());
      requests.push(entry);
      const answer = await faults.answer(request, url, entry);
      answer.headers.set('date', new Date(entry.at).toUTCString());
      synchroniseDevices(azure);
      return answer;
    },
    deliverLate: () => faults.deliverLate(),
    now: () => clock.now(),
    resolvesFrom: (hostname) => resolvesFrom(state, hostname),
    get state() {
      return state;
    },
    snapshot,
    restore,
    get principals() {
      const named = (name: PrincipalName): Principal => principalNamed(state, name);
      return { owner: named('owner'), worker: named('worker'), operator: named('operator'), reader: named('reader') };
    },
    issueToken: (principal, audience) => signToken(state.signingKey, principal, audience, clock.now()),
    control,
    requests,
  };
  return azure;
};

const changeableSettings = (given: Partial<Settings>) => {
  let settings: Settings = { ...defaultSettings, ...given };
  let delays = scaled(settings);
  return {
    read: (): Settings => ({ ...settings }),
    scaled: (): Settings => delays,
    change: (changes: Partial<Settings>): void => {
      assertSettings(changes);
      settings = { ...settings, ...changes };
      delays = scaled(settings);
    },
  };
};

const route = (exchange: Exchange): Promise<Response> | Response => {
  const destination = destinationOf(exchange.url.hostname);
  switch (destination.to) {
    case 'arm':
      return answerArm(exchange);
    case 'login':
      return answerLogin(exchange);
    case 'vault':
      return answerVault(exchange, destination.vaultName);
    case 'blob':
      return answerBlob(exchange, destination.accountName);
    case 'graph':
      return answerGraph(exchange);
    // The control host belongs to the server: no client of Azure may reach it.
    case 'control':
    case 'nowhere':
      throw unresolved(exchange.url.hostname);
  }
};
