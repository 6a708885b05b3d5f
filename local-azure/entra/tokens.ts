import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Principal } from './principals.ts';

/** The claims that Azure's services read. `exp` and its like are unix seconds. */
export type Claims = {
  aud: string;
  iss: string;
  tid: string;
  oid: string;
  appid: string;
  iat: number;
  nbf: number;
  exp: number;
};

/** Lifetime in seconds, as the token endpoint says it (recorded). */
export const tokenLifetime = 3599;

export const issuerOf = (tenantId: string): string => `https://sts.windows.net/${tenantId}/`;

/** A JWT over the claims, signed with the key of the state, so that only tokens of this local Azure are honoured. */
export const signToken = (signingKey: string, principal: Principal, audience: string, now: number): string => {
  const iat = Math.floor(now / 1000);
  const claims: Claims = {
    aud: audience,
    iss: issuerOf(principal.tenantId),
    tid: principal.tenantId,
    oid: principal.objectId,
    appid: principal.clientId,
    iat,
    nbf: iat,
    exp: iat + tokenLifetime,
  };
  const signed = `${header}.${encode(claims)}`;
  return `${signed}.${signatureOf(signingKey, signed)}`;
};

/** The claims of a token that carries our signature; nothing for any other text. Expiry is the reader's to judge. */
export const readToken = (signingKey: string, token: string): Claims | undefined => {
  const [head, payload, signature, ...more] = token.split('.');
  if (head !== header || !payload || !signature || more.length > 0) return undefined;
  const expected = Buffer.from(signatureOf(signingKey, `${head}.${payload}`));
  const given = Buffer.from(signature);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Claims;
};

/** What stands after `Bearer` in the request, if anything. */
export const bearerOf = (request: Request): string | undefined =>
  /^Bearer\s+(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const header = encode({ typ: 'JWT', alg: 'HS256' });

const signatureOf = (signingKey: string, text: string): string =>
  createHmac('sha256', signingKey).update(text).digest('base64url');
