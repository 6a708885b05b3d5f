/** Requests as they go over the wire, told in few words: no host, no path, no name of anything. */
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
