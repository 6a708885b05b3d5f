/** The page of the architecture names the files of each procedure, and they are there. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import * as workflows from '../../workflows/index.ts';

const checkout = path.join(import.meta.dirname, '../..');
const page = await readFile(path.join(checkout, 'docs/architecture.md'), 'utf8');
const rows = [...page.matchAll(/^\| `(\w+)` +\| (`(?:workflows|activities|domain)\/.+?) *\|$/gm)];
const filesOf = new Map(
  rows.map(([, procedure = '', files = '']) => [procedure, files.split(', ').map((file) => file.replaceAll('`', ''))]),
);

test('the page lists every procedure', () => {
  assert.deepEqual([...filesOf.keys()].toSorted(), Object.keys(workflows).toSorted());
});

for (const [procedure, files] of filesOf) {
  test(`${procedure} is in at most six files, and the first defines it`, async () => {
    assert.ok(files.length <= 6, `${files.length} files`);
    assert.deepEqual(
      files.filter((file) => !existsSync(path.join(checkout, file))),
      [],
    );
    const definition = await readFile(path.join(checkout, files[0]!), 'utf8');
    assert.match(definition, new RegExp(`export async function ${procedure}\\(`));
  });
}
