/** The pages in the package: what they lead to is in it, and what they say can be typed where it is installed. */
import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isPacked, linksIn, packPage } from '../../scripts/package-pages.ts';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const packed = async (page: string): Promise<string> =>
  packPage(await readFile(path.join(checkout, page), 'utf8'), page);
const found = await Array.fromAsync(glob(['*.md', 'docs/**/*.md'], { cwd: checkout }));
const pages = found.filter(isPacked);

suite('in the package', () => {
  for (const page of pages) {
    test(`no link of ${page} leads out of it`, async () => {
      const relative = linksIn(await packed(page)).filter((target) => !/^([a-z]+:|#)/.test(target));
      const files = relative.map((target) => path.join(path.dirname(page), target.split('#')[0] ?? ''));
      assert.deepEqual(
        files.filter((file) => !isPacked(file)),
        [],
      );
    });
  }

  test('the README has no command and no mention of a checkout, and still describes the use of the package', async () => {
    const text = await packed('README.md');
    const found = text.match(/npm (run|ci|test|start|pack)\b.*|.*\bcheckout\b.*|.*local Azure.*/g) ?? [];
    assert.deepEqual(found, []);
    for (const kept of [
      'npx ase-worker',
      'npx ase blocked list',
      'TEMPORAL_ADDRESS',
      '(docs/client.md)',
      'MIT licence',
    ]) {
      assert.ok(text.includes(kept), kept);
    }
  });

  test('a row and an item are removed with their link, and elsewhere the text stays', () => {
    const page =
      '| [a](gone.md) | b |\n| [c](docs/c.md) | d |\n- [e](gone.ts)\nSee [f](gone.ts#g) and [h](https://h).\n';
    const kept = '| [c](docs/c.md) | d |\nSee f and [h](https://h).\n';
    assert.equal(
      packPage(page, 'README.md', (file) => file === 'docs/c.md'),
      kept,
    );
  });
});
