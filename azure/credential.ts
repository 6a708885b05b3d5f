import type { HttpClient } from '@azure/core-rest-pipeline';
import {
  AuthenticationError,
  DefaultAzureCredential,
  type AccessToken,
  type GetTokenOptions,
  type TokenCredential,
} from '@azure/identity';
import { callsPolicy, type OnCall } from './calls.ts';
import type { Cloud } from './cloud.ts';
import { isLocalhost, localhostPolicy, unlessAborted } from './pipeline.ts';

export type CredentialOptions = {
  /** Hears of every request to the token service and its status. */
  onCall?: OnCall;
  /** Default: the credential's own, over sockets. */
  httpClient?: HttpClient;
  /** A signal that is aborted after so many milliseconds. Default: by the clock of the machine. */
  abortAfter?: (ms: number) => AbortSignal;
};

/**
 * Workload identity, managed identity, a client secret in the environment or `az login`: whichever there is. A cloud on
 * this machine is asked directly; any other is first looked up in Microsoft's list of authorities.
 */
export const createCredential = (
  cloud: Cloud,
  { onCall, httpClient, abortAfter }: CredentialOptions = {},
): TokenCredential => {
  const credential = new DefaultAzureCredential({
    authorityHost: cloud.authorityHost,
    disableInstanceDiscovery: isLocalhost(new URL(cloud.authorityHost).hostname),
    retryOptions: { maxRetries: 0 },
    additionalPolicies: [
      { policy: localhostPolicy(), position: 'perRetry' },
      ...(onCall ? [{ policy: callsPolicy(() => 'login', onCall), position: 'perRetry' as const }] : []),
    ],
    ...(httpClient ? { httpClient } : {}),
  });
  return holding(impatient(credential, tokenTimeout, abortAfter));
};

/** Shorter than the heartbeat timeout of an attempt, which is silent while it waits for its token. In milliseconds. */
const tokenTimeout = 15_000;

/**
 * Ends a token request that hangs. The official clients share one request among all callers, and neither they nor the
 * credential obey a signal, so that one hanging connection blocked every later attempt of a worker until its restart.
 * The signal of the first caller is not passed on: it would also end the requests of the others, and later refreshes.
 */
export const impatient = (
  credential: TokenCredential,
  timeout = tokenTimeout,
  abortAfter = (ms: number): AbortSignal => AbortSignal.timeout(ms),
): TokenCredential => ({
  getToken: (scopes, options = {}) => {
    const abortSignal = abortAfter(timeout);
    const token = credential.getToken(scopes, { ...options, abortSignal });
    return unlessAborted(token, abortSignal, () => noAnswer(timeout));
  },
});

const noAnswer = (timeout: number): AuthenticationError =>
  new AuthenticationError(408, { error: 'timeout', error_description: `no answer within ${timeout / 1000} s` });

const second = 1_000;
/** MSAL gives a token out until five minutes before its end, and asks for another one after that. */
const renewedBefore = 240 * second;
/** What a request needs of a token, with a margin for clocks that differ. */
const neededFor = 60 * second;
/** Between two renewals while the old token is still good. */
const renewalPause = 30 * second;

/** What is known of the tokens of one audience. */
type Audience = { token?: AccessToken; asking?: Promise<AccessToken | null>; askedAt: number };

/**
 * Keeps tokens, sends one request at a time for each audience, and uses the old token while no new one is available.
 * The official clients renew theirs by themselves, in an unhandled promise: a token service that was unreachable for
 * the last two minutes of a token ended the worker (core-rest-pipeline 1.25.1). This credential therefore returns
 * tokens that end at once: the clients ask for each request, and renew nothing.
 */
export const holding = (credential: TokenCredential): TokenCredential => {
  const audiences = new Map<string, Audience>();
  const ask = async (audience: Audience, scopes: string | string[], options: GetTokenOptions) => {
    audience.askedAt = Date.now();
    audience.asking = credential.getToken(scopes, options).then(unlessOver);
    try {
      const token = await audience.asking;
      if (token) audience.token = token;
      return token;
    } finally {
      delete audience.asking;
    }
  };
  return {
    getToken: async (scopes, options = {}) => {
      const key = JSON.stringify([scopes, options.tenantId, options.enableCae]);
      const audience = audiences.get(key) ?? { askedAt: -Infinity };
      audiences.set(key, audience);
      if (options.claims !== undefined) {
        // Azure does not take the token any more, and says what it wants of the next one. A renewal under way knows nothing of it.
        const fresh: Audience = { askedAt: -Infinity };
        audiences.set(key, fresh);
        return endingNow(await ask(fresh, scopes, options));
      }
      const good = goodOf(audience);
      if (good && !isToBeRenewed(good, audience)) return endingNow(good);
      try {
        return endingNow(await (audience.asking ?? ask(audience, scopes, options)));
      } catch (error) {
        if (good) return endingNow(good);
        throw error;
      }
    },
  };
};

/** A gateway's answer may look like a token. MSAL takes one that does not say when it ends for over. @throws AuthenticationError */
const unlessOver = (token: AccessToken | null): AccessToken | null => {
  if (token && !(token.expiresOnTimestamp > Date.now())) {
    throw new AuthenticationError(408, {
      error: 'timeout',
      error_description: 'the token is already expired',
    });
  }
  return token;
};

const goodOf = ({ token }: Audience): AccessToken | undefined =>
  token && token.expiresOnTimestamp - Date.now() > neededFor ? token : undefined;

const isToBeRenewed = (token: AccessToken, { asking, askedAt }: Audience): boolean => {
  const from = Math.min(token.refreshAfterTimestamp ?? Infinity, token.expiresOnTimestamp - renewedBefore);
  return Date.now() >= from && asking === undefined && Date.now() - askedAt >= renewalPause;
};

const endingNow = <T extends AccessToken | null>(token: T): T =>
  token && { ...token, expiresOnTimestamp: Date.now(), refreshAfterTimestamp: undefined };
