/** Nothing is green because it never comes about: each type of failure is met by some run of a procedure in these tests. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { failures } from '../../domain/failures.ts';

/** Met by the enumeration of single faults, and named in no other test of a procedure. */
const metByEnumeration = [
  'AuditRecordPending',
  'ConcurrentWrite',
  'CredentialRefused',
  'DeviceDeleting',
  'EarlierAttemptUnsettled',
  'NotInEffect',
  'ProviderRegistering',
  'Throttled',
  'VaultCreating',
  'VaultUnreachable',
];

/** Why no run of a procedure in these tests comes to it. */
const notMet: Readonly<Record<string, string>> = {
  IdentityPropagating:
    'the local Azure knows the identity of a device from the start; test/azure/errors.test.ts reads it',
  Unexpected: 'it is for what nobody foresaw; test/activities/failure.test.ts makes it',
};

const folder = new URL('../workflows/', import.meta.url);
const sources = await Promise.all(
  (await readdir(folder))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFile(fileURLToPath(new URL(name, folder)), 'utf8')),
);

test('each type of failure is met by a run of a procedure, or it is said why none comes to it', () => {
  const missing = Object.keys(failures).filter(
    (type) =>
      !metByEnumeration.includes(type) &&
      notMet[type] === undefined &&
      !sources.some((source) => new RegExp(`\\b${type}\\b`).test(source)),
  );
  assert.deepEqual(missing, []);
});
