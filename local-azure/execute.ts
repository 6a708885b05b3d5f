import type { Provider } from './arm/provider.ts';
import { routesOf } from './arm/routes.ts';
import { audited } from './audit/audited.ts';
import type { CertificateSource } from './certificates.ts';
import type { Clock } from './clock.ts';
import { endpointsAt } from './endpoints.ts';
import type { Execute } from './faults/call.ts';
import { route } from './route.ts';
import type { Settings } from './settings.ts';
import type { State } from './state.ts';

type Around = {
  state: () => State;
  clock: Clock;
  settings: { scaled: () => Settings };
  certificates: CertificateSource;
  providers: readonly Provider[];
};

/** Answers requests as Azure does where nothing goes wrong on the way. */
export const createExecute = ({ state, clock, settings, certificates, providers }: Around): Execute => {
  const routes = routesOf(providers);
  return async (request, entry, upon = state()) => {
    const url = new URL(request.url);
    const endpoints = endpointsAt(url);
    const now = clock.now();
    for (const provider of providers) provider.ripen?.(upon, now);
    const exchange = { request, url, state: upon, now, settings: settings.scaled(), endpoints, certificates, entry };
    const answer = await audited({ ...exchange, providers, routes }, route);
    entry.status = answer.status;
    return answer;
  };
};
