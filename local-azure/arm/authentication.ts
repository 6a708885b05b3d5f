import type { Principal } from '../entra/principals.ts';
import { bearerOf, issuerOf, readToken, type Claims } from '../entra/tokens.ts';
import { refuseAtGateway, type Refusal } from './answers.ts';
import type { Exchange } from './provider.ts';

/** Who calls. Throws the 401 that Azure Resource Manager gives for a missing, forged, misdirected or expired token. */
export const authenticate = (exchange: Exchange): Principal => {
  const { state, request, now } = exchange;
  if (!request.headers.has('authorization')) throw headerMissing(exchange);
  const claims = readToken(state.signingKey, bearerOf(request) ?? '');
  if (!claims) throw tokenInvalid(exchange);
  const audiences = acceptedAudiences(exchange);
  if (!audiences.includes(claims.aud)) throw wrongAudience(exchange, claims, audiences);
  if (claims.tid !== state.tenantId) throw wrongTenant(exchange, claims);
  if (claims.exp * 1000 <= now) throw tokenExpired(exchange, claims);
  const caller = state.principals[claims.oid];
  if (!caller) throw tokenInvalid(exchange);
  return caller;
};

/**
 * What clients ask for: the endpoint with and without slash, with the doubled slash of the Azure CLI, and the names of
 * public Azure, which some official clients ask for whatever their endpoint (tried).
 */
const acceptedAudiences = ({ endpoints }: Exchange): string[] =>
  [endpoints.arm, 'https://management.azure.com', 'https://management.core.windows.net'].flatMap((audience) => [
    `${audience}/`,
    audience,
    `${audience}//`,
  ]);

const headerMissing = (exchange: Exchange): Refusal =>
  unauthorized(
    exchange,
    'AuthenticationFailed',
    "Authentication failed. The 'Authorization' header is missing.",
    "The authentication failed because of missing 'Authorization' header.",
  );

const tokenInvalid = (exchange: Exchange): Refusal =>
  unauthorized(exchange, 'InvalidAuthenticationToken', 'The access token is invalid.', 'The access token is invalid.');

const wrongAudience = (exchange: Exchange, claims: Claims, audiences: string[]): Refusal =>
  unauthorized(
    exchange,
    'InvalidAuthenticationTokenAudience',
    `The access token has been obtained for wrong audience or resource '${claims.aud}'. It should exactly match with ` +
      `one of the allowed audiences ${audiences.map((audience) => `'${audience}'`).join(',')}.`,
    'The access token has been obtained from wrong audience or resource.',
  );

const wrongTenant = (exchange: Exchange, claims: Claims): Refusal =>
  unauthorized(
    exchange,
    'InvalidAuthenticationTokenTenant',
    `The access token is from the wrong issuer '${claims.iss}'. It must match the tenant ` +
      `'${issuerOf(exchange.state.tenantId)}' associated with this subscription. Please use the authority (URL) ` +
      `'${authorityOf(exchange)}' to get the token. Note, if the subscription is transferred to another tenant there is ` +
      'no impact to the services, but information about new tenant could take time to propagate (up to an hour). If you ' +
      'just transferred your subscription and see this error message, please try back later.',
    'The access token is from the wrong issuer.',
  );

const tokenExpired = (exchange: Exchange, claims: Claims): Refusal =>
  unauthorized(
    exchange,
    'ExpiredAuthenticationToken',
    `The access token expiry UTC time '${spoken(claims.exp * 1000)}' is earlier than current UTC time ` +
      `'${spoken(exchange.now)}'.`,
    'The access token has expired.',
  );

/** Codes, texts and header as recorded for the expired token; the others in its image. */
const unauthorized = (exchange: Exchange, code: string, message: string, description: string): Refusal =>
  refuseAtGateway(401, code, message, {
    headers: {
      'www-authenticate':
        `Bearer authorization_uri="${authorityOf(exchange)}", error="invalid_token", ` +
        `error_description="${description}"`,
      connection: 'close',
    },
  });

const authorityOf = ({ endpoints, state }: Exchange): string => `${endpoints.login}/${state.tenantId}`;

/** `8/17/2020 3:46:33 AM` */
const spoken = (ms: number): string => {
  const date = new Date(ms);
  const hours = date.getUTCHours();
  const clock = [hours % 12 || 12, two(date.getUTCMinutes()), two(date.getUTCSeconds())].join(':');
  return `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()} ${clock} ${hours < 12 ? 'AM' : 'PM'}`;
};

const two = (value: number): string => String(value).padStart(2, '0');
