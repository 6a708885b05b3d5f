/** Which exchanges of a recorded session can be compared, and why the others cannot. */
import { textIn } from '../../json.ts';
import { isOperation, keyOfAddress } from './addresses.ts';
import { destinationOf } from './destination.ts';
import { bodyOf, requestOf, type Exchange } from './exchange.ts';

export type Session = {
  src: string;
  /** In order. */
  played: Exchange[];
  /** How many are not compared, by reason. */
  leftOut: Map<string, number>;
};

/** The sessions of a file in the order in which they begin. */
export const sessionsOf = (exchanges: Exchange[]): Session[] =>
  [...Map.groupBy(exchanges, ({ src }) => src)].map(([src, unordered]) => sessionOf(src, unordered));

const sessionOf = (src: string, unordered: Exchange[]): Session => {
  const leftOut = new Map<string, number>();
  const comparable: Exchange[] = [];
  for (const exchange of unordered.toSorted((one, other) => one.i - other.i)) {
    const reason = reasonAgainst(exchange, comparable);
    if (reason === undefined) comparable.push(exchange);
    else leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
  }
  const played = comparable.filter((exchange, index) => !isRepeated(exchange, comparable[index + 1]));
  if (played.length < comparable.length)
    leftOut.set('repeated at once: the last one counts', comparable.length - played.length);
  return { src, played, leftOut };
};

/** @param before what of its session came before and can be compared */
const reasonAgainst = (exchange: Exchange, before: Exchange[]): string | undefined => {
  const destination = destinationOf(exchange.url);
  if (destination.to === 'elsewhere') return `not served: ${destination.what}`;
  if (isPassing(exchange)) return 'throttled or failed in passing (408, 429, 5xx): no simulation foretells these';
  if (isUnled(exchange, before)) return 'polls or further pages of what began before the recording';
  if (exchange.status === 400 && takesBody(exchange) && requestOf(exchange) === undefined) {
    return 'refused for a body that the recorder dropped';
  }
  return undefined;
};

const isPassing = ({ status }: Exchange): boolean => status === 408 || status === 429 || status >= 500;

const takesBody = ({ method, url }: Exchange): boolean =>
  method === 'PUT' || method === 'PATCH' || (method === 'POST' && !/\/recover(\?|$)/i.test(url));

/** Polls of one URL, and refusals that a client met again and again. The 401 that every client begins with is none. */
const isRepeated = ({ method, url, status }: Exchange, next: Exchange | undefined): boolean => {
  if (method !== next?.method || url !== next.url) return false;
  if (status === 401 || next.status === 401) return status === next.status;
  return method === 'GET' || (status === next.status && status >= 400);
};

/** An address that Azure writes, and that no earlier answer of the recording contains. */
const isUnled = ({ url, i }: Exchange, ordered: Exchange[]): boolean =>
  (isOperation(url) || /[?&](%24|\$)skiptoken=/i.test(url)) &&
  !ordered.some((other) => other.i < i && leadsTo(other, url));

const leadsTo = ({ headers, body }: Exchange, url: string): boolean =>
  [headers['location'], headers['azure-asyncoperation'], textIn(bodyOf({ body }), 'nextLink')].some(
    (address) => address !== undefined && keyOfAddress(address) === keyOfAddress(url),
  );
