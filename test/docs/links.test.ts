/** Links between the pages lead somewhere: to a file that is there, and to a heading that it has. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

const checkout = path.join(import.meta.dirname, '../..');
const pages = await Array.fromAsync(glob(['*.md', 'docs/**/*.md', 'local-azure/*.md'], { cwd: checkout }));

const read = (page: string): Promise<string> => readFile(path.join(checkout, page), 'utf8');

const withoutCode = (text: string): string =>
  text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').replaceAll(/`[^`\n]*`/g, '');

/** As GitHub names them: lower case, letters, digits, hyphens and underscores, a hyphen for each space. */
const anchorsOf = (text: string): string[] =>
  [...text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );

for (const page of pages) {
  test(`the links of ${page} have targets`, async () => {
    const links = [...withoutCode(await read(page)).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
    const broken: string[] = [];
    for (const link of links.filter((target) => !/^[a-z]+:/.test(target))) {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? page : path.join(path.dirname(page), file);
      if (!existsSync(path.join(checkout, target))) broken.push(link);
      else if (anchor !== undefined && !anchorsOf(await read(target)).includes(anchor)) broken.push(link);
    }
    assert.deepEqual(broken, []);
  });
}
