import { json, Refusal } from './arm/answers.ts';
import type { Exchange } from './arm/provider.ts';
import { bearerOf, readToken } from './entra/tokens.ts';
import type { Principal } from './entra/principals.ts';

/** Answers for `graph.localhost`: what the Azure CLI asks about its own account and about applications. */
export const answerGraph = (exchange: Exchange): Response => {
  try {
    exchange.entry.principal = authenticate(exchange).name;
    return answer(exchange);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
};

const authenticate = ({ request, state, now, endpoints }: Exchange): Principal => {
  const claims = readToken(state.signingKey, bearerOf(request) ?? '');
  const caller = claims && claims.exp * 1000 > now ? state.principals[claims.oid] : undefined;
  if (caller && claims?.aud.replace(/\/+$/, '') === endpoints.graph) return caller;
  throw graphError(401, 'InvalidAuthenticationToken', 'Access token is empty, expired or not meant for this service.');
};

const answer = ({ request, url, state }: Exchange): Response => {
  const [version, collection, id, ...more] = url.pathname.split('/').filter(Boolean);
  const isRead = request.method === 'GET' && version === 'v1.0' && more.length === 0;
  if (isRead && collection === 'me' && id === undefined) throw noMe();
  if (!isRead || collection !== 'servicePrincipals') throw notFound(url.pathname);
  const all = Object.values(state.principals);
  if (id === undefined) {
    return json(200, { value: all.filter(matcherFor(url.searchParams.get('$filter'))).map(body) });
  }
  const found = all.find(({ objectId }) => objectId === id.toLowerCase());
  if (!found) throw notFound(id);
  return json(200, body(found));
};

/** `appId eq 'ID'`, `displayName eq 'NAME'`, or `servicePrincipalNames/any(c:c eq 'ID')` as the Azure CLI asks. */
const matcherFor = (filter: string | null): ((principal: Principal) => boolean) => {
  if (!filter) return () => true;
  const [, field, wanted] =
    /^\s*(appId|displayName|servicePrincipalNames\/any\(c:\s*c)\s+eq\s+'([^']*)'\)?\s*$/i.exec(filter) ?? [];
  if (field === undefined) {
    throw graphError(400, 'Request_UnsupportedQuery', 'Unsupported or invalid query filter clause specified.');
  }
  return /^displayName$/i.test(field)
    ? ({ name }) => name === wanted
    : ({ clientId }) => clientId === wanted?.toLowerCase();
};

const body = ({ objectId, clientId, name, kind, tenantId }: Principal): object => ({
  id: objectId,
  appId: clientId,
  displayName: name,
  appOwnerOrganizationId: tenantId,
  servicePrincipalNames: [clientId],
  servicePrincipalType: kind === 'application' ? 'Application' : 'ManagedIdentity',
  accountEnabled: true,
});

/** From users' reports: only a person has a "me". */
const noMe = (): Refusal =>
  graphError(400, 'BadRequest', '/me request is only valid with delegated authentication flow.');

const notFound = (what: string): Refusal =>
  graphError(
    404,
    'Request_ResourceNotFound',
    `Resource '${what}' does not exist or one of its queried reference-property objects are not present.`,
  );

const graphError = (status: number, code: string, message: string): Refusal =>
  new Refusal(json(status, { error: { code, message } }));
