import { json, refuseAtGateway } from './answers.ts';
import type { ArmCall } from './provider.ts';

type PageOptions<Entry> = {
  headers?: Record<string, string>;
  /** A `nextLink` also where nothing follows: the last page is an empty one, as in Key Vault's lists (recorded). */
  trailing?: boolean;
  /** What the entries are sorted by, where the token of the next page names the last entry (recorded), not its place. */
  markerOf?: (entry: Entry) => string;
};

/** A list answer: at most `$top` entries (or a page), and `nextLink` while more follow. */
export const page = <Entry>(
  call: ArmCall,
  entries: Entry[],
  { headers = {}, trailing = false, markerOf }: PageOptions<Entry> = {},
): Response => {
  const { query, settings, url } = call;
  const size = Math.min(topOf(query.get('$top')) ?? settings.pageSize, settings.pageSize);
  const token = query.get('$skiptoken');
  const skipped = skippedBy(token);
  if (skipped !== undefined) return json(200, { value: [], nextLink: linkTo(url, skipped) }, headers);
  const start = markerOf ? startAfter(token, entries.map(markerOf)) : startOf(token);
  const value = entries.slice(start, start + size);
  const isLast = trailing ? value.length === 0 : start + size >= entries.length;
  if (isLast) return json(200, { value }, headers);
  const last = value.at(-1);
  const next = markerOf && last ? markerOf(last) : `start:${start + size}`;
  const nextLink = linkTo(url, trailing && settings.emptyPages ? `${gap}${next}` : next);
  return json(200, { value, nextLink }, headers);
};

const linkTo = (url: URL, next: string): string => {
  const link = new URL(url);
  link.searchParams.set('$skiptoken', encoded(next));
  return link.href;
};

/** Begins the token of a page that is empty, and goes before what the page after it begins with. */
const gap = 'gap:';

const skippedBy = (token: string | null): string | undefined => {
  const text = decoded(token ?? '');
  return text.startsWith(gap) ? text.slice(gap.length) : undefined;
};

/** That anything but a number from 1 on is refused is assumed. */
const topOf = (top: string | null): number | undefined => {
  if (top === null) return undefined;
  if (/^\d{1,9}$/.test(top) && Number(top) > 0) return Number(top);
  throw refuseAtGateway(400, 'InvalidTopParameter', `The value '${top}' of the query parameter '$top' is invalid.`);
};

const encoded = (text: string): string => Buffer.from(text).toString('base64url');

const decoded = (token: string): string => Buffer.from(token, 'base64url').toString('utf8');

const startOf = (token: string | null): number => {
  if (token === null) return 0;
  const start = /^start:(\d+)$/.exec(decoded(token))?.[1];
  if (start !== undefined) return Number(start);
  throw invalidToken(token);
};

const startAfter = (token: string | null, markers: string[]): number => {
  if (token === null) return 0;
  const last = decoded(token).toLowerCase();
  if (!/^[a-z0-9-]+$/.test(last)) throw invalidToken(token);
  const start = markers.findIndex((marker) => marker.toLowerCase() > last);
  return start < 0 ? markers.length : start;
};

const invalidToken = (token: string): Error =>
  refuseAtGateway(400, 'InvalidSkipToken', `The skip token '${token}' is invalid.`);
