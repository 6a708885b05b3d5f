import { json } from './arm/answers.ts';
import { bearerOf, readToken } from './entra/tokens.ts';
import type { Exchange } from './exchange.ts';

/** Answers for `graph.localhost`: the two questions that the Azure CLI asks about its own account. */
export const answerGraph = ({ request, url, state, now, endpoints, entry }: Exchange): Response => {
  const claims = readToken(state.signingKey, bearerOf(request) ?? '');
  const caller = claims && claims.exp * 1000 > now ? state.principals[claims.oid] : undefined;
  if (!claims || !caller || claims.aud.replace(/\/+$/, '') !== endpoints.graph) {
    return graphError(
      401,
      'InvalidAuthenticationToken',
      'Access token is empty, expired or not meant for this service.',
    );
  }
  entry.principal = caller.name;
  if (request.method !== 'GET' || url.pathname !== '/v1.0/servicePrincipals') {
    return graphError(404, 'Request_ResourceNotFound', `Resource '${url.pathname}' does not exist.`);
  }
  const appId = /eq '([^']+)'/i.exec(url.searchParams.get('$filter') ?? '')?.[1];
  const found = Object.values(state.principals).filter(({ clientId }) => appId === undefined || clientId === appId);
  return json(200, {
    value: found.map(({ objectId, clientId, name }) => ({ id: objectId, appId: clientId, displayName: name })),
  });
};

/** A service principal has no `/me`: 404. */
const graphError = (status: number, code: string, message: string): Response =>
  json(status, { error: { code, message } });
