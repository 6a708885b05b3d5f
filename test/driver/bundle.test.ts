import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cachedBundle } from '../harness/temporal/bundle.ts';

const local = fileURLToPath(new URL('../../.local/', import.meta.url));
await mkdir(local, { recursive: true });
const folder = await mkdtemp(path.join(local, 'bundle-test-'));
after(() => rm(folder, { recursive: true }));
const cache = path.join(folder, 'cache');
const workflow = path.join(folder, 'workflows.ts');
const imported = path.join(folder, 'imported.ts');

test('a bundle is rebuilt when one of its files changes, and only then', async () => {
  await writeFile(workflow, "export { imported } from './imported.ts';");
  await writeFile(imported, 'export const imported = async (): Promise<string> => "first";');
  const first = await cachedBundle(workflow, cache);
  assert.equal((await cachedBundle(workflow, cache)).code, first.code);
  assert.deepEqual([first.fresh, (await cachedBundle(workflow, cache)).fresh], [true, false]);

  await writeFile(imported, 'export const imported = async (): Promise<string> => "second";');
  const second = await cachedBundle(workflow, cache);
  assert.equal(second.fresh, true);
  assert.match(second.code, /second/);
});
