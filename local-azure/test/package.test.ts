/** What the package says of itself: what it needs, in the versions that the product is tested with. */
import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import { suite, test } from 'node:test';

type Packages = Record<string, string>;
type Manifest = { version: string; engines: object; dependencies: Packages; devDependencies: Packages };

const folder = path.join(import.meta.dirname, '..');
const manifestIn = async (where: string): Promise<Manifest> =>
  JSON.parse(await readFile(path.join(where, 'package.json'), 'utf8')) as Manifest;
const own = await manifestIn(folder);
const checkout = await manifestIn(path.join(folder, '..'));

type Source = { file: string; text: string };

const sources = async (patterns: string[], exclude: string[] = []): Promise<Source[]> => {
  const files = await Array.fromAsync(glob(patterns, { cwd: folder, exclude: ['dist/**', ...exclude] }));
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(path.join(folder, file), 'utf8') })));
};

/** `node-forge` of `node-forge/lib/x.js`, `@azure/identity` of the same. */
const imported = /\bfrom '(?!node:)((?:@[^/']+\/)?[^./'][^/']*)/g;

const importedBy = (files: Source[]): string[] =>
  [...new Set(files.flatMap(({ text }) => [...text.matchAll(imported)].map(([, name = '']) => name)))].toSorted();

/** Files of the package that import a file beside it. */
const reachingOut = (files: Source[]): string[] =>
  files.flatMap(({ file, text }) =>
    [...text.matchAll(/\b(?:from|import|import\() ?'(\.[^']+)'/g)]
      .map(([, target = '']) => path.join(path.dirname(file), target))
      .filter((target) => target.startsWith('..'))
      .map((target) => `${file} imports ${target}`),
  );

suite('the package of the local Azure', () => {
  test('depends on the packages that its files import, and on nothing else', async () => {
    assert.deepEqual(Object.keys(own.dependencies), importedBy(await sources(['**/*.ts'], ['test/**'])));
  });

  test('names the packages that its tests import', async () => {
    const missing = importedBy(await sources(['test/**/*.ts'])).filter((name) => !(name in own.devDependencies));
    assert.deepEqual(missing, []);
  });

  test('imports no file outside it', async () => {
    assert.deepEqual(reachingOut(await sources(['**/*.ts'])), []);
  });

  test('has the version of the product and supports the same versions of Node', () => {
    assert.deepEqual([own.version, own.engines], [checkout.version, checkout.engines]);
  });

  test('pins each package to the version that the product pins, so that npm installs it once', () => {
    const pinned: Packages = { ...checkout.dependencies, ...checkout.devDependencies };
    const needed: Packages = { ...own.dependencies, ...own.devDependencies };
    for (const [name, version] of Object.entries(needed)) assert.equal(pinned[name], version, name);
  });
});
