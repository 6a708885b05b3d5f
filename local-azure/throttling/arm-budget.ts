import { refuseAtGateway, type Refusal } from '../arm/answers.ts';
import { fold, type ArmTarget } from '../arm/path.ts';
import type { Exchange } from '../arm/provider.ts';
import type { Principal } from '../entra/principals.ts';
import { refilled, untilToken, type BucketSize } from './token-bucket.ts';

type Operation = 'reads' | 'writes' | 'deletes';

/** For each principal, subscription and kind of operation; at the tenant the same again (Azure docs). */
const sizes: Readonly<Record<Operation, BucketSize>> = {
  reads: { size: 250, perSecond: 25 },
  writes: { size: 200, perSecond: 10 },
  deletes: { size: 200, perSecond: 10 },
};

/** What the first answer of an hour said under the hourly limits (recorded): shown where nothing is throttled. */
const unthrottled: Readonly<Record<Operation, number>> = { reads: 11_999, writes: 1_199, deletes: 14_999 };

/**
 * Takes a token for the request, or refuses it while there is none. Returns the header that tells what is left.
 */
export const takeToken = (exchange: Exchange, caller: Principal, target: ArmTarget): [name: string, left: string] => {
  const { state, settings, now, request } = exchange;
  const operation = operationOf(request.method);
  const level = target.subscriptionId === undefined ? 'tenant' : 'subscription';
  const header = `x-ms-ratelimit-remaining-${level}-${operation}`;
  if (!settings.throttling) return [header, String(unthrottled[operation])];
  const { size, perSecond } = sizes[operation];
  const budget = { size, perSecond: perSecond * settings.timeScale };
  const key = `${caller.objectId}/${fold(target.subscriptionId ?? 'tenant')}/${operation}`;
  const bucket = refilled(state.throttling.buckets[key], budget, now);
  if (bucket.tokens < 1) throw exceeded(exchange, caller, target, header, untilToken(bucket, budget));
  const tokens = bucket.tokens - 1;
  state.throttling.buckets[key] = { ...bucket, tokens };
  return [header, String(Math.floor(tokens))];
};

const operationOf = (method: string): Operation => {
  if (method === 'DELETE') return 'deletes';
  return method === 'GET' || method === 'HEAD' ? 'reads' : 'writes';
};

/** Code and text for a subscription from users' reports; those for the tenant, and the header, in their image. */
const exceeded = (
  { request, state }: Exchange,
  { objectId }: Principal,
  { subscriptionId }: ArmTarget,
  header: string,
  ms: number,
): Refusal => {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  const verb = operationOf(request.method).slice(0, -1);
  const place = subscriptionId === undefined ? `tenant '${state.tenantId}'` : `subscription '${subscriptionId}'`;
  return refuseAtGateway(
    429,
    subscriptionId === undefined ? 'TenantRequestsThrottled' : 'SubscriptionRequestsThrottled',
    `Number of '${verb}' requests for ${place} actor '${objectId}' exceeded. Please try again after '${seconds}' seconds ` +
      'after additional tokens are available. Refer to https://aka.ms/arm-throttling for additional information.',
    { headers: { 'retry-after': String(seconds), [header]: '0' } },
  );
};
