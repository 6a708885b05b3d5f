import { Readable } from 'node:stream';
import {
  createHttpHeaders,
  RestError,
  type HttpClient,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';

export type FetchHandler = (request: Request) => Promise<Response>;

/**
 * The seam of the official Azure clients, answered by a function instead of a socket. What the function throws with a
 * `code` becomes what the socket client makes of such an error, and an aborted call ends at once, as it would there.
 */
export const inProcess = (handle: FetchHandler): HttpClient => ({
  sendRequest: async (request) => {
    const { abortSignal } = request;
    if (abortSignal?.aborted) throw aborted();
    const gaveUp = new AbortController();
    const answer = answerTo(handle, request, gaveUp.signal);
    if (!abortSignal) return await answer;
    const giveUp = Promise.withResolvers<never>();
    const onAbort = (): void => {
      giveUp.reject(aborted());
      gaveUp.abort();
    };
    abortSignal.addEventListener('abort', onAbort);
    try {
      return await Promise.race([answer, giveUp.promise]);
    } finally {
      abortSignal.removeEventListener('abort', onAbort);
      answer.catch(() => undefined);
    }
  },
});

const answerTo = async (
  handle: FetchHandler,
  request: PipelineRequest,
  signal: AbortSignal,
): Promise<PipelineResponse> => {
  try {
    return await toPipelineResponse(request, await handle(toRequest(request, signal)));
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    throw new RestError(message, { request, ...(code === undefined ? {} : { code }) });
  }
};

type Content = NonNullable<ConstructorParameters<typeof Response>[0]>;

/** Older clients hand over older headers: `toJson` where the newer ones have `toJSON`. */
type AnyHeaders = { toJSON?: () => Record<string, string>; toJson?: () => Record<string, string> };

const toRequest = ({ url, method, headers, body }: PipelineRequest, signal: AbortSignal): Request => {
  const { toJSON, toJson } = headers as AnyHeaders;
  const pairs = toJSON?.call(headers) ?? toJson?.call(headers) ?? {};
  const content = typeof body === 'function' ? body() : body;
  return new Request(url, {
    method,
    headers: pairs,
    signal,
    ...(content === undefined || content === null ? {} : { body: content as Content }),
  });
};

const toPipelineResponse = async (request: PipelineRequest, response: Response): Promise<PipelineResponse> => {
  const headers = createHttpHeaders(Object.fromEntries(response.headers));
  Object.assign(headers, { toJson: () => headers.toJSON() });
  const { status } = response;
  const streamed = request.streamResponseStatusCodes;
  if (!streamed?.has(status) && !streamed?.has(Number.POSITIVE_INFINITY)) {
    return { request, status, headers, bodyAsText: await textOf(response) };
  }
  return { request, status, headers, readableStreamBody: Readable.from(Buffer.from(await response.arrayBuffer())) };
};

/** A body that breaks off is what the socket client calls unreadable, whatever the connection died of. */
const textOf = async (response: Response): Promise<string> => {
  try {
    return await response.text();
  } catch (error) {
    const message = `Error reading response as text: ${(error as Error).message}`;
    throw new RestError(message, { code: RestError.PARSE_ERROR });
  }
};

const aborted = (): Error => Object.assign(new Error('The operation was aborted.'), { name: 'AbortError' });
