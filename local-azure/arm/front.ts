import type { Principal } from '../entra/principals.ts';
import { isObject, own, parseJson, type JsonObject } from '../json.ts';
import { findGroup, groupBeingDeleted, groupNotFound } from '../resources/group-store.ts';
import { takeToken } from '../throttling/arm-budget.ts';
import { answerOrRefusal, refuseAtGateway } from './answers.ts';
import { assertApiVersion } from './api-version.ts';
import { authenticate } from './authentication.ts';
import { withArmHeaders } from './headers.ts';
import { assertUnlocked } from './locks.ts';
import { answerMetadata } from './metadata.ts';
import { fold, parseArmPath, type ArmTarget } from './path.ts';
import type { ArmCall, Exchange, KnownRoute } from './provider.ts';
import { assertRegistered } from './registration.ts';
import { mayDo } from './rights.ts';

/** Answers for `management.localhost`. The checks stand in Azure Resource Manager's own order. */
export const answerArm = async (exchange: Exchange): Promise<Response> =>
  withArmHeaders(exchange, await answerOrRefusal(() => admit(exchange)));

/** Who calls for what, within which budget. */
const admit = async (exchange: Exchange): Promise<Response> => {
  const { request, url, entry } = exchange;
  const text = await request.text(); // The only wait: from here on nothing can come between the checks and the act.
  if (fold(url.pathname) === '/metadata/endpoints' && request.method === 'GET') return answerMetadata(exchange);
  const caller = authenticate(exchange);
  entry.principal = caller.name;
  const target = parseArmPath(url.pathname);
  if (!target) throw refuseAtGateway(400, 'BadRequest', 'The request URI is not well formed.');
  const budgetLeft = takeToken(exchange, caller, target);
  const answer = await answerOrRefusal(() => handle(exchange, caller, target, text));
  if (!answer.headers.has('x-ms-failure-cause') && !tellsBudget(answer)) answer.headers.set(...budgetLeft);
  return answer;
};

/** A provider with a budget of its own tells what is left of that instead (recorded). */
const tellsBudget = ({ headers }: Response): boolean =>
  [...headers.keys()].some((name) => name.startsWith('x-ms-ratelimit-remaining-'));

const handle = async (exchange: Exchange, caller: Principal, target: ArmTarget, text: string): Promise<Response> => {
  const { request, url, state, settings, routes, entry } = exchange;
  const route = routes.find(request.method, target);
  const apiVersion = assertApiVersion(url.searchParams, target, route);
  if (!route) throw routes.refusalFor(request.method, target, apiVersion);
  const action = route.actionOf(target);
  entry.action = action;
  assertSubscription(exchange, target);
  if (!route.open) assertAuthorized(exchange, caller, action, target);
  assertGroup(exchange, target, route);
  if (route.lockedAs) assertUnlocked(state, target.id, route.lockedAs);
  assertRegistered(exchange, target, route.provider);
  const call: ArmCall = { ...exchange, target, apiVersion, query: url.searchParams, body: bodyOf(text), caller };
  if (settings.throttling) route.provider.throttle?.(call);
  const answer = await route.run(call);
  entry.write = route.effect === 'write' && answer.status !== 204; // What was not there has not been deleted.
  return answer;
};

const assertSubscription = ({ state }: Exchange, { subscriptionId }: ArmTarget): void => {
  if (subscriptionId === undefined || own(state.subscriptions, fold(subscriptionId))) return;
  throw refuseAtGateway(404, 'SubscriptionNotFound', `The subscription '${subscriptionId}' could not be found.`);
};

/** Text recorded. */
const assertAuthorized = ({ state }: Exchange, caller: Principal, action: string, target: ArmTarget): void => {
  const scope = target.id || '/';
  if (mayDo(state, caller.objectId, action, scope)) return;
  throw refuseAtGateway(
    403,
    'AuthorizationFailed',
    `The client '${caller.clientId}' with object id '${caller.objectId}' does not have authorization to perform action ` +
      `'${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your ` +
      'credentials.',
  );
};

/** What lies in a group needs one, and a write one that stays; the group's own routes see to that themselves. */
const assertGroup = ({ state }: Exchange, target: ArmTarget, route: KnownRoute): void => {
  const { subscriptionId = '', resourceGroup } = target;
  if (resourceGroup === undefined || route.isOfGroupItself) return;
  const group = findGroup(state, `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`);
  if (!group) throw groupNotFound(resourceGroup);
  if (group.goneAt !== undefined && route.effect === 'write') throw groupBeingDeleted(resourceGroup);
};

const bodyOf = (text: string): JsonObject => {
  if (text.trim() === '') return {};
  const body = parseJson(text);
  if (isObject(body)) return body;
  throw refuseAtGateway(
    400,
    'InvalidRequestContent',
    'The request content was invalid and could not be deserialized: it is not a JSON object.',
  );
};
