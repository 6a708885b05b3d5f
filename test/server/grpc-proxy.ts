/** Stands before a Temporal server, passes calls on, and refuses those that it is told to. */
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** A status code of gRPC, and what is said of it. */
export type GrpcRefusal = { code: number; message: string };

export type GrpcProxy = { address: string; close: () => Promise<void> };

/**
 * @param server address of the Temporal server
 * @param refuse asked for each call by its path, such as `/temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecution`
 */
export const openGrpcProxy = async (
  server: string,
  refuse: (path: string) => GrpcRefusal | undefined,
): Promise<GrpcProxy> => {
  const sessions = new Set<http2.Http2Session>();
  const upstream = http2.connect(`http://${server}`);
  const proxy = http2.createServer();
  proxy.on('session', (session) => sessions.add(session));
  proxy.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    const refusal = refuse(String(headers[':path']));
    if (refusal) {
      const { code, message } = refusal;
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(code), 'grpc-message': message },
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
    close: async () => {
      for (const session of sessions) session.destroy();
      upstream.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
};
