import { empty, json, refuse } from '../arm/answers.ts';
import type { ArmCall, Handler } from '../arm/provider.ts';
import { spaced } from '../dates.ts';
import { own } from '../json.ts';
import { hex } from '../random.ts';
import { retryAfter } from '../settings.ts';
import { purgeRefused } from '../vault/errors.ts';
import { answer, served } from './answers.ts';
import { existingDeleted } from './lookup.ts';

/** 202 and an operation to poll (recorded). Until it ends the vault is still among the deleted ones (assumed). */
export const purgeVault: Handler = (call) => {
  const { state, now, settings } = call;
  const deleted = existingDeleted(call);
  if (deleted.vault.enablePurgeProtection) throw purgeRefused();
  deleted.purge ??= { startedAt: now, endsAt: now + settings.vaultPurge };
  const operation = hex(state);
  state.vaultPurges[operation] = deleted.purge;
  return empty(202, whereToPoll(call, operation));
};

export const getPurgeResult: Handler = (call) => {
  const { state, now, target } = call;
  const operation = target.names[1] ?? '';
  const purge = own(state.vaultPurges, operation);
  if (!purge) throw refuse(404, 'ResourceNotFound', 'The specified resource does not exist.');
  const createdDateTime = spaced(purge.startedAt);
  return purge.endsAt > now
    ? json(202, { createdDateTime, status: 'NotStarted' }, whereToPoll(call, operation))
    : answer({ createdDateTime, lastActionDateTime: spaced(purge.endsAt), status: 'Succeeded' });
};

const whereToPoll = (
  { endpoints, target, apiVersion, settings }: ArmCall,
  operation: string,
): Record<string, string> => ({
  location:
    `${endpoints.arm}/subscriptions/${target.subscriptionId ?? ''}/providers/Microsoft.KeyVault/locations/` +
    `${encodeURIComponent(target.names[0] ?? '')}/operationResults/${operation}?api-version=${apiVersion}`,
  'retry-after': retryAfter(settings),
  ...served,
});
