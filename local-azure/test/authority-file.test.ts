import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { writeAuthority } from '../serve/authority-file.ts';

/** The folder that a process left behind when it was killed. */
const leftByADeadProcess = async (): Promise<string> => {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return await mkdtemp(path.join(tmpdir(), `local-azure-${child.pid}-`));
};

test('the next start removes the folder of a killed process', async () => {
  const left = await leftByADeadProcess();
  const ours = await writeAuthority('pem');
  assert.equal(existsSync(left), false);
  await ours.remove();
});

test('the folder of a running process stays', async () => {
  const first = await writeAuthority('pem');
  const second = await writeAuthority('pem');
  assert.equal(existsSync(first.file), true);
  await Promise.all([first.remove(), second.remove()]);
  assert.equal(existsSync(path.dirname(first.file)), false);
});

test('a folder with another name is not removed', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'local-azure-elsewhere-'));
  const ours = await writeAuthority('pem');
  assert.equal(existsSync(folder), true);
  await Promise.all([ours.remove(), rm(folder, { recursive: true })]);
});
