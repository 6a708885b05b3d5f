/** What can be played, and what is said of a file that cannot. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readExchanges } from './recordings/exchange.ts';

const folder = await mkdtemp(path.join(tmpdir(), 'recordings-'));
after(() => rm(folder, { recursive: true }));

const fileWith = async (text: string | Buffer): Promise<string> => {
  const file = path.join(folder, `${Math.random()}.jsonl`);
  await writeFile(file, text);
  return file;
};

const group = {
  src: 's',
  i: 0,
  method: 'GET',
  url: '/subscriptions/a/resourceGroups/g?api-version=2021-04-01',
  req: null,
  status: 404,
  headers: {},
  body: { error: { code: 'ResourceGroupNotFound', message: 'Not there.' } },
};
const { headers: _, ...withoutHeaders } = group;
const good = JSON.stringify(group);

suite('a file that is not a recording is refused with the line and the expected form:', () => {
  const cases: [name: string, text: string, message: RegExp][] = [
    ['empty', '', /holds no exchange/],
    ['invalid JSON', `${good}\n{"src":`, /line 2 is no JSON/],
    ['a list in place of lines', '[]', /line 1 is JSON, but no object/],
    ['a missing member', `${good}\n\n${JSON.stringify(withoutHeaders)}`, /line 3 lacks the member "headers"/],
    ['a member of another kind', JSON.stringify({ ...group, status: '404' }), /line 1: "status" is not/],
    ['an empty URL', JSON.stringify({ ...group, url: '' }), /line 1: "url" is not a text/],
  ];
  for (const [name, text, message] of cases) {
    test(name, async () => {
      const file = await fileWith(text);
      await assert.rejects(readExchanges(file), (error: Error) => {
        assert.match(error.message, message);
        assert.ok(error.message.startsWith(file), 'the file is named');
        assert.match(error.message, /one exchange a line, like \{"src":.*"body":\{\}\}/);
        return true;
      });
    });
  }

  test('a missing file', async () => {
    await assert.rejects(readExchanges(path.join(folder, 'nowhere')), /nowhere cannot be read: .*ENOENT/);
  });
});

test('a byte order mark, carriage returns and lists of header values are accepted', async () => {
  const file = await fileWith(`\uFEFF${JSON.stringify({ ...group, headers: { 'Retry-After': ['17'] } })}\r\n\r\n`);
  assert.deepEqual(
    (await readExchanges(file)).map(({ headers }) => headers),
    [{ 'retry-after': '17' }],
  );
});

const main = fileURLToPath(new URL('recordings/main.ts', import.meta.url));

const run = (args: string[], recordings = ''): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const env = { ...process.env, RECORDINGS: recordings };
    execFile(process.execPath, [main, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });

const scores = /^TOTAL statuses 1 of 1, error codes 1 of 1, headers 0 of 0, members 0 of 0, values 0 of 0$/m;

test('the command replays a named file, or the file in RECORDINGS, and prints five scores', async () => {
  const file = await fileWith(good);
  for (const { code, stdout } of [await run([file]), await run([], file)]) {
    assert.equal(code, 0);
    assert.match(stdout, scores);
  }
});

test('the command reports the fault of a file, and its own usage', async () => {
  const refused = await run([await fileWith('{')]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /line 1 is no JSON/);
  assert.deepEqual([(await run(['--help'])).code, (await run(['a', 'b'])).code], [2, 2]);
});
