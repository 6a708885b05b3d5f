/** The page that holds the product against the article: every statement is there, and every test that it names exists. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';

const page = await readFile(new URL('../../docs/article.md', import.meta.url), 'utf8');

/** The headings of the article and how many statements stand under each; the last one lists later versions. */
const statements = {
  'About Key vault and Azure Stack Edge': 2,
  'Key vault creation': 13,
  'Generate activation key and create key vault': 9,
  'Manage your key vault': 8,
  'Regenerate activation key': 5,
  'Delete, recover key vault': 7,
  'Purge key vault': 1,
  'Additions of later versions': 8,
};

/** What stands under each heading of a level, by the heading. */
const sectionsOf = (text: string, level: string): [heading: string, body: string][] =>
  text
    .split(`\n${level} `)
    .slice(1)
    .map((section) => {
      const end = section.indexOf('\n');
      return [section.slice(0, end), section.slice(end)];
    });

const rows = sectionsOf(page, '##').flatMap(([, body]) => sectionsOf(body, '###'));

test('every statement of the article has a row under its heading', () => {
  const counted = sectionsOf(page, '##').map(([heading, body]) => [heading, sectionsOf(body, '###').length]);
  assert.deepEqual(Object.fromEntries(counted), statements);
});

test('the rows are numbered in their order', () => {
  assert.deepEqual(
    rows.map(([heading]) => Number.parseInt(heading, 10)),
    rows.map((_, index) => index + 1),
  );
});

const testName = /^- `(?<file>(?:local-azure\/)?test\/[\w/-]+\.test\.ts)`: (?<title>.+)$/gm;

/** Titles are written in whatever quotes they need; one that is put together of parts is named as it is written. */
const isWritten = (source: string, title: string): boolean =>
  ["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote}`));

suite('the named tests exist for', () => {
  for (const [heading, body] of rows) {
    test(heading, async () => {
      const named = [...body.matchAll(testName)].map(({ groups }) => groups as { file: string; title: string });
      assert.ok(named.length > 0, 'no test is named');
      assert.equal(named.length, body.split('\n- `').length - 1, 'a line that names a test cannot be read');
      for (const { file, title } of named) {
        const source = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
        assert.ok(isWritten(source, title), `${file} has no "${title}"`);
      }
    });
  }
});

test('the most important differences are described in the rows that they refer to', () => {
  const [top = ''] = page.split('\n## ');
  const pointed = [...top.matchAll(/\((\d+(?:, \d+)*)\)/g)].flatMap(([, list]) => list?.split(', ') ?? []);
  assert.ok(pointed.length >= 5);
  const telling = pointed.filter((number) => rows[Number(number) - 1]?.[1].includes('\n- differs: '));
  assert.deepEqual(
    pointed.filter((number) => !telling.includes(number)),
    ['45'],
    'the article says nothing of a purge',
  );
});
