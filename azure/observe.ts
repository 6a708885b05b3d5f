/** The headers of an answer; the typed clients do not return them. */
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

/** When the resource of a PUT was created (ISO, absent where Azure does not say), and whether that PUT created it. */
export type ObservedCreation = { createdAt?: string; isNew?: boolean };

/**
 * The same for a PUT that makes a resource or finds one: Azure answers 200 to both, and only the times in the body tell them
 * apart (Microsoft.KeyVault, recorded).
 */
export const observeCreation = (): {
  observed: ObservedCreation;
  onResponse: (raw: { bodyAsText?: string | null }) => void;
} => {
  const observed: ObservedCreation = {};
  return {
    observed,
    onResponse: ({ bodyAsText }) => {
      const { createdAt, lastModifiedAt } = systemDataIn(bodyAsText ?? '');
      if (createdAt === undefined) return;
      observed.createdAt = createdAt;
      observed.isNew = createdAt === lastModifiedAt;
    },
  };
};

const systemDataIn = (body: string): { createdAt?: string; lastModifiedAt?: string } => {
  try {
    const { systemData = {} } = JSON.parse(body) as { systemData?: Record<string, unknown> };
    return { ...timeIn('createdAt', systemData), ...timeIn('lastModifiedAt', systemData) };
  } catch {
    return {};
  }
};

const timeIn = (name: string, systemData: Record<string, unknown>): Record<string, string> => {
  const time = Date.parse(String(systemData[name]));
  return Number.isNaN(time) ? {} : { [name]: new Date(time).toISOString() };
};
