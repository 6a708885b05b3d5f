import type { Provider } from '../arm/provider.ts';
import type { RequestEntry } from '../request-log.ts';
import type { State } from '../state.ts';
import type { Delay } from './action.ts';

/** Executes a request upon the state or upon the one that is given, and notes in the entry what came of it. */
export type Execute = (request: Request, entry: RequestEntry, state?: State) => Promise<Response>;

/** A call that a fault has hit, and what the fault can use. */
export type FaultedCall = {
  request: Request;
  url: URL;
  entry: RequestEntry;
  state: State;
  now: () => number;
  providers: readonly Provider[];
  execute: Execute;
  /** Does something once its time has come, at the beginning of a later call. */
  later: (delay: Delay, act: () => Promise<void>) => void;
  /** A copy of the state as it was before the last write. */
  formerState: () => State;
};

/** Reads a request to its end and makes equal ones, which may be executed more than once and after its caller has gone. */
export const repeatable = async (request: Request): Promise<() => Request> => {
  const { url, method, headers } = request;
  const body = await request.arrayBuffer();
  return () => new Request(url, { method, headers, ...(body.byteLength === 0 ? {} : { body }) });
};
