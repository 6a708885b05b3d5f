import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { formatEnv, readEnv } from '../../scripts/stack/env-file.ts';
import { localFiles, writeWhileRunning } from '../../scripts/stack/local-files.ts';

const awkward = {
  PLAIN: 'https://management.localhost:8443',
  EMPTY: '',
  SPACES: ' two  words ',
  SIGNS: 'a#b$HOME"c\\n`d`',
  LINES: '-----BEGIN-----\nMII=\n-----END-----',
};

describe('a file of variables', () => {
  test('returns every written value', () => {
    assert.deepEqual({ ...readEnv(formatEnv(awkward)) }, awkward);
  });

  test('has the same meaning for a shell', async () => {
    const script = `${formatEnv(awkward)}\nprintf '%s|' "$PLAIN" "$EMPTY" "$SPACES" "$SIGNS" "$LINES"`;
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', script]);
    assert.equal(stdout, `${Object.values(awkward).join('|')}|`);
  });

  test('refuses the one character that it cannot contain, and names the variable', () => {
    assert.throws(() => formatEnv({ NOTE: "it's" }), /NOTE holds a single quote/);
  });
});

describe('a file that exists only during a run', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ase-test-'));
    file = localFiles(folder).env;
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('is readable by the owner only', async () => {
    const remove = await writeWhileRunning(file, 'A=1\n');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    await remove();
  });

  test('replaces the file of a killed run, whatever its permissions', async () => {
    await writeFile(file, 'A=stale\n', { mode: 0o644 });
    const remove = await writeWhileRunning(file, 'A=1\n');
    assert.equal(await readFile(file, 'utf8'), 'A=1\n');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    await remove();
  });

  test('leaves nothing when it is removed', async () => {
    const remove = await writeWhileRunning(file, 'A=1\n');
    await remove();
    assert.deepEqual(await readdir(folder), []);
  });
});
