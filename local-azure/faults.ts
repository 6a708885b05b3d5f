import { socketError } from './socket-error.ts';
import type { RequestEntry } from './request-log.ts';

/**
 * What a fault does to the call that it hits: `refuse` fails it unexecuted, `loseAnswer` executes it and fails, `hang`
 * never answers (until the caller gives up), an answer is given in the place of the real one, unexecuted.
 */
export type FaultAction =
  | 'refuse'
  | 'loseAnswer'
  | 'hang'
  | { status: number; code: string; message?: string; headers?: Record<string, string> };

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
export type Fault = FaultRule & { matched: number; fired: number };

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

const matches = ({ method, host, path }: FaultRule, request: Request, url: URL): boolean =>
  (method === undefined || method.toUpperCase() === request.method) &&
  holds(host, url.hostname) &&
  holds(path, url.pathname);

const holds = (pattern: string | RegExp | undefined, text: string): boolean => {
  if (pattern === undefined) return true;
  return typeof pattern === 'string' ? text.toLowerCase().includes(pattern.toLowerCase()) : text.search(pattern) >= 0;
};

/** Answers the request as the fault has it. */
export const answerWithFault = async (
  action: FaultAction,
  request: Request,
  entry: RequestEntry,
  execute: () => Promise<Response>,
): Promise<Response> => {
  if (typeof action === 'object') return givenAnswer(action, entry);
  entry.fault = action;
  switch (action) {
    case 'refuse':
      throw socketError('ECONNREFUSED', `connect ECONNREFUSED ${entry.host}`);
    case 'loseAnswer':
      await execute();
      throw socketError('ECONNRESET', 'socket hang up');
    case 'hang':
      return await untilAborted(request.signal);
  }
};

const givenAnswer = (
  { status, code, message = code, headers = {} }: Exclude<FaultAction, string>,
  entry: RequestEntry,
): Response => {
  entry.fault = `${status} ${code}`;
  entry.status = status;
  return new Response(JSON.stringify({ error: { code, message } }), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  });
};

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const give = (): void => reject(signal.reason as Error);
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
