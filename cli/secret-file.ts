/** A file that holds a secret: for its owner only, and never in the place of something else. */
import { constants, lstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { UsageError } from './failure.ts';

/** Judged before the secret is read. An empty file may have been made for it. @throws UsageError */
export const assertMayWrite = (file: string): void => {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (!stats || (stats.isFile() && stats.size === 0)) return;
  throw new UsageError(`${file} exists already and is not replaced`, 'Give --out-file a new name, or remove the file.');
};

/** Mode 0600, also if the file was there. @throws UsageError when something has taken its place meanwhile */
export const writeSecret = async (file: string, secret: string): Promise<void> => {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;
  await using handle = await open(file, flags, 0o600);
  const stats = await handle.stat();
  if (!stats.isFile() || stats.size > 0) {
    throw new UsageError(`${file} has been written by somebody else meanwhile`, 'Give --out-file a new name.');
  }
  await handle.chmod(0o600);
  await handle.writeFile(`${secret}\n`);
};
