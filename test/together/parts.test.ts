import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { filesTogether, players } from './parts.ts';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const filesLike = (patterns: string[]): Promise<string[]> => Array.fromAsync(glob(patterns, { cwd }));

test('npm test runs every test file, and runs it once', async () => {
  const { scripts } = JSON.parse(await readFile(path.join(cwd, 'package.json'), 'utf8')) as {
    scripts: { test: string };
  };
  const patterns = [...scripts.test.matchAll(/'([^']+)'/g)].map(([, pattern]) => pattern!);
  const played = [...(await filesLike(patterns)), ...(await filesTogether())];
  assert.deepEqual(played.toSorted(), (await filesLike(['{local-azure/,}test/**/*.test.ts'])).toSorted());
});

test('every part has a file that runs it, and that file runs no other', async () => {
  const files = (await filesLike(['test/together/*-[0-9].test.ts'])).toSorted();
  assert.deepEqual(files, players().toSorted());
  for (const file of files) {
    const [, room, part] = /(\w+)-(\d)\.test\.ts$/.exec(file)!;
    assert.match(await readFile(path.join(cwd, file), 'utf8'), new RegExp(`playPart\\('${room}', ${part}\\);`));
  }
});
