import { DefaultAzureCredential, type TokenCredential } from '@azure/identity';
import { callsPolicy, type OnCall } from './calls.ts';
import type { Cloud } from './cloud.ts';
import { isLocalhost, localhostPolicy } from './pipeline.ts';

/**
 * Workload identity, managed identity, a client secret in the environment or `az login`: whichever there is. A cloud on
 * this machine is asked directly; any other is first looked up in Microsoft's list of authorities.
 */
export const createCredential = (cloud: Cloud, onCall?: OnCall): TokenCredential =>
  new DefaultAzureCredential({
    authorityHost: cloud.authorityHost,
    disableInstanceDiscovery: isLocalhost(new URL(cloud.authorityHost).hostname),
    retryOptions: { maxRetries: 0 },
    additionalPolicies: [
      { policy: localhostPolicy(), position: 'perRetry' },
      ...(onCall ? [{ policy: callsPolicy(() => 'login', onCall), position: 'perRetry' as const }] : []),
    ],
  });
