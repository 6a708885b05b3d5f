import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { assertMayWrite, writeSecret } from '../../cli/key.ts';

const inFolder = (body: (file: string) => Promise<void>) => async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'ase-secret-'));
  try {
    await body(path.join(folder, 'key.txt'));
  } finally {
    await rm(folder, { recursive: true });
  }
};

const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;

test(
  'a secret is written for its owner only',
  inFolder(async (file) => {
    assertMayWrite(file);
    await writeSecret(file, 'the key');
    assert.equal(await readFile(file, 'utf8'), 'the key\n');
    assert.equal(await modeOf(file), 0o600);
  }),
);

test(
  'an empty file is used, and closed to others',
  inFolder(async (file) => {
    await writeFile(file, '');
    await chmod(file, 0o644);
    assertMayWrite(file);
    await writeSecret(file, 'the key');
    assert.equal(await modeOf(file), 0o600);
  }),
);

test(
  'a file with content is never replaced',
  inFolder(async (file) => {
    await writeFile(file, 'somebody’s');
    assert.throws(() => assertMayWrite(file), /already exists/);
    await assert.rejects(writeSecret(file, 'the key'), /another process/);
    assert.equal(await readFile(file, 'utf8'), 'somebody’s');
  }),
);

test(
  'a link is not followed',
  inFolder(async (file) => {
    await symlink(`${file}.elsewhere`, file);
    assert.throws(() => assertMayWrite(file), /already exists/);
    await assert.rejects(writeSecret(file, 'the key'), { code: 'ELOOP' });
  }),
);
