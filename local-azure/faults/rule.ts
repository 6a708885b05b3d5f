import { suits, type FaultAction } from './action.ts';

export type FaultRule = {
  method?: string;
  /** A part of the host name, or an expression. */
  host?: string | RegExp;
  /** A part of the path, or an expression. */
  path?: string | RegExp;
  /** The first matching call to hit, from 1 on. */
  nth?: number;
  /** How many matching calls to hit from there on; without end by default. */
  times?: number;
  action: FaultAction;
};

/** A rule at work, with the calls that matched it and those that it hit. */
export type Fault = FaultRule & { id: string; matched: number; fired: number };

/** The fault that hits this call, if any. Every matching rule counts the call; the first one that fires wins. */
export const faultFor = (faults: readonly Fault[], request: Request, url: URL): Fault | undefined => {
  const hits = faults.filter((fault) => {
    if (!matches(fault, request, url)) return false;
    fault.matched += 1;
    const first = fault.nth ?? 1;
    return fault.matched >= first && fault.matched < first + (fault.times ?? Number.POSITIVE_INFINITY);
  });
  const [hit] = hits;
  if (hit) hit.fired += 1;
  return hit;
};

const matches = ({ method, host, path, action }: FaultRule, request: Request, url: URL): boolean =>
  suits(action, request.method) &&
  (method === undefined || method.toUpperCase() === request.method) &&
  holds(host, url.hostname) &&
  holds(path, url.pathname);

const holds = (pattern: string | RegExp | undefined, text: string): boolean => {
  if (pattern === undefined) return true;
  return typeof pattern === 'string' ? text.toLowerCase().includes(pattern.toLowerCase()) : text.search(pattern) >= 0;
};
