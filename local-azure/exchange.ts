import type { Provider } from './arm/provider.ts';
import type { Routes } from './arm/routes.ts';
import type { CertificateSource } from './certificates.ts';
import type { Endpoints } from './endpoints.ts';
import type { RequestEntry } from './request-log.ts';
import type { Settings } from './settings.ts';
import type { State } from './state.ts';

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
