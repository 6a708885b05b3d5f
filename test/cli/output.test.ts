import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFailure, failureOf } from '../../cli/failure.ts';
import { formatData } from '../../cli/output.ts';
import { elapsed } from '../../cli/progress.ts';
import { AseError } from '../../client.ts';

test('a list becomes a table with a column for each field that any row has', () => {
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

test('an empty list becomes an empty table', () => {
  assert.equal(formatData([], 'table'), '');
});

test('one thing becomes a line for each of its fields, the nested ones by their path', () => {
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

test('of a list of things in it each has a line', () => {
  const modifiedByPolicy = [
    { field: 'publicNetworkAccess', asked: 'Enabled', found: 'Disabled' },
    { field: "tags['costCenter']", asked: '4711', found: null },
  ];
  assert.equal(
    formatData({ audit: 'complete', modifiedByPolicy }, 'table'),
    [
      'audit             complete',
      'modifiedByPolicy  publicNetworkAccess; Enabled; Disabled',
      "                  tags['costCenter']; 4711; -",
      '',
    ].join('\n'),
  );
});

test('text of several lines stays in its cell', () => {
  assert.equal(formatData({ message: 'one\n  two' }, 'table'), 'message  one two\n');
});

test('json is what was given, and none is nothing', () => {
  assert.deepEqual(JSON.parse(formatData([{ a: 1 }], 'json')), [{ a: 1 }]);
  assert.equal(formatData({ a: 1 }, 'none'), '');
});

const failed = new AseError('OperationFailed', 'it is online', 'Reset it.\nThen again.', {
  failure: 'DeviceAlreadyActivated',
});

test('an error for a person is what is so, and indented below it what to do', () => {
  assert.equal(
    formatFailure(failureOf(failed), 'table'),
    'OperationFailed (DeviceAlreadyActivated): it is online\n  Reset it.\n  Then again.\n',
  );
});

test('an error for a script says the type of the failure too', () => {
  assert.deepEqual(JSON.parse(formatFailure(failureOf(failed), 'json')), {
    error: {
      type: 'OperationFailed',
      message: 'it is online',
      hint: 'Reset it.\nThen again.',
      failure: 'DeviceAlreadyActivated',
    },
  });
});

test('an error of nobody is a defect and ends with 1', () => {
  const { shown, exitCode } = failureOf(new TypeError('x is not a function'));
  assert.equal(shown.type, 'Unexpected');
  assert.equal(exitCode, 1);
});

test('times are seconds at first, and minutes where seconds would be many', () => {
  assert.deepEqual([-5, 0, 2_340, 99_940, 100_000, 3_605_000].map(elapsed), [
    '0.0 s',
    '0.0 s',
    '2.3 s',
    '99.9 s',
    '1m 40s',
    '60m 05s',
  ]);
});
