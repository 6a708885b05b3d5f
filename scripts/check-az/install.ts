/** Python programs of a pinned version, each in an environment of its own that is made once and kept in our cache. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { waitForLock } from '../stack/lock.ts';
import { describeExit, spawnChild, withLastLines } from '../stack/processes.ts';
import { cacheFolder } from '../stack/temporal-install.ts';

/** Two of them: the Azure CLI holds the clients at older versions. Each is pinned in the text file of its name. */
export type EnvironmentName = 'azure-cli' | 'python-clients';

export function pythonOf(name: EnvironmentName, env: NodeJS.ProcessEnv): string {
  return path.join(folderOf(name, env), 'bin', 'python');
}

/** Does nothing when the pinned versions are installed already. */
export async function install(name: EnvironmentName, env: NodeJS.ProcessEnv): Promise<void> {
  const folder = folderOf(name, env);
  await mkdir(path.dirname(folder), { recursive: true });
  const lock = await waitForLock(`${folder}.lock`);
  try {
    const wanted = await readFile(path.join(import.meta.dirname, `${name}.txt`), 'utf8');
    if ((await installedIn(folder)) !== wanted) await installAnew(folder, name, wanted, env);
  } finally {
    await lock.release();
  }
}

function folderOf(name: EnvironmentName, env: NodeJS.ProcessEnv): string {
  return path.join(cacheFolder(env), 'check-az', name);
}

/** What the last complete installation was made of. */
async function installedIn(folder: string): Promise<string | undefined> {
  return readFile(path.join(folder, 'installed.txt'), 'utf8').catch(() => undefined);
}

async function installAnew(folder: string, name: string, wanted: string, env: NodeJS.ProcessEnv): Promise<void> {
  await run('python3', ['-m', 'venv', '--clear', folder], env);
  const requirements = path.join(import.meta.dirname, `${name}.txt`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-cache-dir'];
  await run(path.join(folder, 'bin', 'python'), [...pip, '--requirement', requirements], env);
  await writeFile(path.join(folder, 'installed.txt'), wanted);
}

async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = await spawnChild(path.basename(command), command, args, { env });
  const exit = await child.exited;
  if (exit.code !== 0) throw new Error(withLastLines(child, `ended (${describeExit(exit)})`));
}
