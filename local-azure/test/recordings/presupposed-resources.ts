/** Which resources were there before a recorded exchange, and which locks stood in its way. */
import { fold, type ArmTarget } from '../../arm/path.ts';
import { objectIn, type JsonObject } from '../../json.ts';
import { destinationOf } from './destination.ts';
import { bodyOf, errorOf, hasSucceeded, requestOf, type Exchange } from './exchange.ts';
import type { Presupposition } from './presupposition.ts';
import { kindOf, lineageOf, nameOf, typeOf } from './resources.ts';
import { textsWithin, viewOf, viewsIn } from './views.ts';

/** The resource itself and those above it, as far as the answer shows that they were there. */
export const resourcesOnTheWay = (exchange: Exchange, target: ArmTarget, session: Exchange[]): Presupposition[] =>
  idsOnTheWay(exchange, target, session).flatMap((id) => resource(id, session, exchange));

/** What a list shows was there before. */
export const resourcesListed = (exchange: Exchange, session: Exchange[]): Presupposition[] =>
  exchange.method === 'GET' && Array.isArray(bodyOf(exchange)['value'])
    ? viewsIn(exchange).flatMap(({ id }) => (kindOf(id) ? resourcesAt(id, session, exchange) : []))
    : [];

/** Accounts that a body names and without which it would have been refused; of a dropped body the answer shows them. */
export const resourcesNamed = (exchange: Exchange, session: Exchange[]): Presupposition[] =>
  hasSucceeded(exchange) && exchange.method !== 'GET'
    ? accountsWithin(requestOf(exchange) ?? bodyOf(exchange)).flatMap((id) => resourcesAt(id, session))
    : [];

/** A resource and all above it. */
export const resourcesAt = (id: string, session: Exchange[], exchange?: Exchange): Presupposition[] =>
  lineageOf(id).flatMap((outer) => resource(outer, session, exchange));

/** With its provider, and with the accounts that it sends to. */
const resource = (id: string, session: Exchange[], exchange?: Exchange): Presupposition[] => {
  const view = { ...viewOf(id, session), ...(exchange ? shownNow(id, exchange) : {}) };
  const accounts = accountsWithin(view).filter((account) => fold(account) !== fold(id));
  return [
    ...accounts.flatMap((account) => resourcesAt(account, session)),
    ...registrationOf(id),
    { is: 'resource', id, view },
  ];
};

/** A look at it shows it as it is now, and some refusals tell of it. */
const shownNow = (id: string, exchange: Exchange): JsonObject => {
  const [, location] = /already exists in location '([^']+)'/.exec(errorOf(exchange.body).message) ?? [];
  return {
    ...(exchange.method === 'GET' ? viewOf(id, [exchange]) : {}),
    ...(location === undefined ? {} : { location }),
  };
};

const registrationOf = (id: string): Presupposition[] => {
  const [, subscriptionId = '', namespace] = /^\/subscriptions\/([^/]+).*\/providers\/([^/]+)/i.exec(id) ?? [];
  return namespace === undefined ? [] : [{ is: 'registered', subscriptionId, namespace }];
};

const accountsWithin = (value: JsonObject): string[] => textsWithin(value).filter((text) => accountId.test(text));

const accountId =
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Storage\/storageAccounts\/[^/]+$/i;

const idsOnTheWay = (exchange: Exchange, target: ArmTarget, session: Exchange[]): string[] => {
  const line = lineageOf(target.id);
  const { code, message } = errorOf(exchange.body);
  if (code === 'ResourceGroupNotFound' || code === 'SubscriptionNotFound') return [];
  if (exchange.status === 404) return line.slice(0, firstAbsent(line, target, message));
  return isItself(line, target) && !existedBefore(exchange, target.id, session) ? line.slice(0, -1) : line;
};

/** Whether the last of the line is what the request is about; a child of an unknown type or an action has none of its own. */
const isItself = (line: string[], { id, pattern }: ArmTarget): boolean =>
  fold(line.at(-1) ?? '') === fold(id) && pattern.endsWith('{}');

