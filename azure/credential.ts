import { AuthenticationError, DefaultAzureCredential, type TokenCredential } from '@azure/identity';
import { callsPolicy, type OnCall } from './calls.ts';
import type { Cloud } from './cloud.ts';
import { isLocalhost, localhostPolicy, unlessAborted } from './pipeline.ts';

/**
 * Workload identity, managed identity, a client secret in the environment or `az login`: whichever there is. A cloud on
 * this machine is asked directly; any other is first looked up in Microsoft's list of authorities.
 */
export const createCredential = (cloud: Cloud, onCall?: OnCall): TokenCredential =>
  impatient(
    new DefaultAzureCredential({
      authorityHost: cloud.authorityHost,
      disableInstanceDiscovery: isLocalhost(new URL(cloud.authorityHost).hostname),
      retryOptions: { maxRetries: 0 },
      additionalPolicies: [
        { policy: localhostPolicy(), position: 'perRetry' },
        ...(onCall ? [{ policy: callsPolicy(() => 'login', onCall), position: 'perRetry' as const }] : []),
      ],
    }),
  );

/** Shorter than the heartbeat timeout of an attempt, which is silent while it waits for its token. In milliseconds. */
const tokenTimeout = 15_000;

/**
 * Gives a token request up that hangs. The official clients hand one request on to all who ask meanwhile, and neither they nor
 * the credential heed a signal, so that one hung connection held up every later attempt of a worker until it was restarted. The
 * signal of the first caller is not passed on: it would also end the requests of the others, and later refreshes.
 */
export const impatient = (credential: TokenCredential, timeout = tokenTimeout): TokenCredential => ({
  getToken: (scopes, options = {}) => {
    const abortSignal = AbortSignal.timeout(timeout);
    const token = credential.getToken(scopes, { ...options, abortSignal });
    return unlessAborted(token, abortSignal, () => noAnswer(timeout));
  },
});

const noAnswer = (timeout: number): AuthenticationError =>
  new AuthenticationError(408, { error: 'timeout', error_description: `no answer within ${timeout / 1000} s` });
