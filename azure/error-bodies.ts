import type { PipelinePolicy, PipelineRequest } from '@azure/core-rest-pipeline';

/**
 * The newer clients (@azure-rest/core-client 2.9) make errors that keep code and message and drop the rest of the body:
 * inner codes of Key Vault and details of Azure Policy are lost, and with paged lists the message too.
 */
const bodies = new WeakMap<PipelineRequest, string>();

/** Remembers the body of each refused request for as long as the request itself is remembered. */
export const errorBodyPolicy = (): PipelinePolicy => ({
  name: 'aseErrorBody',
  sendRequest: async (request, next) => {
    const response = await next(request);
    if (response.status >= 400 && response.bodyAsText) bodies.set(request, response.bodyAsText);
    return response;
  },
});

export const errorBodyOf = (request: PipelineRequest | undefined): string | undefined =>
  request ? bodies.get(request) : undefined;
