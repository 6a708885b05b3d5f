import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { identify, isAlive } from '../../scripts/stack/process-identity.ts';
import { spawnChild, stopChild, untilReady } from '../../scripts/stack/processes.ts';
import { eventually } from './eventually.ts';

type Family = { scratch: string; children: { pid: number; port: number }[] };

describe('a parent that ends', () => {
  test('by SIGKILL leaves no child, no listening port and no folder', async () => {
    await withFamily('', async (parent, family) => {
      parent.kill('SIGKILL');
      await gone(family);
      await eventually('the folder is removed', () => !existsSync(family.scratch));
    });
  });

  test('by SIGKILL also ends children that ignore SIGTERM', async () => {
    await withFamily('stubborn', async (parent, family, journal) => {
      parent.kill('SIGKILL');
      await gone(family);
      assert.match(await readFile(journal, 'utf8'), /older SIGTERM/);
    });
  });

  test('by Ctrl-C ends its children itself, the youngest first, and the signal of the terminal does not reach them', async () => {
    await withFamily('', async (parent, family, journal) => {
      process.kill(-(parent.pid ?? 0), 'SIGINT');
      await once(parent, 'exit');
      await gone(family);
      assert.equal(await readFile(journal, 'utf8'), 'younger SIGTERM\nolder SIGTERM\n');
    });
  });

  test('by SIGTERM ends its children and then itself', async () => {
    await withFamily('', async (parent, family) => {
      parent.kill('SIGTERM');
      const [code] = (await once(parent, 'exit')) as [number | null];
      assert.equal(code, 0);
      await gone(family);
    });
  });
});

describe('a child', () => {
  test('that ends before it is ready fails the wait with its exit code and its last lines', async () => {
    const child = await spawnChild(
      'broken',
      process.execPath,
      ['-e', 'console.error("no such key"); process.exit(7)'],
      {
        env: {},
      },
    );
    await assert.rejects(
      untilReady(child, 20_000, () => undefined),
      /broken: ended \(exit code 7\) before it was ready\n {2}no such key/,
    );
  });

  test('that is not ready in time is ended', async () => {
    const child = await spawnChild('idle', process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { env: {} });
    await assert.rejects(
      untilReady(child, 0, () => undefined),
      /idle: not ready within 0 s/,
    );
    assert.notEqual(child.exit, undefined);
  });

  test('that ignores SIGTERM is killed after the grace period', async () => {
    const program = 'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)';
    const child = await spawnChild('deaf', process.execPath, ['-e', program], { env: {} });
    await untilReady(child, 20_000, () => child.output[0]);
    assert.deepEqual(await stopChild(child, 100), { code: null, signal: 'SIGKILL' });
  });

  test('that cannot be started reports the reason', async () => {
    await assert.rejects(spawnChild('nothing', '/no/such/program', [], { env: {} }), { code: 'ENOENT' });
  });

  test('writes both its streams into the log, readable by the owner only', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'ase-test-'));
    try {
      const log = path.join(folder, 'logs', 'both.log');
      const program = 'console.log("out"); console.error("err")';
      const child = await spawnChild('both', process.execPath, ['-e', program], { env: {}, log });
      await child.exited;
      await eventually('the log is written', async () => {
        const text = await readFile(log, 'utf8').catch(() => '');
        return text.includes('out\n') && text.includes('err\n');
      });
      assert.equal((await stat(log)).mode & 0o777, 0o600);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a process identity', () => {
  test('is alive while its process is', () => {
    assert.ok(isAlive(identify(process.pid)));
  });

  test('is not that of a later process with the same number', { skip: !existsSync('/proc/self/stat') }, () => {
    assert.equal(isAlive({ pid: process.pid, startedAt: '1' }), false);
  });
});

async function withFamily(
  manner: '' | 'stubborn',
  body: (parent: ReturnType<typeof spawn>, family: Family, journal: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ase-test-'));
  const program = path.join(import.meta.dirname, 'parent.ts');
  const parent = spawn(process.execPath, [program, folder, manner], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    await body(parent, JSON.parse(line) as Family, path.join(folder, 'journal'));
  } finally {
    parent.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
}

async function gone({ children }: Family): Promise<void> {
  for (const { pid, port } of children) {
    await eventually(`process ${pid} is gone`, () => !isAlive(identify(pid)));
    await eventually(`port ${port} is closed`, async () => !(await isListening(port)));
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
