import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { formatFailure, failureOf } from '../../cli/failure.ts';
import { formatData, formats } from '../../cli/output.ts';
import { elapsed } from '../../cli/operation.ts';
import { AseError } from '../../client.ts';

test('a list becomes a table with a column for each field of any row', () => {
  const rows = [
    { device: 'edge-1', blockedStep: 'ensureKeyVault' },
    { device: 'a-longer-one', since: 'noon' },
  ];
  assert.equal(
    formatData(rows, 'table'),
    [
      'DEVICE        BLOCKED STEP    SINCE',
      'edge-1        ensureKeyVault  -',
      'a-longer-one  -               noon',
      '',
    ].join('\n'),
  );
});

test('columns of a table are aligned by their width on a terminal, in any script', () => {
  const rows = [
    { group: '東京', state: 'on' },
    { group: 'edge-rg', state: 'off' },
  ];
  assert.equal(formatData(rows, 'table'), 'GROUP    STATE\n東京     on\nedge-rg  off\n');
});

test('an empty list becomes an empty table', () => {
  assert.equal(formatData([], 'table'), '');
});

test('an object has a line for each field, with the path of nested fields', () => {
  const data = { audit: 'complete', keyVault: { name: 'v', tags: { a: 1 } }, skipped: [], steps: [{ step: 's' }] };
  assert.equal(
    formatData(data, 'table'),
    [
      'audit            complete',
      'keyVault.name    v',
      'keyVault.tags.a  1',
      'skipped          -',
      'steps            s',
      '',
    ].join('\n'),
  );
});

test('each element of a nested list has a line', () => {
  const modifiedByPolicy = [
    { field: 'publicNetworkAccess', asked: 'Enabled', found: 'Disabled' },
    { field: "tags['costCenter']", asked: '4711', found: null },
  ];
  assert.equal(
    formatData({ audit: 'complete', modifiedByPolicy }, 'table'),
    [
      'audit             complete',
      'modifiedByPolicy  publicNetworkAccess (asked: Enabled, found: Disabled)',
      "                  tags['costCenter'] (asked: 4711, found: -)",
      '',
    ].join('\n'),
  );
});

test('text of several lines stays in one cell', () => {
  assert.equal(formatData({ message: 'one\n  two' }, 'table'), 'message  one two\n');
});

test('json prints the data, and none prints nothing', () => {
  assert.deepEqual(JSON.parse(formatData([{ a: 1 }], 'json')), [{ a: 1 }]);
  assert.equal(formatData({ a: 1 }, 'none'), '');
});

test('yaml has the fields of json', () => {
  assert.equal(
    formatData({ keyVault: { name: 'v', tags: [] }, on: true }, 'yaml'),
    'keyVault:\n  name: v\n  tags: []\n"on": true\n',
  );
});

test('yaml quotes values that YAML 1.1 does not read as text', () => {
  const words = ['no', '12:30', '2026-01-31T08:00:00.000Z', '0123'];
  assert.equal(formatData(words, 'yaml'), words.map((word) => `- "${word}"\n`).join(''));
});

test('jsonc is json without a terminal', () => {
  const data = { a: [1, -2.5, true, null], 'b "c"': 'true: 1' };
  assert.deepEqual(JSON.parse(stripVTControlCharacters(formatData(data, 'jsonc'))), data);
});

suite('tsv, as az writes it, is', () => {
  const cases: [what: string, data: unknown, text: string][] = [
    [
      'a line for each item of a list',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
      'a\tb\nc\td\n',
    ],
    ['the values of the fields in their order', [{ name: 'edge-1', count: 2 }], 'edge-1\t2\n'],
    ['one line for one thing', { name: 'edge-1' }, 'edge-1\n'],
    ['one text alone', 'edge-1', 'edge-1\n'],
    ['a truth value alone in the letters of json', [true, false], 'true\nfalse\n'],
    ['a truth value in a line in those of Python', [{ on: true }], 'True\n'],
    ['None for what is missing', [{ a: null, b: 1 }], 'None\t1\n'],
    ['the length of a list within a line', [{ steps: [1, 2, 3] }], '3\n'],
    ['empty for what has fields itself', [{ a: { b: 1 }, c: 2 }], '\t2\n'],
    ['nothing for an empty list', [], ''],
  ];
  for (const [what, data, text] of cases) test(what, () => assert.equal(formatData(data, 'tsv'), text));
});

suite('the result of a query becomes a table', () => {
  test('of one column, for values', () => assert.equal(formatData(['a', 'b'], 'table'), 'RESULT\na\nb\n'));
  test('of numbered columns, for lists', () =>
    assert.equal(formatData([['a', 1]], 'table'), 'COLUMN1  COLUMN2\na        1\n'));
  test('without a title, for one value', () => assert.equal(formatData(7, 'table'), '7\n'));
});

for (const format of formats) {
  test(`a query that finds nothing prints nothing as ${format}`, () => assert.equal(formatData(null, format), ''));
}

const failed = new AseError('OperationFailed', 'it is online', 'Reset it.\nThen again.', {
  failure: 'DeviceAlreadyActivated',
});

test('an error as text has the hint indented below the message', () => {
  assert.equal(
    formatFailure(failureOf(failed), 'table'),
    'OperationFailed (DeviceAlreadyActivated): it is online\n  Reset it.\n  Then again.\n',
  );
});

test('an error as data has the type of the failure', () => {
  assert.deepEqual(JSON.parse(formatFailure(failureOf(failed), 'json')), {
    error: {
      type: 'OperationFailed',
      message: 'it is online',
      hint: 'Reset it.\nThen again.',
      failure: 'DeviceAlreadyActivated',
    },
  });
});

test('an unknown error is a defect and ends with 1', () => {
  const { shown, exitCode } = failureOf(new TypeError('x is not a function'));
  assert.equal(shown.type, 'Unexpected');
  assert.equal(exitCode, 1);
});

test('times below 100 seconds are in seconds, longer ones in minutes', () => {
  assert.deepEqual([-5, 0, 2_340, 99_940, 100_000, 3_605_000].map(elapsed), [
    '0.0 s',
    '0.0 s',
    '2.3 s',
    '99.9 s',
    '1m 40s',
    '60m 05s',
  ]);
});
