import type { CertificateSource } from '../certificates.ts';
import type { Endpoints } from '../endpoints.ts';
import type { Principal } from '../entra/principals.ts';
import type { JsonObject } from '../json.ts';
import type { RequestEntry } from '../request-log.ts';
import type { Settings } from '../settings.ts';
import type { State } from '../state.ts';
import type { Refusal } from './answers.ts';
import type { ArmTarget } from './path.ts';

/** One request and all that its answer may depend on. */
export type Exchange = {
  request: Request;
  url: URL;
  state: State;
  /** The clock at the request's arrival, milliseconds: one request happens at one moment. */
  now: number;
  /** Delays already divided by the time scale. */
  settings: Settings;
  endpoints: Endpoints;
  certificates: CertificateSource;
  providers: readonly Provider[];
  /** Of all the providers. */
  routes: Routes;
  /** Filled in as the request is understood. */
  entry: RequestEntry;
};

/** An authenticated, authorised call of a known route, with nothing locked in its way. */
export type ArmCall = Exchange & {
  target: ArmTarget;
  apiVersion: string;
  query: URLSearchParams;
  /** The JSON body; empty when there was none. */
  body: JsonObject;
  caller: Principal;
};

/** Answers, or throws a `Refusal` (answers.ts). */
export type Handler = (call: ArmCall) => Response | Promise<Response>;

/**
 * What a call does to the world. A POST is a `write` unless its route says otherwise: `read` passes a ReadOnly lock,
 * `reveals` (such as listKeys) changes nothing but is refused under that lock all the same (recorded).
 */
export type Effect = 'read' | 'reveals' | 'write';

export type Route = {
  run: Handler;
  effect?: Effect;
  /** The name of the right, where it is not `namespace/types/verb`. */
  action?: string | ((target: ArmTarget) => string);
  /** Needs a good token and no right. */
  open?: true;
  /** The address of an operation, which Azure writes: open, and whatever api-version stands in it is taken. */
  poll?: true;
};

/** A resource as the lists across providers show it. */
export type TrackedResource = {
  id: string;
  name: string;
  type: string;
  location: string;
  tags: Record<string, string>;
};

/**
 * A resource provider. Keys of `routes` read `METHOD scope/pattern` in Azure's own spelling, such as
 * `PUT group/vaults/{}`, `POST group/dataBoxEdgeDevices/{}/generateCertificate` or, at any scope, `PUT any/locks/{}`.
 */
export type Provider = {
  namespace: string;
  /** Whether a subscription must have registered it before use. */
  registration: 'required' | 'free';
  apiVersions: readonly string[];
  /** Types that it has in Azure and that have no routes here. */
  otherTypes?: readonly string[];
  /** The application that acts for it, as its body shows it. */
  application?: { applicationId: string; roleDefinitionId: string };
  routes: Readonly<Record<string, Handler | Route>>;
  /** Refuses a call that exceeds the provider's own budget; asked only where throttling is on. */
  throttle?: (call: ArmCall) => void;
  /** The tracked resources that exist now. */
  resources?: (state: State, now: number) => TrackedResource[];
  /** Ends what is due by the clock; called before every request, so that nothing outlives its time unseen. */
  ripen?: (state: State, now: number) => void;
  /** A resource group has been deleted: forget what lived in it. `group` is its folded id. */
  forgetGroup?: (state: State, group: string, now: number, exchange: Exchange) => void;
};

/** A route of a provider's table, with all that follows from its key. */
export type KnownRoute = {
  provider: Provider;
  run: Handler;
  effect: Effect;
  open: boolean;
  poll: boolean;
  actionOf: (target: ArmTarget) => string;
  /** What a lock would call it; nothing if no lock stands in its way. */
  lockedAs?: 'write' | 'delete';
  isOfGroupItself: boolean;
  /** The first type in Azure's spelling, e.g. `vaults`. */
  type: string;
};

export type Routes = {
  find: (method: string, target: ArmTarget) => KnownRoute | undefined;
  /** Why there is no route for this. */
  refusalFor: (method: string, target: ArmTarget, apiVersion: string) => Refusal;
};
