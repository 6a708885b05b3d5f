import type { BlobCall } from './call.ts';
import { invalidQuery, refuseBlob } from './refusals.ts';
import { element, escaped, fields, xml } from './xml.ts';

const mostResults = 5000;

/** One page of a list: the entries in the order of their names, from the marker on (documented). */
export const listing = <T extends { name: string }>(
  call: BlobCall,
  wrapper: string,
  entries: T[],
  render: (entry: T) => string,
): Response => {
  const { url, container, endpoints, account } = call;
  const query = url.searchParams;
  const size = pageSize(call);
  const start = Buffer.from(query.get('marker') ?? '', 'base64url').toString('utf8');
  const left = entries.filter(({ name }) => name >= start);
  const next = left[size];
  const within = container === '' ? '' : ` ContainerName="${escaped(container)}"`;
  const asked = ['prefix', 'marker', 'maxresults', 'delimiter'].flatMap((name): [string, string][] => {
    const value = query.get(name);
    return value === null ? [] : [[elementNames[name] ?? name, value]];
  });
  return xml(
    200,
    `<EnumerationResults ServiceEndpoint="${endpoints.storage(account.name, 'blob')}"${within}>` +
      fields(Object.fromEntries(asked)) +
      element(wrapper, ...left.slice(0, size).map(render)) +
      fields({ NextMarker: next ? Buffer.from(next.name).toString('base64url') : '' }) +
      '</EnumerationResults>',
  );
};

const elementNames: Readonly<Record<string, string>> = {
  prefix: 'Prefix',
  marker: 'Marker',
  maxresults: 'MaxResults',
  delimiter: 'Delimiter',
};

const pageSize = (call: BlobCall): number => {
  const wanted = call.url.searchParams.get('maxresults');
  if (wanted === null) return mostResults;
  if (!/^\d+$/.test(wanted)) throw invalidQuery(call);
  if (Number(wanted) > 0) return Math.min(Number(wanted), mostResults);
  throw refuseBlob(
    call,
    400,
    'OutOfRangeQueryParameterValue',
    'One of the query parameters specified in the request URI is outside the permissible range.',
  );
};
