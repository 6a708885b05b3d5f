import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  type AuditRecord,
  type ParsedRecord,
  nameCallers,
  parseSince,
  tallyAuditLog,
  type AuditSummary,
} from '../../domain/audit-log.ts';

const now = Date.parse('2026-01-02T12:00:00Z');
const minute = 60_000;

const record = (changes: Partial<AuditRecord> = {}): AuditRecord => ({
  time: now - minute,
  operation: 'SecretGet',
  succeeded: true,
  result: 'OK',
  caller: 'device-1',
  requestUri: '',
  ...changes,
});

suite('a summary of an audit log', () => {
  const period = { since: now - 60 * minute, until: now };
  const names = new Map([['device-1', 'the device edge-1']]);
  const summarise = (records: readonly ParsedRecord[]): AuditSummary => {
    const tally = tallyAuditLog(period);
    for (const each of records) tally.add(each);
    return tally.summarise(names);
  };

  test('counts calls by operation, caller and result, the most frequent first', () => {
    const records = [
      record({ operation: 'SecretSet', caller: 'somebody' }),
      record({ time: now - 3 * minute, caller: 'DEVICE-1' }),
      record({ caller: 'DEVICE-1' }),
      record({ caller: 'DEVICE-1', succeeded: false, result: 'Forbidden' }),
    ];
    const { byCall, ...facts } = summarise([undefined, ...records, undefined]);
    assert.deepEqual(facts, {
      since: '2026-01-02T11:00:00.000Z',
      until: '2026-01-02T12:00:00.000Z',
      calls: 4,
      failed: 1,
      unreadable: 2,
      first: '2026-01-02T11:57:00.000Z',
      last: '2026-01-02T11:59:00.000Z',
    });
    assert.deepEqual(
      byCall.map(({ operation, caller, result, calls, first }) => [
        operation,
        caller,
        result,
        calls,
        first.slice(11, 16),
      ]),
      [
        ['SecretGet', 'the device edge-1', 'OK', 2, '11:57'],
        ['SecretSet', 'somebody', 'OK', 1, '11:59'],
        ['SecretGet', 'the device edge-1', 'Forbidden', 1, '11:59'],
      ],
    );
  });

  test('excludes earlier calls, even of the same hour', () => {
    const records = [record({ time: period.since - 1 }), record({ time: period.since })];
    assert.equal(summarise(records).calls, 1);
  });

  test('names a caller by its sign-in name, else by its object id, else as unknown', () => {
    const { caller: _caller, ...nobodys } = record();
    const records = [record({ caller: 'x', callerName: 'ada@example.org' }), record({ caller: 'y' }), nobodys];
    const { byCall } = summarise(records);
    assert.deepEqual(
      byCall.map(({ caller, callerId }) => [caller, callerId]),
      [
        ['ada@example.org', 'x'],
        ['y', 'y'],
        ['nobody (no valid token)', undefined],
      ],
    );
  });

  test('does not count a first call without a token as a failure, and explains it', () => {
    const { caller: _caller, ...nobodys } = record({ succeeded: false, result: 'Unauthorized' });
    const refused = record({ succeeded: false, result: 'Unauthorized' });
    const { calls, failed, byCall } = summarise([nobodys, nobodys, refused]);
    assert.deepEqual([calls, failed], [3, 1]);
    assert.deepEqual(
      byCall.map(({ caller, result }) => [caller, result]),
      [
        ['nobody (clients ask first, without a token)', 'Unauthorized'],
        ['the device edge-1', 'Unauthorized'],
      ],
    );
  });

  test('without calls has no first and no last call', () => {
    const summary = summarise([]);
    assert.deepEqual([summary.calls, summary.byCall, 'first' in summary, 'last' in summary], [0, [], false, false]);
  });
});

suite('callers are named', () => {
  const device = { name: 'edge-1', principalId: 'Device-1' };
  const worker = { objectId: 'Worker-1', secrets: ['Get', 'set', 'list'] };

  test('as the device, as you, and as the worker by its access policy', () => {
    const names = nameCallers({ device, you: 'You-1', policies: [worker, { objectId: 'You-1', secrets: ['get'] }] });
    assert.deepEqual(Object.fromEntries(names), {
      'device-1': 'the device edge-1',
      'you-1': 'you',
      'worker-1': 'the worker',
    });
  });

  test('as you, even with the credential of the worker', () => {
    assert.equal(nameCallers({ device, you: 'worker-1', policies: [worker] }).get('worker-1'), 'you');
  });

  test('but not as the worker if two callers could be it', () => {
    const policies = [worker, { ...worker, objectId: 'other' }];
    assert.deepEqual([...nameCallers({ device, you: 'you', policies }).values()], ['the device edge-1', 'you']);
  });
});

suite('the beginning of the period is read from', () => {
  const texts: [text: string, since: string][] = [
    ['90m', '2026-01-02T10:30:00.000Z'],
    ['24h', '2026-01-01T12:00:00.000Z'],
    ['7d', '2025-12-26T12:00:00.000Z'],
    ['2026-01-01', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T08:00:00Z', '2026-01-01T08:00:00.000Z'],
    ['2026-01-01T08:00:00+02:00', '2026-01-01T06:00:00.000Z'],
  ];
  for (const [text, since] of texts) {
    test(text, () => assert.equal(new Date(parseSince(text, now)).toISOString(), since));
  }

  for (const text of ['', '24', 'h', '-1h', '1w', 'yesterday', '2026-02-30T99:00:00Z', '91d', '2026-01-03', '8']) {
    test(`but not "${text}"`, () => assert.throws(() => parseSince(text, now), /since must be like 90m, 24h or 7d/));
  }
});
