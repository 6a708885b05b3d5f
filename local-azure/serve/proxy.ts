import http from 'node:http';
import { connect, type Socket } from 'node:net';
import { isPublic } from '../endpoints.ts';
import { onLoopback, type Listening } from './listen.ts';

/** Where the proxy may connect to, whether also under the names of public Azure, and whether a name resolves. */
export type ProxyTarget = {
  port: number;
  intercept: boolean;
  resolves: (hostname: string, gone: AbortSignal) => Promise<boolean>;
};

/**
 * An HTTP proxy on loopback for clients that cannot be told where names lie: the C library resolves no name below
 * `localhost`, and `HTTPS_PROXY` is understood by the Azure CLI and by the Python clients (tried). It connects to the
 * local Azure and to nothing else.
 */
export const listenAsProxy = (port: number, target: ProxyTarget): Promise<Listening> => {
  const tunnels = new Set<Socket>();
  const server = http.createServer((_, outgoing) => {
    outgoing.writeHead(403, { 'content-type': 'text/plain' }).end('The proxy of the local Azure knows only CONNECT.\n');
  });
  server.on('connect', (request, client: Socket, first: Buffer) => {
    keep(tunnels, client);
    openTunnel(request.url ?? '', client, first, target, tunnels).catch(() => client.destroy());
  });
  return onLoopback(server, port, () => {
    for (const socket of tunnels) socket.destroy();
  });
};

const openTunnel = async (
  authority: string,
  client: Socket,
  first: Buffer,
  { port, intercept, resolves }: ProxyTarget,
  tunnels: Set<Socket>,
): Promise<void> => {
  const gone = new AbortController();
  for (const event of ['end', 'close']) client.once(event, () => gone.abort());
  client.resume(); // A socket that is not read does not tell that its client has gone; before our answer it says nothing.
  const host = hostOf(authority, port, intercept);
  if (host === undefined) {
    refuse(
      client,
      '403 Forbidden',
      `Refused ${printable(authority)}: only *.localhost:${port} can be reached from here.`,
    );
  } else if (!(await resolves(host, gone.signal))) {
    refuse(client, '502 Bad Gateway', `The name ${host} does not resolve.`);
  } else {
    const server = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      server.write(first);
      client.pipe(server).pipe(client);
    });
    keep(tunnels, server);
    server.once('close', () => client.destroy());
    client.once('close', () => server.destroy());
  }
};

/** The host that `CONNECT` asks for, if it is one of the local Azure. */
const hostOf = (authority: string, port: number, intercept: boolean): string | undefined => {
  const [, asked = '', askedPort] = /^([a-z0-9.-]+):(\d+)$/i.exec(authority) ?? [];
  const host = asked.toLowerCase();
  if (host.endsWith('.localhost')) return Number(askedPort) === port ? host : undefined;
  return intercept && Number(askedPort) === HTTPS_PORT && isPublic(host) ? host : undefined;
};

const HTTPS_PORT = 443;

const refuse = (client: Socket, status: string, reason: string): void => {
  const body = `${reason}\n`;
  client.end(
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
};

const printable = (text: string): string => text.replaceAll(/[^\x21-\x7e]/g, '?').slice(0, 100);

/** Remembers a socket while it is open. That it breaks is no news: both ends of a tunnel go together. */
const keep = (tunnels: Set<Socket>, socket: Socket): void => {
  tunnels.add(socket);
  socket.on('error', () => undefined);
  socket.once('close', () => tunnels.delete(socket));
};
