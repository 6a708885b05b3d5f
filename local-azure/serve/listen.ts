import { constants } from 'node:crypto';
import { once } from 'node:events';
import type http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import type { ServerIdentity } from './authority.ts';
import { answer, type FetchHandler } from './exchange.ts';

export type Listening = {
  port: number;
  /** Ends at once: calls under way see their connection die. */
  close(): Promise<void>;
};

/** Longer than clients keep an idle connection, so that none is closed under a request that is just being sent. */
const KEEP_ALIVE_MS = 120_000;

/**
 * Puts a fetch handler behind HTTPS on loopback; port 0 takes any free one. Rejects with `EADDRINUSE` for a taken one.
 * @param isAstray whether whoever asks for this name is met by a certificate of another one
 */
export const listen = async (
  handle: FetchHandler,
  { key, cert, otherCert }: ServerIdentity,
  port: number,
  isAstray: (hostname: string) => boolean = () => false,
): Promise<Listening> => {
  const elsewhere = tls.createSecureContext({ key, cert: otherCert });
  const server = https.createServer(
    {
      key,
      cert,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // A session that is taken up again shows no certificate.
      secureOptions: constants.SSL_OP_NO_TICKET,
      SNICallback: (hostname, choose) => choose(null, isAstray(hostname) ? elsewhere : undefined),
    },
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
