import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The file that tells clients whom to trust. */
export type AuthorityFile = { file: string; remove(): Promise<void> };

/** Writes the authority's certificate where it is wanted, or else into a temporary folder of this process. */
export const writeAuthority = async (pem: string, wanted?: string): Promise<AuthorityFile> => {
  if (wanted === undefined) {
    await sweep();
    const folder = await mkdtemp(path.join(tmpdir(), `local-azure-${process.pid}-`));
    const file = path.join(folder, 'ca.pem');
    await writeFile(file, pem);
    return { file, remove: () => rm(folder, { recursive: true, force: true }) };
  }
  const file = path.resolve(wanted);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, pem);
  return { file, remove: () => rm(file, { force: true }) };
};

/** Removes what killed processes could not; what belongs to somebody else stays. */
const sweep = async (): Promise<void> => {
  for (const name of await readdir(tmpdir())) {
    const pid = /^local-azure-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(path.join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
};
