/** A list of secrets is read page by page, and can be gone on with by another process. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pagesOf, type Page } from '../../azure/calls.ts';
import { azureAnswering, errorOf, refusal } from './clients.ts';

const origin = 'https://v.vault.azure.net';
const item = (name: string) => ({ id: `${origin}/secrets/${name}`, attributes: {} });

/** Answers each page by its number; the third one is empty, as pages in the middle may be. */
const pages: Record<string, object> = {
  '': { value: [item('a'), item('b')], nextLink: `${origin}/secrets?api-version=7.6&$skiptoken=2` },
  2: { value: [item('c')], nextLink: `${origin}/secrets?api-version=7.6&$skiptoken=3` },
  3: { value: [], nextLink: `${origin}/secrets?api-version=7.6&$skiptoken=4` },
  4: { value: [item('d')], nextLink: null },
};

const list = (asked: string[] = []) =>
  azureAnswering((request) => {
    const page = new URL(request.url).searchParams.get('$skiptoken') ?? '';
    asked.push(page);
    return Promise.resolve(
      page in pages ? Response.json(pages[page]) : refusal(400, { error: { code: 'BadParameter' } }),
    );
  })
    .secrets({ uri: origin })
    .listPropertiesOfSecrets();

const namesOf = (read: Page<{ name: string }>[]): string[] =>
  read.flatMap(({ entries }) => entries.map(({ name }) => name));

test('all pages are read, including empty ones', async () => {
  const asked: string[] = [];
  const read = await Array.fromAsync(pagesOf(list(asked)));
  assert.deepEqual(namesOf(read), ['a', 'b', 'c', 'd']);
  assert.deepEqual(asked, ['', '2', '3', '4']);
  assert.equal(read.at(-1)?.next, undefined);
});

test('reading continues after a page', async () => {
  const [, second] = await Array.fromAsync(pagesOf(list()));
  const asked: string[] = [];
  assert.deepEqual(namesOf(await Array.fromAsync(pagesOf(list(asked), second?.next))), ['d']);
  assert.deepEqual(asked, ['3', '4']);
});

test('a position that the vault does not know is refused', async () => {
  const lost = pagesOf(list(), `${origin}/secrets?api-version=7.6&$skiptoken=9`).next();
  assert.equal(((await errorOf(lost)) as { statusCode?: number }).statusCode, 400);
});

test('pages are read from vaults only', async () => {
  const elsewhere = pagesOf(list(), 'https://elsewhere.example/secrets').next();
  assert.match(((await errorOf(elsewhere)) as Error).message, /refused to send a request to elsewhere\.example/);
});
