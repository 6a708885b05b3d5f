import { json } from '../arm/answers.ts';
import { badParameter } from './answers.ts';
import { placeIn, skipTokenFor } from './skip-token.ts';
import type { SecretCall } from './secret-call.ts';

/** The largest page, and the default (Azure docs). */
const largestPage = 25;

/** Something listed, with what it is sorted by. */
type Entry = { key: string; body: object };

/**
 * A page of a list, with the address of the next one. Sorted by name, or by version and so in no order of time: the
 * recorded tokens hold the name or version that the next page begins with.
 */
export const listOf = (call: SecretCall, entries: Entry[]): Response => {
  const { searchParams } = call.url;
  const size = sizeOf(searchParams.get('maxresults'));
  const start = startOf(searchParams.get('$skiptoken'));
  const left = entries.filter(({ key }) => key >= start).toSorted((one, other) => (one.key < other.key ? -1 : 1));
  const next = left[size];
  return json(200, {
    value: left.slice(0, size).map(({ body }) => body),
    nextLink: next ? nextLink(call, next.key) : null,
  });
};

const nextLink = ({ url }: SecretCall, start: string): string => {
  const next = new URL(url);
  next.searchParams.set('$skiptoken', skipTokenFor(start));
  return next.href;
};

const sizeOf = (wanted: string | null): number => {
  if (wanted === null) return largestPage;
  const size = Number(wanted);
  if (Number.isInteger(size) && size >= 1 && size <= largestPage) return size;
  throw badParameter(
    `The value of maxresults is invalid: it must be between 1 and ${largestPage}, and is '${wanted}'.`,
  );
};

const startOf = (token: string | null): string => {
  if (token === null) return '';
  const start = placeIn(token);
  if (start !== undefined) return start;
  throw badParameter(`The skip token '${token}' is invalid.`);
};
