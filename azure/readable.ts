import { RestError, type PipelinePolicy, type PipelineRequest, type PipelineResponse } from '@azure/core-rest-pipeline';

/**
 * Refuses a good answer that does not say what was asked, such as the sign-in page of a gateway, or nothing at all: the clients
 * would take it for one without content, a list of locks or of secrets for an empty one, and a device for one without a status.
 */
export const readablePolicy = (): PipelinePolicy => ({
  name: 'aseReadable',
  sendRequest: async (request, next) => {
    const response = await next(request);
    const { status } = response;
    if (status >= 400 || isReadable(request, response)) return response;
    const { PARSE_ERROR: code } = RestError;
    throw new RestError('the answer is empty', { code, statusCode: status, request, response });
  },
});

const isReadable = (request: PipelineRequest, { status, bodyAsText, headers }: PipelineResponse): boolean => {
  if (bodyAsText && !/json/i.test(headers.get('content-type') ?? '')) return false;
  if (mayBeEmpty(request, status)) return true;
  const body = parsed(bodyAsText ?? '');
  return isObject(body) && (request.method !== 'GET' || isListOrResource(body));
};

/** A list without its entries would count as empty, a resource without its id as one without anything. All have one (recorded). */
const isListOrResource = ({ value, id }: Record<string, unknown>): boolean =>
  Array.isArray(value) ? value.every(isObject) : typeof id === 'string';

/** A deletion has nothing to say, nor has an operation that goes on or is over; all else is answered with what it made or found. */
const mayBeEmpty = ({ method, url }: PipelineRequest, status: number): boolean =>
  method === 'DELETE' ||
  method === 'HEAD' ||
  ![200, 201, 204].includes(status) ||
  operations.test(new URL(url).pathname);

const operations = /\/(operationresults|operationsstatus|asyncoperations)\//i;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};
