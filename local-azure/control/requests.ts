import type { RequestEntry } from '../request-log.ts';

export const controlRequests = (requests: RequestEntry[]) => ({
  /** The request log, oldest first; with `since` without that many of the oldest. */
  listRequests: ({ since = 0 }: { since?: number } = {}): RequestEntry[] =>
    requests.slice(since).map((entry) => ({ ...entry })),
  clearRequests: (): void => {
    requests.length = 0;
  },
});
