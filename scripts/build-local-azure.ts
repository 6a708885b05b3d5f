/** The last part of `npm run build -w local-azure`: makes `local-azure/dist/` the package that people install. */
import path from 'node:path';
import { copyInto, manifestOf, readJson, writeJson, type Manifest } from './installable.ts';

const root = path.join(import.meta.dirname, '..');
const folder = path.join(root, 'local-azure');
const dist = path.join(folder, 'dist');

await writeJson(dist, 'package.json', manifestOf(await readJson<Manifest>(folder, 'package.json')));
await copyInto(dist, folder, ['README.md']);
await copyInto(dist, root, ['LICENSE']);
