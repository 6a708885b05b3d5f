/**
 * The last part of `npm run build`: makes `dist/`, where the compiled product lies, the package that people install. Beside the
 * workflows in one bundle and the role files it gets a `package.json` without what belongs to the checkout, which names every
 * package that it was tested with, and `npm-shrinkwrap.json`, since the overrides of a package do not reach those who install it.
 */
import { cp, glob, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { manifestOf, pinsOf, readJson, shrinkwrapOf, writeJson, type Lock, type Manifest } from './installable.ts';
import { isPacked, packedAsIs, packPage } from './package-pages.ts';

const root = path.join(import.meta.dirname, '..');
const dist = path.join(root, 'dist');

const { code } = await bundleWorkflowCode({ workflowsPath: path.join(root, 'workflows/index.ts') });
await writeFile(path.join(dist, 'workflow-bundle.js'), code);
const checkout = await readJson<Manifest>(root, 'package.json');
const lock = await readJson<Lock>(root, 'package-lock.json');
const manifest = manifestOf(checkout, pinsOf(lock, manifestOf(checkout)));
await writeJson(dist, 'package.json', manifest);
await writeJson(dist, 'npm-shrinkwrap.json', shrinkwrapOf(lock, manifest));
for (const file of packedAsIs) {
  const filter = (source: string): boolean => isPacked(path.relative(root, source));
  await cp(path.join(root, file), path.join(dist, file), { recursive: true, filter });
}
for await (const page of glob(['*.md', 'docs/**/*.md'], { cwd: dist })) {
  const text = await readFile(path.join(dist, page), 'utf8');
  await writeFile(path.join(dist, page), packPage(text, page));
}
