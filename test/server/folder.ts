import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeAtEnd } from '../../scripts/stack/reap-at-end.ts';

/** A temporary folder, which goes even when the test is killed. */
export const openFolder = async (): Promise<{ folder: string; remove: () => Promise<void> }> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'ase-server-'));
  const release = removeAtEnd(folder);
  return {
    folder,
    remove: async () => {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      release();
    },
  };
};
