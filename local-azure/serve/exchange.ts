import type { IncomingMessage, ServerResponse } from 'node:http';

export type FetchHandler = (request: Request) => Promise<Response>;

/**
 * Answers one HTTP exchange with a fetch handler. When the handler throws, as it does for a lost answer or a name that
 * does not resolve, the socket is destroyed: the client sees its connection die. When the client goes away, the
 * request's signal aborts.
 */
export const answer = async (handle: FetchHandler, incoming: IncomingMessage, outgoing: ServerResponse) => {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  try {
    const response = await handle(await toRequest(incoming, gone.signal));
    await write(response, incoming.method === 'HEAD', outgoing);
  } catch {
    outgoing.destroy();
  }
};

const toRequest = async (incoming: IncomingMessage, signal: AbortSignal): Promise<Request> => {
  const { method = 'GET', url = '/', headers } = incoming;
  const body = await readBody(incoming);
  // Concatenated on purpose: as a relative URL a path that begins with two slashes would be taken for a host.
  return new Request(`https://${headers.host ?? 'localhost'}${url}`, {
    method,
    headers: headerPairs(incoming.rawHeaders),
    signal,
    ...(method === 'GET' || method === 'HEAD' ? {} : { body }),
  });
};

const readBody = async (incoming: IncomingMessage): Promise<Buffer<ArrayBuffer>> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const headerPairs = (raw: string[]): [string, string][] =>
  raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ''] as [string, string]] : []));

const write = async (response: Response, bodiless: boolean, outgoing: ServerResponse): Promise<void> => {
  const body = Buffer.from(await response.arrayBuffer());
  outgoing.statusCode = response.status;
  outgoing.setHeaders(response.headers);
  if (response.status !== 204 && response.status !== 304) outgoing.setHeader('content-length', body.length);
  outgoing.end(bodiless ? undefined : body);
};
