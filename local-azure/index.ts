import type { Provider } from './arm/provider.ts';
import type { CertificateSource } from './certificates.ts';
import { changeableSettings } from './changeable-settings.ts';
import { movable, type Clock } from './clock.ts';
import { createControl, type Control } from './control.ts';
import { resumeSynchronisations } from './device/secrets.ts';
import { createEntrance } from './entrance.ts';
import type { Principal } from './entra/principals.ts';
import { signToken } from './entra/tokens.ts';
import { createExecute } from './execute.ts';
import { createFaults } from './faults/index.ts';
import { newState, principalsOf, type PrincipalName } from './new-state.ts';
import { resolvesFrom } from './names.ts';
import { providers as allProviders } from './providers.ts';
import { createRequestLog, type RequestEntry } from './request-log.ts';
import type { Settings } from './settings.ts';
import type { State } from './state.ts';

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
  /** The requests since the start or the last `restore`, oldest first; of very many the latest. */
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
  const log = createRequestLog();
  let state = newState(seed);
  const world = { state: () => state, clock, settings };
  const faults = createFaults({ ...world, providers, execute: createExecute({ ...world, certificates, providers }) });
  const snapshot = (): State => structuredClone(state);
  const restore = (from: State): void => {
    state = structuredClone(from);
    resumeSynchronisations(state);
    log.clear();
    faults.forget();
  };
  const issueToken: LocalAzure['issueToken'] = (principal, audience) =>
    signToken(state.signingKey, principal, audience, clock.now());
  return {
    fetch: createEntrance({ ...world, log, faults, issueToken }),
    deliverLate: () => faults.deliverLate(),
    now: () => clock.now(),
    resolvesFrom: (hostname) => resolvesFrom(state, hostname),
    get state() {
      return state;
    },
    snapshot,
    restore,
    get principals() {
      return principalsOf(state);
    },
    issueToken,
    control: createControl({ ...world, snapshot, restore, faults, log }),
    requests: log.entries,
  };
};
