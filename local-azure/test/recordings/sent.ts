/** The body of a request that is played: the recorded one, or one that makes sense where the recorder dropped it. */
import { fold } from '../../arm/path.ts';
import { isObject, objectIn, own, textIn, type Json, type JsonObject } from '../../json.ts';
import type { State } from '../../state.ts';
import { destinationOf, type Destination } from './destination.ts';
import { bodyOf, errorOf, hasSucceeded, requestOf, type Exchange } from './exchange.ts';
import { fullBody, sendable } from './resources.ts';
import { viewOf } from './views.ts';

type Surroundings = { session: Exchange[]; location: string; state: State };

/** The JSON to send; nothing where a request has no body. */
export const sentBody = (exchange: Exchange, around: Surroundings): Json | undefined => {
  const { method, url } = exchange;
  const recorded = requestOf(exchange);
  if (recorded !== undefined) return recorded;
  if (method === 'GET' || method === 'HEAD' || method === 'DELETE') return undefined;
  const destination = destinationOf(url);
  switch (destination.to) {
    case 'vault':
      return ofSecret(exchange, destination.segments, around.session);
    case 'arm':
      return method === 'POST' ? ofAction(exchange, destination, around) : ofResource(exchange, destination, around);
    case 'elsewhere':
      return undefined;
  }
};

/** As the answer shows it; a refused one needs a value all the same. */
const ofSecret = (exchange: Exchange, segments: string[], session: Exchange[]): JsonObject | undefined => {
  const { value, contentType, tags, attributes } = bodyOf(exchange);
  if (exchange.method === 'POST') {
    return fold(segments[1] ?? '') === 'restore' ? { value: backupSent(exchange, session) } : undefined;
  }
  return {
    ...(exchange.method === 'PUT' ? { value: typeof value === 'string' ? value : 'value' } : {}),
    ...(typeof contentType === 'string' ? { contentType } : {}),
    ...(isObject(tags) ? { tags } : {}),
    ...(isObject(attributes) ? { attributes: pick(attributes, ['enabled', 'nbf', 'exp']) } : {}),
  };
};

/** The recorded backup that is restored: the one that was sent, or the last that was taken before. */
export const backupSent = (exchange: Exchange, session: Exchange[]): string => {
  const taken = session.findLast(({ i, url }) => i < exchange.i && /\/backup(\?|$)/i.test(url));
  return (
    textIn(requestOf(exchange) ?? {}, 'value') ??
    textIn(taken ? bodyOf(taken) : {}, 'value') ??
    `dropped-backup-${exchange.i}`
  );
};

type InArm = Extract<Destination, { to: 'arm' }>;

const ofResource = (exchange: Exchange, { target }: InArm, { session, location, state }: Surroundings): JsonObject => {
  const { pattern, id } = target;
  const shown = bodyOf(exchange);
  if (pattern.startsWith('vaults/{}/accesspolicies/')) {
    return { properties: pick(objectIn(shown, 'properties'), ['accessPolicies']) };
  }
  if (pattern === 'tags/{}') {
    const operation = exchange.method === 'PATCH' ? { operation: 'Replace' } : {};
    return { ...operation, properties: pick(objectIn(shown, 'properties'), ['tags']) };
  }
  const shownOfIt = viewOf(id, [exchange]) ?? viewOf(id, session) ?? {};
  // A resource cannot move, so a PATCH names no place.
  if (exchange.method === 'PATCH') return pick(sendable(shownOfIt), ['tags', 'identity', 'properties']);
  const whole = fullBody(id, shownOfIt, state.tenantId, location);
  const isRecovery =
    hasSucceeded(exchange) && pattern === 'vaults/{}' && own(state.deletedVaults, fold(target.names[0] ?? ''));
  return isRecovery ? { ...whole, properties: { ...objectIn(whole, 'properties'), createMode: 'recover' } } : whole;
};

const ofAction = (exchange: Exchange, { target }: InArm, { session }: Surroundings): JsonObject | undefined => {
  if (/check(mhsm)?nameavailability$/.test(target.pattern)) return askedName(exchange, target.namespace);
  if (target.pattern.endsWith('/uploadcertificate')) return { properties: certificateBefore(exchange, session) };
  if (!target.pattern.endsWith('/updateextendedinformation')) return undefined;
  const records = session.filter(({ url, i }) => /getExtendedInformation/i.test(url) && i > exchange.i).map(bodyOf);
  return pick(objectIn(records[0] ?? bodyOf(exchange), 'properties'), linkMembers);
};

/** What leads from the record of a device to a vault and to its key there. */
export const linkMembers = [
  'clientSecretStoreId',
  'clientSecretStoreUrl',
  'channelIntegrityKeyName',
  'channelIntegrityKeyVersion',
];

/** The one that the session had made for it. */
const certificateBefore = ({ i }: Exchange, session: Exchange[]): JsonObject => {
  const made = session.findLast((other) => other.i < i && /generateCertificate/i.test(other.url));
  return {
    authenticationType: 'AzureActiveDirectory',
    certificate: textIn(made ? bodyOf(made) : {}, 'publicKey') ?? '',
  };
};

/** What a check of a name asked for; where the recorder dropped it, the answer names it if it is refused. */
export const askedName = (exchange: Exchange, namespace: string): JsonObject => {
  const recorded = requestOf(exchange);
  if (recorded !== undefined) return recorded;
  const message = textIn(bodyOf(exchange), 'message') ?? errorOf(exchange.body).message;
  const [, name = 'nobodyhasthisname1'] = /\bnamed? '?([A-Za-z0-9-]{3,24})'? (?:is|already)/.exec(message) ?? [];
  return {
    name,
    type: namespace === 'microsoft.storage' ? 'Microsoft.Storage/storageAccounts' : 'Microsoft.KeyVault/vaults',
  };
};

const pick = (object: JsonObject, members: string[]): JsonObject =>
  Object.fromEntries(members.flatMap((member) => (object[member] === undefined ? [] : [[member, object[member]]])));
