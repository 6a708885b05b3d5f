import dns from 'node:dns';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import type { HttpClient, PipelinePolicy } from '@azure/core-rest-pipeline';

export const isLocalhost = (host: string): boolean => /(^|\.)localhost$/i.test(host);

/** RFC 6761: names under `localhost` are loopback. glibc does not resolve them, so these connections get their own lookup. */
const lookup: LookupFunction = (host, options, callback) => {
  if (!isLocalhost(host)) return dns.lookup(host, options, callback);
  if (options.all) return callback(null, [{ address: '127.0.0.1', family: 4 }]);
  return callback(null, '127.0.0.1', 4);
};

/** One agent for loopback only: any other request keeps the default one, and with it proxies and managed identity. */
export const localhostPolicy = (): PipelinePolicy => {
  const agent = new https.Agent({ keepAlive: true, lookup });
  return {
    name: 'aseLocalhost',
    sendRequest: (request, next) => {
      const { protocol, hostname } = new URL(request.url);
      if (protocol === 'https:' && isLocalhost(hostname)) request.agent = agent;
      return next(request);
    },
  };
};

/**
 * Gives every request the signal of its work, so that an attempt stops writing when it ends. The request ends with the
 * signal also while it waits for something that ignores signals, such as a token that another request has requested.
 */
export const abortPolicy = (signal: () => AbortSignal): PipelinePolicy => ({
  name: 'aseAbort',
  sendRequest: async (request, next) => {
    const own = request.abortSignal as AbortSignal | undefined;
    const ended = own ? AbortSignal.any([own, signal()]) : signal();
    request.abortSignal = ended;
    return await unlessAborted(next(request), ended, () => ended.reason);
  },
});

/** Returns the answer, or throws `why()` as soon as the signal is aborted. The later outcome of the call is ignored. */
export const unlessAborted = async <T>(call: Promise<T>, signal: AbortSignal, why: () => unknown): Promise<T> => {
  const giveUp = Promise.withResolvers<never>();
  const onAbort = (): void => giveUp.reject(why());
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([call, giveUp.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    call.catch(() => undefined);
  }
};

/** Sends by this client whatever comes so far, in the place of the pipeline's own. */
export const endingIn = (httpClient: HttpClient): PipelinePolicy => ({
  name: 'aseHttpClient',
  sendRequest: (request) => httpClient.sendRequest(request),
});

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
