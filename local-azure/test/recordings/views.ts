/** What a session shows of resources: in its answers, their lists, and the bodies that were sent. */
import { fold } from '../../arm/path.ts';
import { isObject, type Json, type JsonObject } from '../../json.ts';
import { bodyOf, hasSucceeded, requestOf, type Exchange } from './exchange.ts';

/** A resource as an answer shows it. */
export type View = JsonObject & { id: string };

/** The resource that a successful answer shows, or those that it lists. */
export const viewsIn = (exchange: Exchange): View[] =>
  hasSucceeded(exchange) ? entriesOf(bodyOf(exchange)).flatMap(asView) : [];

export const entriesOf = (body: JsonObject): JsonObject[] =>
  Array.isArray(body['value']) ? body['value'].filter(isObject) : [body];

const asView = (value: JsonObject): View[] => {
  const { id } = value;
  return typeof id === 'string' ? [{ ...value, id: id.replaceAll(/\/+/g, '/').replace(/\/$/, '') }] : [];
};

/** The fullest view of a resource in the session; later ones before earlier ones of the same size. */
export const viewOf = (id: string, exchanges: Exchange[]): View | undefined =>
  exchanges
    .flatMap(viewsIn)
    .filter((view) => fold(view.id) === fold(id))
    .toSorted((one, other) => JSON.stringify(one).length - JSON.stringify(other).length)
    .at(-1);

/** All texts in a JSON value. */
export const textsWithin = (value: Json | undefined): string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsWithin) : [];
};

/** The subscriptions that a session names, wherever; at least one. */
export const subscriptionsIn = (session: Exchange[]): [string, ...string[]] => {
  const texts = session.flatMap(({ url, req, body }) => [
    url.replaceAll(/%2f/gi, '/'),
    ...textsWithin(requestOf({ req })),
    ...textsWithin(body),
  ]);
  const found = texts.flatMap((text) =>
    [...text.matchAll(/\/subscriptions\/([^/?"'&,\s]+)/gi)].map(([, id = '']) => id),
  );
  const [first = unnamed, ...others] = new Set(found.map(fold));
  return [first, ...others];
};

/** The subscription of a session that names none. */
const unnamed = '00000000-0000-0000-0000-000000000000';
