import { isPolicy, suits, writtenPath, type FaultAction } from './action.ts';

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
  /** How likely each of those is hit, above 0 and up to 1; certainly by default. Drawn from the seed of the world. */
  chance?: number;
  action: FaultAction;
};

/** A rule at work, with the calls that matched it and those that it hit. */
export type Fault = FaultRule & { id: string; matched: number; fired: number };

/**
 * The fault that hits this call, if any. Every matching rule counts the call; the first one that fires wins.
 * @param draw the next number in [0, 1)
 */
export const faultFor = (
  faults: readonly Fault[],
  request: Request,
  url: URL,
  draw: () => number,
): Fault | undefined => {
  const hits = faults.filter((fault) => {
    if (!matches(fault, request, url)) return false;
    fault.matched += 1;
    const first = fault.nth ?? 1;
    const due = fault.matched >= first && fault.matched < first + (fault.times ?? Number.POSITIVE_INFINITY);
    return due && (fault.chance === undefined || draw() < fault.chance);
  });
  const [hit] = hits;
  if (hit) hit.fired += 1;
  return hit;
};

const matches = ({ method, host, path, action }: FaultRule, request: Request, url: URL): boolean =>
  suits(action, request.method, url) &&
  (method === undefined || method.toUpperCase() === request.method) &&
  holds(host, url.hostname) &&
  (holds(path, url.pathname) || (isPolicy(action) && holds(path, writtenPath(url.pathname))));

/** Whether a text is one that the pattern means; all are without. */
export const holds = (pattern: string | RegExp | undefined, text: string): boolean => {
  if (pattern === undefined) return true;
  return typeof pattern === 'string' ? text.toLowerCase().includes(pattern.toLowerCase()) : text.search(pattern) >= 0;
};
