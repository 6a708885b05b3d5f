/**
 * The last part of `npm run build`: makes `dist/`, where the compiled product lies, the package that people install. Beside the
 * workflows in one bundle and the role files it gets a `package.json` without what belongs to the checkout, and
 * `npm-shrinkwrap.json`, since the overrides of a package do not reach those who install it.
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
 * Paths as seen from `dist/`. What the checkout overrides is a dependency of the package: npm then installs that version for all
 * who need the same, also from a tarball, whose shrinkwrap it does not heed (npm 11).
 */
const manifestOf = ({ overrides, ...checkout }: Manifest): Manifest => {
  const own = Object.entries(checkout).filter(([field]) => !fieldsOfCheckout.includes(field));
  const moved = JSON.parse(JSON.stringify(Object.fromEntries(own)).replaceAll('./dist/', './')) as Manifest;
  return { ...moved, files: ['**/*'], dependencies: { ...moved.dependencies, ...overrides } };
};

/** Without what only the checkout installs: what serves its development, and Node itself. */
const shrinkwrapOf = ({ packages, ...lock }: Lock, manifest: Manifest): object => {
  const installed = Object.entries(packages).filter(([folder, { dev }]) => !dev && !/(^$|\/node-linux-)/.test(folder));
  return { ...lock, packages: { '': manifest, ...Object.fromEntries(installed) } };
};

const { code } = await bundleWorkflowCode({ workflowsPath: path.join(root, 'workflows/index.ts') });
await writeFile(path.join(dist, 'workflow-bundle.js'), code);
const manifest = manifestOf(await read<Manifest>('package.json'));
await write('package.json', manifest);
await write('npm-shrinkwrap.json', shrinkwrapOf(await read<Lock>('package-lock.json'), manifest));
for (const file of packedAsIs) {
  const filter = (source: string): boolean => isPacked(path.relative(root, source));
  await cp(path.join(root, file), path.join(dist, file), { recursive: true, filter });
}
for await (const page of glob(['*.md', 'docs/**/*.md'], { cwd: dist })) {
  const text = await readFile(path.join(dist, page), 'utf8');
  await writeFile(path.join(dist, page), packPage(text, page));
}
