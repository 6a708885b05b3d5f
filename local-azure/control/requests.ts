import type { RequestEntry, RequestLog } from '../request-log.ts';

export const controlRequests = (log: RequestLog) => ({
  /** The request log, oldest first; with `since` without that many of the oldest. */
  listRequests: ({ since = 0 }: { since?: number } = {}): RequestEntry[] =>
    log.since(since).map((entry) => ({ ...entry })),
  clearRequests: (): void => log.clear(),
});
