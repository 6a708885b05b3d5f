import { json, refuseAtGateway } from './answers.ts';
import type { ArmCall } from './provider.ts';

/**
 * A list answer: at most `$top` entries (or a page), and `nextLink` while more follow. With `trailing`, also when nothing
 * follows: the last page is an empty one, as in Key Vault's lists (recorded).
 */
export const page = (
  call: ArmCall,
  entries: unknown[],
  { headers = {}, trailing = false }: { headers?: Record<string, string>; trailing?: boolean } = {},
): Response => {
  const { query, settings, url } = call;
  const size = Math.min(topOf(query.get('$top')) ?? settings.pageSize, settings.pageSize);
  const start = startOf(query.get('$skiptoken'));
  const value = entries.slice(start, start + size);
  const isLast = trailing ? value.length === 0 : start + size >= entries.length;
  if (isLast) return json(200, { value }, headers);
  const next = new URL(url);
  next.searchParams.set('$skiptoken', tokenFor(start + size));
  return json(200, { value, nextLink: next.href }, headers);
};

/** That anything but a number from 1 on is refused is assumed. */
const topOf = (top: string | null): number | undefined => {
  if (top === null) return undefined;
  if (/^\d{1,9}$/.test(top) && Number(top) > 0) return Number(top);
  throw refuseAtGateway(400, 'InvalidTopParameter', `The value '${top}' of the query parameter '$top' is invalid.`);
};

const tokenFor = (start: number): string => Buffer.from(`start:${start}`).toString('base64url');

const startOf = (token: string | null): number => {
  if (token === null) return 0;
  const start = /^start:(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'))?.[1];
  if (start !== undefined) return Number(start);
  throw refuseAtGateway(400, 'InvalidSkipToken', `The skip token '${token}' is invalid.`);
};
