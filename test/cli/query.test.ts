/** What is picked of a result, and how it is printed, by a command that has one without a server. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { readQuery } from '../../cli/query.ts';
import { nowhere, runAse } from './ase.ts';

const env = { ...nowhere, ASE_ARM_ENDPOINT: 'https://management.localhost:1' };
const doctor = (options: readonly string[], more: NodeJS.ProcessEnv = {}) =>
  runAse(['doctor', ...options], { ...env, ...more });

suite('--query selects by JMESPath', { concurrency: 2 }, () => {
  test('the output as json', async () => {
    const { stdout, code } = await doctor(['--query', '[?check==`Temporal`].{part: check, state: state}']);
    assert.deepEqual(JSON.parse(stdout), [{ part: 'Temporal', state: 'failed' }]);
    assert.equal(code, 4);
  });

  test('values alone, for a script', async () => {
    const { stdout } = await doctor(['--query', "[?state=='failed'].[check, failure]", '-o', 'tsv']);
    assert.equal(stdout, 'Temporal\tTemporalUnreachable\nAzure\tAzureUnreachable\n');
  });

  test('a table of the selection', async () => {
    const { stdout } = await doctor(['--query', "[?state=='failed'].check", '-o', 'table']);
    assert.equal(stdout, 'RESULT\nTemporal\nAzure\n');
  });

  test('nothing without a match', async () => {
    assert.equal((await doctor(['--query', '[0].nonsense', '-o', 'yaml'])).stdout, '');
  });

  test('the whole result if the query does not fit', async () => {
    const { stdout, stderr, code } = await doctor(['--query', 'avg([].check)', '-o', 'json']);
    assert.match(stderr, /--query does not fit the result: .*avg.* The whole result follows\./);
    assert.ok(Array.isArray(JSON.parse(stdout)));
    assert.equal(code, 4, 'that of the command, which has one of its own');
  });

  test('nothing for output that is not data', async () => {
    for (const format of ['json', 'yaml', 'table']) {
      assert.equal((await doctor(['--query', '[0].check.constructor', '-o', format])).stdout, '');
    }
  });
});

suite('a query that no result can fit is refused before anything is started', () => {
  const malformed: [query: string, said: RegExp][] = [
    ['keyVault.', /Not a JMESPath expression: a name is missing after a dot: "keyVault\."\. For example/],
    ['steps[].', /a name is missing/],
    ['keyVault..name', /a name is missing/],
    ['steps[?state==`done`].{name: step.}', /a name is missing/],
    ['keyVault.(name)', /a name is missing/],
    ['steps[?state=done]', /"steps\[\?state=done\]" cannot be parsed/],
    ['steps[::0]', /step of a slice cannot be 0/],
    ['length()', /length\(\) takes 1 argument but received 0: "length\(\)"\. For example/],
    ['steps[].{size: length(step, state)}', /length\(\) takes 1 argument but received 2/],
    ['sort_by(steps, state)', /sort_by\(\) expected argument 2 to be type expression/],
    ['keyVault | size(@)', /JMESPath has no function size\(\)/],
  ];
  for (const [query, said] of malformed) {
    test(query, () => assert.throws(() => readQuery(query), said));
  }

  const sound = [
    '@',
    'sort_by(steps, &state)[-1]',
    'steps[::2]',
    '[?contains(@, `{"type":"Function"}`)]',
    'max_by(@, &a)',
  ];
  for (const query of sound) {
    test(`but not ${query}`, () => assert.doesNotThrow(() => readQuery(query)));
  }
});

suite('jsonc', { concurrency: 2 }, () => {
  const first = ['--query', '[0].{state: state}', '-o', 'jsonc'];

  test('has colours if they are forced', async () => {
    const { stdout } = await doctor(first, { FORCE_COLOR: '1' });
    assert.equal(stdout, '{\n  \u001B[34m"state"\u001B[39m: \u001B[32m"failed"\u001B[39m\n}\n');
  });

  test('has none under NO_COLOR', async () => {
    assert.equal((await doctor(first, { NO_COLOR: '1' })).stdout, '{\n  "state": "failed"\n}\n');
  });

  test('has none in a file or a pipe', async () => {
    assert.equal((await doctor(first)).stdout, '{\n  "state": "failed"\n}\n');
  });
});

test('--version prints the version of the package', async () => {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const { stdout, code } = await runAse('--version', nowhere);
  assert.equal(stdout, `${version}\n`);
  assert.equal(code, 0);
});
