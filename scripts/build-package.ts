/**
 * The last part of `npm run build`: makes `dist/`, where the compiled product lies, the package that people install. Beside the
 * workflows in one bundle and the role files it gets a `package.json` without what belongs to the checkout, which names every
 * package that it was tested with, and `npm-shrinkwrap.json`, since the overrides of a package do not reach those who install it.
 */
import { cp, glob, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { isPacked, packedAsIs, packPage } from './package-pages.ts';

/** What a `package.json` and an entry of `package-lock.json` have in common here. */
type Manifest = {
  name: string;
  version: string;
  dev?: boolean;
  optional?: boolean;
  dependencies?: Record<string, string>;
  overrides?: Record<string, string>;
  [field: string]: unknown;
};
type Lock = { packages: Record<string, Manifest> };

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = path.join(root, 'dist');
const read = async <T>(file: string): Promise<T> => JSON.parse(await readFile(path.join(root, file), 'utf8')) as T;
const write = (file: string, content: object): Promise<void> =>
  writeFile(path.join(dist, file), `${JSON.stringify(content, undefined, 2)}\n`);

const fieldsOfCheckout = ['private', 'scripts', 'devDependencies', 'optionalDependencies', 'allowScripts'];

/**
 * The version of each package that is installed for itself, but of those that hold types alone: npm installs a version that is a
 * dependency of the package for all who need the same, also from a tarball, whose shrinkwrap it does not heed (npm 10 and 11).
 */
const pinsOf = (lock: Lock): Record<string, string> =>
  Object.fromEntries(
    Object.entries(installedOf(lock)).flatMap(([folder, { version, optional }]) => {
      const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(folder) ?? [];
      return name === undefined || optional || name.startsWith('@types/') ? [] : [[name, version]];
    }),
  );

/** Without what only the checkout installs: what serves its development, and Node itself. */
const installedOf = ({ packages }: Lock): Lock['packages'] =>
  Object.fromEntries(
    Object.entries(packages).filter(([folder, { dev }]) => !dev && !/(^$|\/node-linux-)/.test(folder)),
  );

/** Paths as seen from `dist/`. What the checkout overrides is among what the lock has. */
const manifestOf = ({ overrides: _, ...checkout }: Manifest, lock: Lock): Manifest => {
  const own = Object.entries(checkout).filter(([field]) => !fieldsOfCheckout.includes(field));
  const moved = JSON.parse(JSON.stringify(Object.fromEntries(own)).replaceAll('./dist/', './')) as Manifest;
  return { ...moved, files: ['**/*'], dependencies: { ...moved.dependencies, ...pinsOf(lock) } };
};

const shrinkwrapOf = (lock: Lock, manifest: Manifest): object => ({
  ...lock,
  packages: { '': manifest, ...installedOf(lock) },
});

const { code } = await bundleWorkflowCode({ workflowsPath: path.join(root, 'workflows/index.ts') });
await writeFile(path.join(dist, 'workflow-bundle.js'), code);
const lock = await read<Lock>('package-lock.json');
const manifest = manifestOf(await read<Manifest>('package.json'), lock);
await write('package.json', manifest);
await write('npm-shrinkwrap.json', shrinkwrapOf(lock, manifest));
for (const file of packedAsIs) {
  const filter = (source: string): boolean => isPacked(path.relative(root, source));
  await cp(path.join(root, file), path.join(dist, file), { recursive: true, filter });
}
for await (const page of glob(['*.md', 'docs/**/*.md'], { cwd: dist })) {
  const text = await readFile(path.join(dist, page), 'utf8');
  await writeFile(path.join(dist, page), packPage(text, page));
}
