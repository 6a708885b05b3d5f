import { holds } from '../faults/rule.ts';
import type { LocalAzure } from '../index.ts';
import { writeAuthority } from './authority-file.ts';
import { createServerIdentity, localHosts, publicHosts } from './authority.ts';
import { answerControl } from './control.ts';
import type { FetchHandler } from './exchange.ts';
import { listen } from './listen.ts';
import { listenAsProxy } from './proxy.ts';
import { resolves } from './resolver.ts';

/** Where a served local Azure is. Endpoints end without a slash. */
export type Addresses = {
  port: number;
  /** The certificate authority that clients must trust, PEM. */
  caFile: string;
  armEndpoint: string;
  authorityHost: string;
  controlEndpoint: string;
  /** For `HTTPS_PROXY` of clients that cannot resolve names below `localhost`. */
  proxyEndpoint: string;
  vaultSuffix: string;
  blobSuffix: string;
};

export type Served = {
  addresses: Addresses;
  /** Ends at once and removes the files made here. */
  close(): Promise<void>;
};

export type ServeOptions = {
  port: number;
  proxyPort?: number;
  caFile?: string;
  /** The proxy leads here under the names of public Azure, too, and the certificate has them. */
  intercept?: boolean;
};

/**
 * Puts a local Azure behind HTTPS on loopback, and a proxy that leads there beside it. Port 0 takes any free one, and so
 * does the proxy unless told; a taken one rejects with `EADDRINUSE`.
 */
export const serve = async (
  azure: LocalAzure,
  { port, proxyPort = 0, caFile, intercept = false }: ServeOptions,
): Promise<Served> => {
  const identity = await createServerIdentity(intercept ? [...localHosts, ...publicHosts] : localHosts);
  const server = await listen(handlerOf(azure), identity, port, isAstray(azure));
  const target = {
    port: server.port,
    intercept,
    resolves: (hostname: string, gone: AbortSignal) => resolves(azure, hostname, gone),
  };
  const proxy = await listenAsProxy(proxyPort, target).catch(async (error: unknown) => {
    await server.close();
    throw error;
  });
  const stopListening = async (): Promise<void> => {
    await proxy.close();
    await server.close();
  };
  const ca = await writeAuthority(identity.ca, caFile).catch(async (error: unknown) => {
    await stopListening();
    throw error;
  });
  return {
    addresses: addressesAt(server.port, proxy.port, ca.file),
    close: async () => {
      await stopListening();
      await ca.remove();
    },
  };
};

const addressesAt = (port: number, proxyPort: number, caFile: string): Addresses => ({
  port,
  caFile,
  armEndpoint: `https://management.localhost:${port}`,
  authorityHost: `https://login.localhost:${port}`,
  controlEndpoint: `https://control.localhost:${port}`,
  proxyEndpoint: `http://127.0.0.1:${proxyPort}`,
  vaultSuffix: '.vault.localhost',
  blobSuffix: '.blob.localhost',
});

/** Every name below `localhost` resolves; one that should not is met by a certificate of another name. */
const isAstray =
  ({ control }: LocalAzure) =>
  (hostname: string): boolean =>
    hostname !== controlHost &&
    control
      .listFaults()
      .some(({ action, host }) => action === 'unresolved' && host !== undefined && holds(host, hostname));

/** No part of Azure: nothing that happens there keeps anybody from it. */
const controlHost = 'control.localhost';

const handlerOf =
  (azure: LocalAzure): FetchHandler =>
  async (request) => {
    const { hostname } = new URL(request.url);
    if (hostname === controlHost) return await answerControl(azure, request);
    await resolves(azure, hostname, request.signal);
    return await azure.fetch(request);
  };
