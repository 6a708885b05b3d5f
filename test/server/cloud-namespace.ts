/** Stands before a Temporal server as Temporal Cloud does for the key of a namespace: the OperatorService is refused. */
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

export type CloudNamespace = { address: string; refused: readonly string[]; close: () => Promise<void> };

const permissionDenied = '7';

/** @param server address of the Temporal server */
export const openCloudNamespace = async (server: string): Promise<CloudNamespace> => {
  const refused: string[] = [];
  const sessions = new Set<http2.Http2Session>();
  const upstream = http2.connect(`http://${server}`);
  const proxy = http2.createServer();
  proxy.on('session', (session) => sessions.add(session));
  proxy.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    const path = String(headers[':path']);
    if (path.startsWith('/temporal.api.operatorservice.')) {
      refused.push(path);
      stream.respond(
        {
          ':status': 200,
          'content-type': 'application/grpc',
          'grpc-status': permissionDenied,
          'grpc-message': 'Request unauthorized.',
        },
        { endStream: true },
      );
      return;
    }
    const { ':authority': _, ...passed } = headers;
    const call = upstream.request(passed);
    call.on('response', (answered, flags) => {
      // A refusal is headers alone, and says its status there.
      const isRefusal = (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      stream.respond(answered, isRefusal ? { endStream: true } : { waitForTrailers: true });
      if (isRefusal) return;
      let trailers: http2.IncomingHttpHeaders = {};
      call.on('trailers', (sent: http2.IncomingHttpHeaders) => {
        trailers = sent;
      });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      pipeline(call, stream).catch(() => undefined);
    });
    call.on('error', () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
    stream.on('close', () => call.close());
    pipeline(stream, call, { end: true }).catch(() => undefined);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    refused,
    close: async () => {
      for (const session of sessions) session.destroy();
      upstream.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
};
