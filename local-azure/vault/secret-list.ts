import { json } from '../arm/answers.ts';
import { refuseData } from './answers.ts';
import type { SecretCall } from './secrets.ts';

/** The largest page, and the default (Azure docs). */
const largestPage = 25;

/** A page of a list, with the address of the next one. */
export const listOf = (call: SecretCall, entries: object[]): Response => {
  const { searchParams } = call.url;
  const size = sizeOf(searchParams.get('maxresults'));
  const start = startOf(searchParams.get('$skiptoken'));
  const value = entries.slice(start, start + size);
  return json(200, { value, nextLink: start + size < entries.length ? nextLink(call, start + size) : null });
};

const nextLink = ({ url }: SecretCall, start: number): string => {
  const next = new URL(url);
  next.searchParams.set('$skiptoken', Buffer.from(`start:${start}`).toString('base64url'));
  return next.href;
};

const sizeOf = (wanted: string | null): number => {
  if (wanted === null) return largestPage;
  const size = Number(wanted);
  if (Number.isInteger(size) && size >= 1 && size <= largestPage) return size;
  throw refuseData(
    400,
    'BadParameter',
    `The value of maxresults is invalid: it must be between 1 and ${largestPage}, and is '${wanted}'.`,
  );
};

const startOf = (token: string | null): number => {
  if (token === null) return 0;
  const start = /^start:(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'))?.[1];
  if (start !== undefined) return Number(start);
  throw refuseData(400, 'BadParameter', `The skip token '${token}' is invalid.`);
};
