import { withArmHeaders } from '../arm/headers.ts';
import { destinationOf } from '../endpoints.ts';
import { withVaultHeaders } from '../vault/data-plane.ts';
import { findVault } from '../vault/store.ts';
import type { FaultedCall } from './call.ts';

/** Adds what every answer of the service that is asked carries: by its ids a failure is reported, too. */
export const withServiceHeaders = (
  { request, url, state, now }: Pick<FaultedCall, 'request' | 'url' | 'state' | 'now'>,
  answer: Response,
): Response => {
  const destination = destinationOf(url.hostname);
  if (destination.to === 'arm') return withArmHeaders({ request, state, now: now() }, answer);
  const vault = destination.to === 'vault' ? findVault(state, destination.vaultName) : undefined;
  return vault ? withVaultHeaders({ request, state }, vault, answer) : answer;
};
