import { json } from '../arm/answers.ts';
import { refuseBlob } from '../blob/refusals.ts';
import { destinationOf } from '../endpoints.ts';
import { isObject, objectIn, parseJson } from '../json.ts';
import type { GivenAnswer, OperationError, RawAnswer } from './action.ts';
import type { FaultedCall } from './call.ts';
import { guid } from '../random.ts';
import { connectionReset } from './network.ts';

/** In the words of the service that is asked; a blob's, in XML, has room for code and message alone. */
export const givenAnswer = (
  { status, code, message = code, headers = {}, ...more }: GivenAnswer,
  { url, state, now }: Pick<FaultedCall, 'url' | 'state' | 'now'>,
): Response => {
  const { to } = destinationOf(url.hostname);
  if (to === 'blob') {
    return refuseBlob({ requestId: guid(state), now: now() }, status, code, message, { headers }).answer;
  }
  if (to === 'login') return json(status, { error: code, error_description: message, ...more }, headers);
  return json(status, { error: { code, message, ...more } }, headers);
};

export const rawAnswer = ({ status, headers = {}, ...content }: RawAnswer): Response => {
  const bytes = 'base64' in content ? Buffer.from(content.base64, 'base64') : Buffer.from(content.body);
  return new Response(bytes.length === 0 ? null : bytes, { status, headers });
};

/** As a captive portal or a proxy puts itself in the place of Azure. */
export const htmlPage = (): Response =>
  new Response('<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in to go on.</body></html>', {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  });

/** The headers promise all of the body, and the connection dies after its first half. */
export const truncated = async (answer: Response): Promise<Response> => {
  const body = Buffer.from(await answer.arrayBuffer());
  if (body.length === 0) throw connectionReset();
  const half = new ReadableStream<Uint8Array>({
    start: (stream) => stream.enqueue(body.subarray(0, Math.floor(body.length / 2))),
    pull: (stream) => stream.error(connectionReset()),
  });
  const headers = new Headers(answer.headers);
  headers.set('content-length', String(body.length));
  return new Response(half, { status: answer.status, headers });
};

/** The length is that of what comes, so that nothing but the body tells that something is missing. */
export const cut = async (answer: Response): Promise<Response> => {
  const text = await answer.text();
  const half = text.slice(0, Math.floor(text.length / 2));
  const headers = new Headers(answer.headers);
  if (headers.has('content-length')) headers.set('content-length', String(Buffer.byteLength(half)));
  return new Response(text === '' ? null : half, { status: answer.status, headers });
};

/** The way in which each answer says that an operation failed, by the rules for asynchronous operations (documented). */
export const withFailedOperation = async (
  answer: Response,
  { code, message = code }: OperationError,
): Promise<Response> => {
  if (!answer.ok) return answer;
  const body = parseJson(await answer.text());
  const headers = Object.fromEntries(answer.headers);
  for (const name of ['location', 'retry-after', 'azure-asyncoperation', 'content-type']) delete headers[name];
  if (isObject(body) && 'provisioningState' in objectIn(body, 'properties')) {
    const properties = { ...objectIn(body, 'properties'), provisioningState: 'Failed' };
    return json(200, { ...body, properties }, headers);
  }
  return json(200, { status: 'Failed', error: { code, message } }, headers);
};
