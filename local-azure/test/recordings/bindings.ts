/** What Azure chose at run time: recorded values, with those that the local Azure chose in their place. */
import { isObject, textIn, type Json } from '../../json.ts';
import { keyOfAddress } from './addresses.ts';
import { requestOf, type Exchange } from './exchange.ts';

export type Answer = { status: number; headers: Headers; body: Json };

export type Bindings = {
  /** Whole addresses that an answer told: operations to poll, next pages. */
  addresses: Map<string, string>;
  /** Ids, versions and opaque texts, folded. */
  values: Map<string, string>;
  /** What the client sent: Azure did not choose that. */
  sent: Set<string>;
};

export const noBindings = (): Bindings => ({ addresses: new Map(), values: new Map(), sent: new Set() });

/** Remembers what a request chose by itself, before its answer is compared. */
export const noteSent = ({ sent }: Bindings, { url, req }: Exchange): void => {
  sent.add(keyOfAddress(url));
  for (const [token] of `${decodeSlashes(url)} ${JSON.stringify(requestOf({ req }) ?? null)}`.matchAll(tokens)) {
    sent.add(token.toLowerCase());
  }
};

const decodeSlashes = (text: string): string => text.replaceAll(/%2f/gi, '/');

/** Ids and versions are at least this long; names that people give rarely are. */
const tokens = /[A-Za-z0-9_-]{16,}/g;

/** Pairs the recorded answer with ours. */
export const bind = (bindings: Bindings, recorded: Exchange, ours: Answer): void => {
  for (const header of ['location', 'azure-asyncoperation']) {
    bindAddress(bindings, recorded.headers[header], ours.headers.get(header) ?? undefined);
    bindTexts(bindings, pathOf(recorded.headers[header]), pathOf(ours.headers.get(header) ?? undefined));
  }
  if (!isObject(recorded.body) || !isObject(ours.body)) return;
  bindAddress(bindings, textIn(recorded.body, 'nextLink'), textIn(ours.body, 'nextLink'));
  bindValues(bindings, recorded.body, ours.body);
};

const pathOf = (address: string | undefined): string =>
  address?.replace(/^https?:\/\/[^/]*/, '').replace(/\?.*/s, '') ?? '';

/** An address that was called before is a resource's own, and no operation's. */
const bindAddress = ({ addresses, sent }: Bindings, recorded: string | undefined, ours: string | undefined): void => {
  if (recorded === undefined || ours === undefined || sent.has(keyOfAddress(recorded))) return;
  addresses.set(keyOfAddress(recorded), ours);
};

const bindValues = (bindings: Bindings, recorded: Json, ours: Json | undefined): void => {
  if (typeof recorded === 'string' && typeof ours === 'string') bindTexts(bindings, recorded, ours);
  else if (Array.isArray(recorded) && Array.isArray(ours)) {
    const counterparts = counterpartsOf(bindings, recorded, ours);
    for (const [index, entry] of recorded.entries()) bindValues(bindings, entry, counterparts[index]);
  } else if (isObject(recorded) && isObject(ours)) {
    for (const [key, value] of Object.entries(recorded)) bindValues(bindings, value, ours[key]);
  }
};

/**
 * For each entry of a recorded list the one of ours with the same name, id or other mark; for what is left over, in the
 * order in which it stands, what is left over.
 */
export const counterpartsOf = (bindings: Bindings, recorded: Json[], ours: Json[]): (Json | undefined)[] => {
  const marked = recorded.map((entry) => {
    const mark = markOf(entry);
    return mark === undefined ? undefined : ours.find((other) => markOf(other) === bound(bindings, mark).toLowerCase());
  });
  const unclaimed = ours.filter((other) => !marked.includes(other));
  return marked.map((found) => found ?? unclaimed.shift());
};

/** Versions of one secret have no name but their ids, and these differ. */
const markOf = (entry: Json): string | undefined => {
  if (!isObject(entry)) return undefined;
  const { id, name, namespace, objectId, category, resourceType } = entry;
  const mark = name ?? namespace ?? objectId ?? category ?? resourceType;
  if (typeof mark === 'string') return mark.toLowerCase();
  return typeof id === 'string' ? id.replace(/^https?:\/\/[^/]*/, '').toLowerCase() : undefined;
};

const bindTexts = (bindings: Bindings, recorded: string, ours: string): void => {
  if (recorded === ours) return;
  if (isOpaque(recorded)) {
    bindValue(bindings, recorded, ours);
    return;
  }
  const [from, to] = [wordsOf(recorded), wordsOf(ours)];
  if (from.length !== to.length) return;
  for (const [index, token] of from.entries()) if (isChosen(token)) bindValue(bindings, token, to[index] ?? '');
};

/** Without the host of an address: ours has another one. */
const wordsOf = (text: string): string[] => text.replace(/^https?:\/\/[^/]*/, '').split(/[^A-Za-z0-9_-]+/);

/** A backup, a certificate: one long word. */
const isOpaque = (text: string): boolean => text.length >= 64 && !/[\s]/.test(text) && !/^(https?:\/)?\//.test(text);

export const isGuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

const isChosen = (token: string): boolean => isGuid(token) || /^[0-9a-f]{32}$/i.test(token);

/** The first pair counts: later ones may be of lists in another order. An id of one repeated digit is a placeholder for many. */
export const bindValue = ({ values, sent }: Bindings, recorded: string, ours: string): void => {
  const key = recorded.toLowerCase();
  if (recorded === ours || values.has(key) || sent.has(key) || /^([0-9a-f])(\1|-)*$/i.test(recorded)) return;
  values.set(key, ours);
};

/** The address that the local Azure wrote in the place of this recorded one, if it wrote one. */
export const boundAddress = ({ addresses }: Bindings, url: string): string | undefined =>
  addresses.get(keyOfAddress(url));

/** The text with our values in the place of recorded ones. */
export const bound = ({ values }: Bindings, text: string): string =>
  values.get(text.toLowerCase()) ?? text.replaceAll(tokens, (token) => values.get(token.toLowerCase()) ?? token);

/** The same in all texts of a body. */
export const boundWithin = (bindings: Bindings, value: Json): Json => {
  if (typeof value === 'string') return bound(bindings, value);
  if (Array.isArray(value)) return value.map((entry) => boundWithin(bindings, entry));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, boundWithin(bindings, inner)]));
};
