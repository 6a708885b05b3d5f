import { json } from '../arm/answers.ts';
import type { Exchange } from '../arm/provider.ts';
import { spaced } from '../dates.ts';
import { decoded } from '../percent.ts';
import { guid } from '../random.ts';
import type { Principal } from './principals.ts';
import { signToken, tokenLifetime } from './tokens.ts';

/** Answers for `login.localhost`: the token endpoints of both generations and the discovery document. */
export const answerLogin = async (exchange: Exchange): Promise<Response> => {
  const { request, url } = exchange;
  const [tenant = '', ...rest] = url.pathname.split('/').filter(Boolean);
  const operation = `${request.method} ${rest.join('/').toLowerCase()}`;
  switch (operation) {
    case 'GET discovery/instance':
      return instanceDiscovery(exchange);
    case 'GET v2.0/.well-known/openid-configuration':
    case 'GET .well-known/openid-configuration':
      return isKnown(exchange, tenant) ? discovery(exchange, tenant) : unknownTenant(exchange, tenant);
    case 'POST oauth2/v2.0/token':
    case 'POST oauth2/token':
      return isKnown(exchange, tenant) ? await grantToken(exchange) : unknownTenant(exchange, tenant);
    default:
      return new Response(null, { status: 404 });
  }
};

/** `organizations` and `common` serve the discovery that clients make before they know a tenant. */
const isKnown = ({ state }: Exchange, tenant: string): boolean =>
  [state.tenantId, 'organizations', 'common'].includes(tenant.toLowerCase());

/** Which names this authority has, asked by MSAL before it trusts one: its own alone. */
const instanceDiscovery = ({ endpoints, state }: Exchange): Response => {
  const { host } = new URL(endpoints.login);
  return json(200, {
    tenant_discovery_endpoint: `${endpoints.login}/${state.tenantId}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  });
};

const discovery = ({ endpoints, state }: Exchange, tenant: string): Response =>
  json(200, {
    token_endpoint: `${endpoints.login}/${tenant}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${endpoints.login}/${tenant}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: `${endpoints.login}/${tenant === 'organizations' ? '{tenantid}' : state.tenantId}/v2.0`,
    request_uri_parameter_supported: false,
    authorization_endpoint: `${endpoints.login}/${tenant}/oauth2/v2.0/authorize`,
    end_session_endpoint: `${endpoints.login}/${tenant}/oauth2/v2.0/logout`,
    tenant_region_scope: 'EU',
    cloud_instance_name: new URL(endpoints.login).host,
  });

/** Grants what a client with a good secret asks for: Entra does not look at Azure's rights. */
const grantToken = async (exchange: Exchange): Promise<Response> => {
  const { request, state, now, entry } = exchange;
  const form = new URLSearchParams(await request.text());
  if (form.get('grant_type') !== 'client_credentials') return unsupportedGrant(exchange, form.get('grant_type') ?? '');
  const client = clientOf(exchange, form);
  const principal = Object.values(state.principals).find(({ clientId }) => clientId === client.id.toLowerCase());
  if (!principal || principal.kind === 'managedIdentity') return unknownApplication(exchange, client.id);
  if (client.secret === '' || client.secret !== principal.clientSecret) return badSecret(exchange, principal);
  if ((principal.secretExpiresOn ?? Number.POSITIVE_INFINITY) <= now) return expiredSecret(exchange, principal);
  const audience = audienceOf(form);
  if (audience === undefined) return scopeInvalid(exchange, form.get('scope') ?? '');
  entry.principal = principal.name;
  return json(
    200,
    {
      token_type: 'Bearer',
      expires_in: tokenLifetime,
      ext_expires_in: tokenLifetime,
      access_token: signToken(state.signingKey, principal, audience, now),
    },
    { 'cache-control': 'no-store, no-cache', pragma: 'no-cache', expires: '-1' },
  );
};

/** The client of the form or of the header; one that is not well encoded is nobody. */
const clientOf = ({ request }: Exchange, form: URLSearchParams): { id: string; secret: string } => {
  const basic = /^Basic\s+(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  if (basic === undefined) return { id: form.get('client_id') ?? '', secret: form.get('client_secret') ?? '' };
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':').map(decoded);
  return { id, secret };
};

/** `resource`, or `scope` without its `/.default`: the rest is the audience to the letter, doubled slash included. */
const audienceOf = (form: URLSearchParams): string | undefined =>
  form.get('resource') ?? /^(\S+)\/\.default$/.exec((form.get('scope') ?? '').split(' ')[0] ?? '')?.[1];

const unknownTenant = (exchange: Exchange, tenant: string): Response =>
  failure(exchange, 400, 'invalid_request', 90002, [
    `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct`,
    'cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the',
    'tenant.',
  ]);

const unknownApplication = (exchange: Exchange, clientId: string): Response =>
  failure(exchange, 400, 'unauthorized_client', 700016, [
    `Application with identifier '${clientId}' was not found in the directory '${exchange.state.tenantId}'. This can`,
    'happen if the application has not been installed by the administrator of the tenant or consented to by any user in',
    'the tenant. You may have sent your authentication request to the wrong tenant.',
  ]);

const badSecret = (exchange: Exchange, principal: Principal): Response =>
  failure(exchange, 401, 'invalid_client', 7000215, [
    'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the',
    `client secret ID, for a secret added to app '${principal.clientId}'.`,
  ]);

const expiredSecret = (exchange: Exchange, principal: Principal): Response =>
  failure(exchange, 401, 'invalid_client', 7000222, [
    `The provided client secret keys for app '${principal.clientId}' are expired. Visit the Azure portal to create new`,
    'keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security:',
    'https://aka.ms/certCreds.',
  ]);

const unsupportedGrant = (exchange: Exchange, grant: string): Response =>
  failure(exchange, 400, 'unsupported_grant_type', 70003, [`The app requested an unsupported grant type '${grant}'.`]);

const scopeInvalid = (exchange: Exchange, scope: string): Response =>
  failure(exchange, 400, 'invalid_scope', 1002012, [
    `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default`,
    'suffixed to the resource identifier (application ID URI).',
  ]);

/** The error body of Entra, with its ids and its time repeated at the end of the text. */
const failure = (exchange: Exchange, status: number, error: string, code: number, lines: string[]): Response => {
  const { state, now, url } = exchange;
  const ids = { trace_id: guid(state), correlation_id: guid(state) };
  const timestamp = spaced(now);
  return json(status, {
    error,
    error_description:
      `AADSTS${code}: ${lines.join(' ')} Trace ID: ${ids.trace_id} Correlation ID: ${ids.correlation_id} ` +
      `Timestamp: ${timestamp}`,
    error_codes: [code],
    timestamp,
    ...ids,
    error_uri: `${url.origin}/error?code=${code}`,
  });
};
