import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { takeLock, waitForLock } from '../../scripts/stack/lock.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ase-test-'));
  file = path.join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true }));

describe('a lock', () => {
  test('has one owner, and the refusal of another process names that owner', async () => {
    const first = await takeLock(file);
    assert.equal(first.kind, 'held');
    assert.deepEqual(await takeLock(file), { kind: 'busy', pid: process.pid });
  });

  test('can be acquired again after its release, and leaves nothing in the folder', async () => {
    const first = await waitForLock(file);
    await first.release();
    assert.deepEqual(await readdir(folder), []);
    assert.equal((await takeLock(file)).kind, 'held');
  });

  test('of a process that has died is taken over', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'exit');
    await symlink(`${dead.pid}@1`, file);
    assert.equal((await takeLock(file)).kind, 'held');
  });

  test('of another process that had our process id is taken over', async () => {
    await symlink(`${process.pid}@1`, file);
    assert.equal((await takeLock(file)).kind, 'held');
  });

  test('left behind goes to exactly one of many that want it', async () => {
    await symlink(`${process.pid}@1`, file);
    const locks = await Promise.all(Array.from({ length: 20 }, () => takeLock(file)));
    assert.equal(locks.filter(({ kind }) => kind === 'held').length, 1);
  });
});
