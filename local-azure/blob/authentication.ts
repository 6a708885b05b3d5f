import type { Refusal } from '../arm/answers.ts';
import type { Principal } from '../entra/principals.ts';
import { bearerOf, issuerOf, readToken, type Claims } from '../entra/tokens.ts';
import type { BlobCall } from './call.ts';
import { refuseBlob } from './refusals.ts';

/** Who calls. Only Entra's tokens are honoured: the keys of the local Azure's accounts sign nothing. */
export const authenticateToBlobs = (call: BlobCall): Principal => {
  const { state, request, url, now } = call;
  if (url.searchParams.has('sig')) throw keysRefused(call);
  const authorization = request.headers.get('authorization');
  if (authorization === null) throw anonymous(call);
  const token = bearerOf(request);
  if (token === undefined) throw keysRefused(call);
  const claims = readToken(state.signingKey, token);
  if (!claims) throw badToken(call, 'Signature validation failed.');
  if (!acceptedAudiences(call).includes(withoutSlash(claims.aud))) {
    throw badToken(call, 'Audience validation failed. Audience did not match.');
  }
  if (!isIssuedHere(call, claims)) throw badToken(call, 'Issuer validation failed. Issuer did not match.');
  if (claims.exp * 1000 <= now) throw badToken(call, 'Lifetime validation failed. The token is expired.');
  const caller = state.principals[claims.oid];
  if (!caller) throw badToken(call, 'Signature validation failed.');
  return caller;
};

const withoutSlash = (audience: string): string => audience.replace(/\/$/, '');

/** All of storage, or this account alone; by the names of public Azure, which clients ask for, and by the local ones. */
const acceptedAudiences = ({ account: { name }, endpoints }: BlobCall): string[] => [
  'https://storage.azure.com',
  `https://storage.${endpoints.suffixes.storage}`,
  `https://${name}.blob.core.windows.net`,
  withoutSlash(endpoints.storage(name, 'blob')),
];

const isIssuedHere = ({ state }: BlobCall, { iss }: Claims): boolean => iss === issuerOf(state.tenantId);

/** The challenge that newer versions answer to an anonymous call (documented). */
const anonymous = (call: BlobCall): Refusal =>
  refuseBlob(
    call,
    401,
    'NoAuthenticationInformation',
    'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.',
    { headers: { 'www-authenticate': challengeOf(call) } },
  );

/** From users' reports; the details for a foreign signature and issuer are assumed. */
const badToken = (call: BlobCall, detail: string): Refusal =>
  refuseBlob(
    call,
    401,
    'InvalidAuthenticationInfo',
    'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.',
    { detail, headers: { 'www-authenticate': challengeOf(call) } },
  );

const challengeOf = ({ endpoints, state }: BlobCall): string =>
  `Bearer authorization_uri=${endpoints.login}/${state.tenantId}/oauth2/authorize resource_id=https://storage.azure.com`;

/** Shared keys and the signatures made with them; codes and texts documented. */
const keysRefused = (call: BlobCall): Refusal =>
  call.account.properties['allowSharedKeyAccess'] === false
    ? refuseBlob(
        call,
        403,
        'KeyBasedAuthenticationNotPermitted',
        'Key based authentication is not permitted on this storage account.',
      )
    : refuseBlob(
        call,
        403,
        'AuthenticationFailed',
        'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly ' +
          'including the signature.',
      );