/** The place of the outermost resource that a refusal names; without a name, of what the request is about. */
const firstAbsent = (line: string[], target: ArmTarget, message: string): number => {
  const quoted = [...message.matchAll(/'([^']*)'/g)].map(([, text = '']) => fold(nameOf(text)));
  const named = line.findIndex((id) => typeOf(id) !== 'resourcegroups' && quoted.includes(fold(nameOf(id))));
  if (named >= 0) return named;
  return isItself(line, target) ? line.length - 1 : line.length;
};

const existedBefore = (exchange: Exchange, id: string, session: Exchange[]): boolean => {
  switch (exchange.method) {
    case 'PUT':
      return hasSucceeded(exchange)
        ? isChange(exchange, id)
        : refusesChange(exchange) || isThereNext(exchange, id, session);
    case 'DELETE':
      return exchange.status !== 204;
    default:
      return true;
  }
};

/** Most types tell a new resource by another status; of a new vault, the name has to be registered first. */
const isChange = (exchange: Exchange, id: string): boolean => {
  const statusWhenNew = kindOf(id)?.statusWhenNew;
  if (statusWhenNew !== undefined) return exchange.status === 200 && statusWhenNew !== 200;
  const recovers = objectIn(requestOf(exchange) ?? {}, 'properties')['createMode'] === 'recover';
  const { provisioningState } = objectIn(bodyOf(exchange), 'properties');
  return typeOf(id) === 'microsoft.keyvault/vaults' && provisioningState === 'Succeeded' && !recovers;
};

/** A refusal that only something that exists can meet. */
const refusesChange = ({ body }: Exchange): boolean =>
  /InvalidResource(Group)?Location|CannotBe(Updated|Changed)|ScopeLocked/.test(errorOf(body).code);

/** A refused PUT makes nothing: what the session sees there next, it saw before. */
const isThereNext = ({ i }: Exchange, id: string, session: Exchange[]): boolean => {
  const next = session.find((other) => other.i > i && hasSucceeded(other) && isAbout(other, id));
  return next !== undefined && next.method !== 'PUT' && next.status !== 204;
};

const isAbout = ({ url }: Exchange, id: string): boolean => {
  const destination = destinationOf(url);
  return destination.to === 'arm' && fold(destination.target.id) === fold(id);
};

/** The scopes that a refusal names hold locks, ReadOnly ones where a write was refused; what succeeded met none of these. */
export const lockStates = (exchange: Exchange, { id }: ArmTarget, session: Exchange[]): Presupposition[] => {
  const { code, message } = errorOf(exchange.body);
  if (code !== 'ScopeLocked')
    return exchange.method !== 'GET' && hasSucceeded(exchange) ? [{ is: 'no lock', scope: id }] : [];
  const named = /locked: (.*)/s.exec(message)?.[1] ?? '';
  const scopes = [...named.matchAll(/\/subscriptions\/[^'",;\s]+/g)].map(([scope]) => scope.replace(/\.$/, ''));
  const level = exchange.method === 'DELETE' ? 'CanNotDelete' : 'ReadOnly';
  return scopes.flatMap((scope): Presupposition[] => {
    const known = locksAt(scope, session);
    return known.length > 0 ? known.flatMap((lock) => resource(lock, session)) : [{ is: 'lock', scope, level }];
  });
};

/** The ids of locks at just this scope that a session calls or shows. */
const locksAt = (scope: string, session: Exchange[]): string[] => {
  const called = session.flatMap(({ url }) => {
    const destination = destinationOf(url);
    return destination.to === 'arm' ? [destination.target.id] : [];
  });
  const all = [...called, ...session.flatMap(viewsIn).map(({ id }) => id)];
  const start = fold(`${scope}/providers/Microsoft.Authorization/locks/`);
  return [...new Set(all.filter((id) => fold(id).startsWith(start)).map(fold))];
};
