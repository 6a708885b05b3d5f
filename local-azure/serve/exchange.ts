import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from '../arm/answers.ts';

export type FetchHandler = (request: Request) => Promise<Response>;

/**
 * Answers one HTTP exchange with a fetch handler. When the handler throws, as it does for a lost answer or a name that
 * does not resolve, the socket is destroyed: the client sees its connection die, and in the middle of an answer whose body
 * breaks off. When the client goes away, the request's signal aborts.
 */
export const answer = async (handle: FetchHandler, incoming: IncomingMessage, outgoing: ServerResponse) => {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  try {
    const body = await readBody(incoming);
    const request = toRequest(incoming, body, gone.signal);
    const response = request instanceof Response ? request : await handle(request);
    await write(response, incoming.method === 'HEAD', outgoing);
  } catch {
    outgoing.destroy();
  }
};

/** The request, or the refusal of one that is too large or that `Request` cannot express: TRACE, a host that is none. */
const toRequest = (
  { method = 'GET', url = '/', headers, rawHeaders }: IncomingMessage,
  body: Buffer<ArrayBuffer> | undefined,
  signal: AbortSignal,
): Request | Response => {
  if (!body) return json(413, { error: tooLarge });
  if (method === 'TRACE') return new Response(null, { status: 405 });
  // Concatenated on purpose: as a relative URL a path that begins with two slashes would be taken for a host.
  const address = `https://${headers.host ?? 'localhost'}${url}`;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  try {
    return new Request(address, { method, headers: headerPairs(rawHeaders), signal, ...(hasBody ? { body } : {}) });
  } catch {
    return new Response(null, { status: 400 });
  }
};

/** What Azure Resource Manager takes at most. Code and text from users' reports, the status assumed. */
const mostBytes = 4 * 1024 * 1024;
const tooLarge = {
  code: 'RequestContentTooLarge',
  message: 'The request content size exceeds the maximum size of 4 MB.',
};

/** Nothing for a body that is too large: it is read to its end all the same, for its sender to hear the refusal. */
const readBody = async (incoming: IncomingMessage): Promise<Buffer<ArrayBuffer> | undefined> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= mostBytes) chunks.push(chunk);
  }
  return length > mostBytes ? undefined : Buffer.concat(chunks);
};

const headerPairs = (raw: string[]): [string, string][] =>
  raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ''] as [string, string]] : []));

const write = async (response: Response, bodiless: boolean, outgoing: ServerResponse): Promise<void> => {
  const { bytes, isWhole } = await bodyOf(response);
  outgoing.statusCode = response.status;
  outgoing.setHeaders(response.headers);
  if (!isWhole) {
    outgoing.write(bytes, () => outgoing.destroy());
    return;
  }
  if (response.status !== 204 && response.status !== 304) outgoing.setHeader('content-length', bytes.length);
  outgoing.end(bodiless ? undefined : bytes);
};

/** All of a body, or what came of it before it broke off. */
const bodyOf = async ({ body }: Response): Promise<{ bytes: Buffer; isWhole: boolean }> => {
  const chunks: Uint8Array[] = [];
  try {
    if (body) for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks), isWhole: true };
  } catch {
    return { bytes: Buffer.concat(chunks), isWhole: false };
  }
};
