import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  auditBlobName,
  hour,
  hoursOf,
  parseAuditLine,
  tellsOf,
  type AuditRecord,
  type SecretAccess,
} from '../../domain/audit-log.ts';

const at = (time: string): number => Date.parse(time);

/** As Azure Monitor writes it, without what nobody reads. */
const line = (changes: Record<string, unknown> = {}): string =>
  JSON.stringify({
    time: '2026-01-02T03:04:05.1234567Z',
    category: 'AuditEvent',
    operationName: 'SecretGet',
    resultType: 'Success',
    resultSignature: 'OK',
    identity: { claim: { 'http://schemas.microsoft.com/identity/claims/objectidentifier': 'an-object-id' } },
    properties: { requestUri: 'https://v.vault.azure.net/secrets/s/v1?api-version=7.4', httpStatusCode: 200 },
    ...changes,
  });

suite('the audit log', () => {
  test('has one blob for a vault and an hour, with the id in upper case and the time in UTC', () => {
    assert.equal(
      auditBlobName(
        '/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v',
        at('2026-01-02T03:59:59Z'),
      ),
      'resourceId=/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V/y=2026/m=01/d=02/h=03/m=00/PT1H.json',
    );
  });

  const periods: [from: string, to: string, hours: string[]][] = [
    ['2026-01-01T10:00:00Z', '2026-01-01T10:59:59Z', ['10']],
    ['2026-01-01T09:59:59Z', '2026-01-01T10:00:00Z', ['10', '09']],
    ['2026-01-01T22:30:00Z', '2026-01-02T00:30:00Z', ['00', '23', '22']],
  ];
  for (const [from, to, hours] of periods) {
    test(`from ${from} to ${to} covers the hours ${hours.join(', ')}, newest first`, () => {
      const found = hoursOf(at(from), at(to));
      assert.ok(found.every((beginning) => beginning % hour === 0));
      assert.deepEqual(
        found.map((beginning) => new Date(beginning).toISOString().slice(11, 13)),
        hours,
      );
    });
  }

  test('is read line by line', () => {
    assert.deepEqual([`${line()}\r`, line({ operationName: 'SecretSet' }), ''].flatMap(parseAuditLine), [
      {
        time: at('2026-01-02T03:04:05.123Z'),
        operation: 'SecretGet',
        succeeded: true,
        result: 'OK',
        caller: 'an-object-id',
        requestUri: 'https://v.vault.azure.net/secrets/s/v1?api-version=7.4',
      },
      {
        time: at('2026-01-02T03:04:05.123Z'),
        operation: 'SecretSet',
        succeeded: true,
        result: 'OK',
        caller: 'an-object-id',
        requestUri: 'https://v.vault.azure.net/secrets/s/v1?api-version=7.4',
      },
    ]);
  });

  test('is read in its older format as well', () => {
    assert.equal(parseAuditLine(`{"records":[${line()},${line()}]}`).length, 2);
  });

  test('counts lines that are not records, and continues', () => {
    const bad = ['{"time":', 'null', '7', '"text"', '[]', '{}', line({ time: 'soon' }), line({ operationName: 7 })];
    const parsed = [line(), ...bad, line()].flatMap(parseAuditLine);
    assert.deepEqual(
      [parsed.length, parsed.filter((record) => record === undefined).length],
      [2 + bad.length, bad.length],
    );
  });

  test('is empty if nothing was written', () => {
    assert.deepEqual(parseAuditLine(''), []);
  });

  test('has calls without a token, people with names, and newer claims', () => {
    const identities = [
      {},
      { claim: { oid: 'short', upn: 'ada@example.org' } },
      { claim: { 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn': 'ada@\u001b[2Jexample.org' } },
    ];
    const records = identities.flatMap((identity) => parseAuditLine(line({ identity })));
    assert.deepEqual(
      records.map((record) => [record?.caller, record?.callerName]),
      [
        [undefined, undefined],
        ['short', 'ada@example.org'],
        [undefined, 'ada@[2Jexample.org'],
      ],
    );
  });
});

test('the result of a record without a signature is its type', () => {
  const records = parseAuditLine(line({ resultSignature: undefined, resultType: 'Failed' }));
  assert.deepEqual(
    records.map((record) => [record?.result, record?.succeeded]),
    [['Failed', false]],
  );
});

suite('a record matches an access', () => {
  const access: SecretAccess = {
    caller: 'AAAA-1',
    secret: { name: 'ase-cik-1', version: 'v1' },
    since: '2026-01-02T03:04:05Z',
  };
  const record: AuditRecord = {
    time: at('2026-01-02T03:04:05.000Z'),
    operation: 'SecretGet',
    succeeded: true,
    result: 'OK',
    caller: 'aaaa-1',
    requestUri: 'https://v.vault.azure.net/secrets/ase-cik-1/v1?api-version=7.4',
  };

  test('of the same caller, version and time', () => assert.ok(tellsOf(access, record)));

  test('of the same caller in another spelling', () => {
    assert.ok(tellsOf({ ...access, caller: 'aaaa-1' }, { ...record, caller: 'Aaaa-1' }));
  });

  const others: [what: string, changes: Partial<AuditRecord>][] = [
    ['an earlier time', { time: record.time - 1 }],
    ['another caller', { caller: 'bbbb-2' }],
    ['a refusal', { succeeded: false }],
    ['another version', { requestUri: record.requestUri.replace('/v1', '/v2') }],
    ['another secret', { requestUri: record.requestUri.replace('ase-cik-1', 'ase-cik-2') }],
    ['another operation', { operation: 'SecretUpdate' }],
  ];
  for (const [what, changes] of others) {
    test(`but not of ${what}`, () => assert.ok(!tellsOf(access, { ...record, ...changes })));
  }

  test('but not without a caller', () => {
    const { caller: _caller, ...nobodys } = record;
    assert.ok(!tellsOf(access, nobodys));
  });
});
