/** Requests as they go over the wire, told in few words: no host, no path, no name of anything. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import type { Cloud } from './cloud.ts';

export type AzureCall = {
  service: string;
  method: string;
  /** Undefined where there was no answer. */
  status: number | undefined;
};

export type OnCall = (call: AzureCall) => void;

/** Reports every request, including those that only fetch a token challenge. */
export const callsPolicy = (serviceOf: (url: string) => string, onCall: OnCall): PipelinePolicy => ({
  name: 'aseCalls',
  sendRequest: async (request, next) => {
    let status: number | undefined;
    try {
      const answer = await next(request);
      ({ status } = answer);
      return answer;
    } finally {
      onCall({ service: serviceOf(request.url), method: request.method, status });
    }
  },
});

/** Providers behind Resource Manager keep budgets of their own. */
const providers = ['keyvault', 'databoxedge', 'storage', 'insights', 'authorization'];

/** `vault` and `blob` are the data itself; `arm` is Resource Manager, `arm-…` a provider behind it. */
export const serviceIn =
  ({ armEndpoint, keyVaultSuffix }: Cloud) =>
  (url: string): string => {
    const { origin, host, pathname } = new URL(url);
    if (origin !== armEndpoint) return host.endsWith(`.${keyVaultSuffix}`) ? 'vault' : 'blob';
    // The last one counts: a lock hangs on a vault. Registering a provider is Resource Manager's own business.
    const provider = /.*\/providers\/microsoft\.(\w+)\/(?!register$)./i.exec(pathname)?.[1]?.toLowerCase();
    return provider !== undefined && providers.includes(provider) ? `arm-${provider}` : 'arm';
  };

// Lists that are read page by page, and can be gone on with later.

type Link = { next?: string };

const linkOfPage = new AsyncLocalStorage<Link>();

/**
 * Keeps the address of the next page: the client of secrets takes one as `continuationToken`, but drops it from the pages that
 * it answers (4.12.0, `mapPagedAsyncIterable`).
 */
export const nextLinkPolicy = (): PipelinePolicy => ({
  name: 'aseNextLink',
  sendRequest: async (request, next) => {
    const response = await next(request);
    const link = linkOfPage.getStore();
    if (link && response.status === 200) Object.assign(link, linkIn(response.bodyAsText ?? ''));
    return response;
  },
});

/** What cannot be read is the client's to complain of. */
const linkIn = (body: string): Link => {
  try {
    const { nextLink } = JSON.parse(body) as { nextLink?: unknown };
    return typeof nextLink === 'string' && nextLink !== '' ? { next: nextLink } : {};
  } catch {
    return {};
  }
};

type Paged<T> = { byPage(settings: { continuationToken?: string }): AsyncIterable<T[]> };

/** A page, and the address of the next one; absent on the last page. */
export type Page<T> = { entries: T[]; next?: string };

/** @param from `next` of the last page that was read */
export async function* pagesOf<T>(list: Paged<T>, from?: string): AsyncGenerator<Page<T>> {
  let next = from;
  do {
    const link: Link = {};
    const pages = list.byPage(next === undefined ? {} : { continuationToken: next })[Symbol.asyncIterator]();
    const page = await linkOfPage.run(link, () => pages.next());
    next = link.next;
    yield { entries: page.done ? [] : page.value, ...link };
  } while (next !== undefined);
}
