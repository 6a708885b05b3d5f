import { RestError, type PipelinePolicy } from '@azure/core-rest-pipeline';

/**
 * Refuses a good answer whose body is no JSON, such as the sign-in page of a gateway: the clients would take it for one
 * without content, and a list of locks or of secrets for an empty one.
 */
export const readablePolicy = (): PipelinePolicy => ({
  name: 'aseReadable',
  sendRequest: async (request, next) => {
    const response = await next(request);
    const { status, bodyAsText, headers } = response;
    if (status >= 400 || !bodyAsText || /json/i.test(headers.get('content-type') ?? '')) return response;
    const { PARSE_ERROR: code } = RestError;
    throw new RestError('the answer is no JSON', { code, statusCode: status, request, response });
  },
});
