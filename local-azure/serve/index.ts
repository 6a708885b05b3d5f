import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LocalAzure } from '../index.ts';
import { createServerIdentity } from './authority.ts';
import { answerControl } from './control.ts';
import type { FetchHandler } from './exchange.ts';
import { listen } from './listen.ts';

/** Where a served local Azure is. Endpoints end without a slash. */
export type Addresses = {
  port: number;
  /** The certificate authority that clients must trust, PEM. */
  caFile: string;
  armEndpoint: string;
  authorityHost: string;
  controlEndpoint: string;
  vaultSuffix: string;
  blobSuffix: string;
};

export type Served = {
  addresses: Addresses;
  /** Ends at once and removes the files made here. */
  close(): Promise<void>;
};

/** Puts a local Azure behind HTTPS on loopback. Port 0 takes any free one; a taken one rejects with `EADDRINUSE`. */
export const serve = async (azure: LocalAzure, options: { port: number; caFile?: string }): Promise<Served> => {
  const identity = await createServerIdentity();
  const server = await listen(handlerOf(azure), identity, options.port);
  const ca = await writeAuthority(identity.ca, options.caFile);
  return {
    addresses: addressesAt(server.port, ca.file),
    close: async () => {
      await server.close();
      await ca.remove();
    },
  };
};

const addressesAt = (port: number, caFile: string): Addresses => ({
  port,
  caFile,
  armEndpoint: `https://management.localhost:${port}`,
  authorityHost: `https://login.localhost:${port}`,
  controlEndpoint: `https://control.localhost:${port}`,
  vaultSuffix: '.vault.localhost',
  blobSuffix: '.blob.localhost',
});

const handlerOf =
  (azure: LocalAzure): FetchHandler =>
  (request) =>
    new URL(request.url).hostname === 'control.localhost' ? answerControl(azure, request) : azure.fetch(request);

const writeAuthority = async (pem: string, wanted?: string): Promise<{ file: string; remove(): Promise<void> }> => {
  if (wanted === undefined) {
    const folder = await mkdtemp(path.join(tmpdir(), 'local-azure-'));
    const file = path.join(folder, 'ca.pem');
    await writeFile(file, pem);
    return { file, remove: () => rm(folder, { recursive: true, force: true }) };
  }
  const file = path.resolve(wanted);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, pem);
  return { file, remove: () => rm(file, { force: true }) };
};
