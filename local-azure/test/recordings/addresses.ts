/** Addresses that Azure writes into its answers for the client to call. */
import { decoded } from '../../percent.ts';

/** Whether an address is that of a running operation. */
export const isOperation = (url: string | undefined): boolean =>
  /\/(operation-?(results|status(es)?)|operationsstatus|asyncoperations)\//i.test(url ?? '');

/** An address that Azure wrote, in one spelling: host, port, case and order of the query do not matter. */
export const keyOfAddress = (url: string): string => {
  const [path = '', query = ''] = url.replace(/^https?:\/\/[^/]*/i, '').split(/\?(.*)/s);
  const sorted = [...new URLSearchParams(query)].map((pair) => pair.join('=')).sort();
  return `${decoded(path) ?? path}?${sorted.join('&')}`.toLowerCase();
};
