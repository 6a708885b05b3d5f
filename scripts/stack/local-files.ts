/** The folder `.local` of the checkout: what a running stack leaves for other terminals to find, and its logs. */
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { removeAtEnd } from './reap-at-end.ts';

export const checkout = path.join(import.meta.dirname, '../..');

export type LocalFiles = {
  folder: string;
  /** The operator's credentials and all else that the command line needs; there only while the stack is ready. */
  env: string;
  /** The same for a worker beside the stack's own, with the worker's credentials. */
  workerEnv: string;
  /** The ready line of the local Azure. */
  localAzure: string;
  localAzureCa: string;
  /** For Temporal's own tools as well: the server, as a profile. */
  temporalConfig: string;
  lock: string;
  log(name: string): string;
};

export function localFiles(folder = path.join(checkout, '.local')): LocalFiles {
  return {
    folder,
    env: path.join(folder, 'env'),
    workerEnv: path.join(folder, 'worker-env'),
    localAzure: path.join(folder, 'local-azure.json'),
    localAzureCa: path.join(folder, 'local-azure-ca.pem'),
    temporalConfig: path.join(folder, 'temporal.toml'),
    lock: path.join(folder, 'stack.lock'),
    log: (name) => path.join(folder, 'logs', `${name}.log`),
  };
}

/**
 * Writes a file that only its owner may read and that is removed when we end; returns a function that removes it earlier. A file of a killed
 * run is replaced, in one step: a reader sees the whole file or none.
 */
export async function writeWhileRunning(file: string, content: string): Promise<() => Promise<void>> {
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, content, { mode: 0o600 });
  const release = removeAtEnd(temporary);
  await rename(temporary, file);
  const releaseFile = removeAtEnd(file);
  release();
  return async () => {
    await rm(file, { force: true });
    releaseFile();
  };
}
