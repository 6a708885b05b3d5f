/** What must have been so before a recorded exchange could go as it went: judged from that exchange and its session alone. */
import type { ArmTarget } from '../../arm/path.ts';
import { textIn, type JsonObject } from '../../json.ts';
import { keyOfAddress } from './addresses.ts';
import { destinationOf } from './destination.ts';
import { bodyOf, errorOf, type Exchange } from './exchange.ts';
import { statesOfDevice } from './presupposed-devices.ts';
import { lockStates, resourcesListed, resourcesNamed, resourcesOnTheWay } from './presupposed-resources.ts';
import { secretsPresupposed } from './presupposed-secrets.ts';
import { deletedVaults, takenNames, vaultBehind } from './presupposed-vaults.ts';
import type { Presupposition } from './presupposition.ts';
import { entriesOf } from './views.ts';

/** Outer things first. `session`: all of its exchanges, for what they show. */
export const presupposedBy = (exchange: Exchange, session: Exchange[]): Presupposition[] => {
  const { i, body } = exchange;
  const nextLink = textIn(bodyOf({ body }), 'nextLink');
  const next = session.find((other) => other.i > i && nextLink !== undefined && isAddress(other.url, nextLink));
  // What the next page shows was there when the first one was asked for: else there would have been no next one.
  return [...presupposedByOne(exchange, session), ...(next ? presupposedBy(next, session) : [])];
};

const isAddress = (url: string, address: string): boolean => keyOfAddress(url) === keyOfAddress(address);

const presupposedByOne = (exchange: Exchange, session: Exchange[]): Presupposition[] => {
  const destination = destinationOf(exchange.url);
  switch (destination.to) {
    case 'arm':
      return exchange.status === 401 ? [] : inResourceManager(exchange, destination.target, session);
    case 'vault':
      return [...vaultBehind(destination.vaultName, session), ...secretsPresupposed(exchange, destination, session)];
    case 'elsewhere':
      return [];
  }
};

const inResourceManager = (exchange: Exchange, target: ArmTarget, session: Exchange[]): Presupposition[] => [
  ...registrations(exchange, target),
  ...resourcesOnTheWay(exchange, target, session),
  ...resourcesListed(exchange, session),
  ...resourcesNamed(exchange, session),
  ...deletedVaults(exchange, target, session),
  ...takenNames(exchange, target),
  ...lockStates(exchange, target, session),
  ...statesOfDevice(exchange, target, session),
];

/** A provider that answers for its types is registered; one that is shown is as it is shown. */
const registrations = (
  exchange: Exchange,
  { namespace, subscriptionId, pattern, names }: ArmTarget,
): Presupposition[] => {
  if (subscriptionId === undefined || errorOf(exchange.body).code === 'MissingSubscriptionRegistration') return [];
  if (namespace !== 'microsoft.resources') return [{ is: 'registered', subscriptionId, namespace }];
  if (pattern.endsWith('/unregister')) return [{ is: 'registered', subscriptionId, namespace: names[1] ?? '' }];
  if (exchange.method !== 'GET') return [];
  return entriesOf(bodyOf(exchange)).flatMap((entry) => registrationShown(subscriptionId, entry));
};

const registrationShown = (subscriptionId: string, entry: JsonObject): Presupposition[] => {
  const namespace = textIn(entry, 'namespace');
  const is = ways[textIn(entry, 'registrationState') ?? ''];
  return is === undefined || namespace === undefined ? [] : [{ is, subscriptionId, namespace }];
};

const ways: Readonly<Record<string, Extract<Presupposition, { namespace: string }>['is']>> = {
  Registering: 'registering',
  Registered: 'registered',
  Unregistering: 'unregistering',
  Unregistered: 'unregistered',
};
