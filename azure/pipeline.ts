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
