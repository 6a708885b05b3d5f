import type { PipelinePolicy, PipelineRequest } from '@azure/core-rest-pipeline';

/**
 * The newer clients (@azure-rest/core-client 2.9) make errors that keep code and message and drop the rest of the body:
 * inner codes of Key Vault and details of Azure Policy are lost, and with paged lists the message too.
 */
const bodies = new WeakMap<PipelineRequest, string>();

/**
 * Remembers the body of each refused request for as long as the request itself is remembered. A refusal without a readable
 * body gets an empty one: the same clients stumble over its absence and throw a TypeError instead of an error with a status.
 */
export const errorBodyPolicy = (): PipelinePolicy => ({
  name: 'aseErrorBody',
  sendRequest: async (request, next) => {
    const response = await next(request);
    if (response.status < 400) return response;
    if (isObject(response.bodyAsText)) {
      bodies.set(request, response.bodyAsText);
    } else {
      response.bodyAsText = '{}';
      response.headers.set('content-type', 'application/json');
    }
    return response;
  },
});

const isObject = (text: string | null | undefined): text is string => {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
};

export const errorBodyOf = (request: PipelineRequest | undefined): string | undefined =>
  request ? bodies.get(request) : undefined;
