/** What an answer says beside its body; the typed clients keep it to themselves. */
export type Observed = {
  /** The service's own clock (header Date), in milliseconds: expiry is never judged by the worker's clock. */
  date?: number;
  retryAfterMs?: number;
};

type RawResponse = { headers: { get(name: string): string | undefined } };

/** Options for one call of a client, and what its latest answer said. */
export const observe = (): { observed: Observed; onResponse: (raw: RawResponse) => void } => {
  const observed: Observed = {};
  return {
    observed,
    onResponse: ({ headers }) => {
      const date = Date.parse(headers.get('date') ?? '');
      if (!Number.isNaN(date)) observed.date = date;
      const retryAfterMs = readRetryAfter(headers.get('retry-after'));
      if (retryAfterMs !== undefined) observed.retryAfterMs = retryAfterMs;
    },
  };
};

/** Retry-After in whole seconds; ARM sends no dates there (async operations, Azure docs). */
export const readRetryAfter = (header: string | undefined): number | undefined => {
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
};
