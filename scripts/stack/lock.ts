/** A lock between processes that survives no crash: a process that finds it checks whether its owner still runs. */
import { randomUUID } from 'node:crypto';
import { readlink, rename, symlink, unlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isAlive } from './process-identity.ts';

export type Lock = { kind: 'held'; release: () => Promise<void> } | { kind: 'busy'; pid: number };

/**
 * Acquires the lock at `path`, or returns its owner. The lock is a symbolic link whose target names its owner: it appears
 * with its content in one step, so nobody can read half of it.
 */
export async function takeLock(path: string): Promise<Lock> {
  const me = identify(process.pid);
  const mine = `${me.pid}@${me.startedAt}`;
  for (;;) {
    if (await linked(mine, path)) return { kind: 'held', release: () => releaseOwn(path, mine) };
    const owner = await ownerOf(path);
    if (owner === undefined) continue;
    if (isAlive(owner)) return { kind: 'busy', pid: owner.pid };
    await removeStale(path, `${owner.pid}@${owner.startedAt}`);
  }
}

/** Waits for the lock as long as its owner runs. */
export async function waitForLock(path: string): Promise<{ release: () => Promise<void> }> {
  for (;;) {
    const lock = await takeLock(path);
    if (lock.kind === 'held') return lock;
    await delay(100);
  }
}

async function linked(target: string, path: string): Promise<boolean> {
  try {
    await symlink(target, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function ownerOf(path: string) {
  const target = await readlink(path).catch(() => undefined);
  if (target === undefined) return undefined;
  const [pid = '', startedAt = ''] = target.split('@');
  return { pid: Number(pid), startedAt };
}

/** Two may see the same stale lock: the second must not take away the fresh lock of the first, so it looks again. */
async function removeStale(path: string, stale: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  await rename(path, aside).catch(() => undefined);
  const moved = await readlink(aside).catch(() => undefined);
  if (moved === undefined) return;
  if (moved !== stale) await linked(moved, path);
  await unlink(aside);
}

async function releaseOwn(path: string, mine: string): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === mine) await unlink(path);
}
