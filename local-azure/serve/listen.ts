import { once } from 'node:events';
import type http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ServerIdentity } from './authority.ts';
import { answer, type FetchHandler } from './exchange.ts';

export type Listening = {
  port: number;
  /** Ends at once: calls under way see their connection die. */
  close(): Promise<void>;
};

/** Longer than clients keep an idle connection, so that none is closed under a request that is just being sent. */
const KEEP_ALIVE_MS = 120_000;

/** Puts a fetch handler behind HTTPS on loopback; port 0 takes any free one. Rejects with `EADDRINUSE` for a taken one. */
export const listen = async (handle: FetchHandler, identity: ServerIdentity, port: number): Promise<Listening> => {
  const server = https.createServer(
    { key: identity.key, cert: identity.cert, keepAliveTimeout: KEEP_ALIVE_MS },
    (incoming, outgoing) => void answer(handle, incoming, outgoing),
  );
  return onLoopback(server, port);
};

/** Lets a server listen on loopback; port 0 takes any free one. @param alsoEnd ends what the server does not know of */
export const onLoopback = async (
  server: http.Server,
  port: number,
  alsoEnd: () => void = () => undefined,
): Promise<Listening> => {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      alsoEnd();
      await closed;
    },
  };
};
