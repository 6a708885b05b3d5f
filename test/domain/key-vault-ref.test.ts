/** Whether a vault is the one that a procedure knows. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { compareWithDeleted } from '../../domain/key-vault-ref.ts';

suite('a live vault, compared with one that was deleted', () => {
  const cases: [what: string, deletedOn: string | undefined, createdAt: string | undefined, expected: string][] = [
    ['is the same where it is older than the deletion', '2026-01-02T00:00:00Z', '2026-01-01T00:00:00.000Z', 'same'],
    ['is the same in the very second', '2026-01-02T00:00:00Z', '2026-01-02T00:00:00.900Z', 'same'],
    ['is another where it is younger', '2026-01-02T00:00:00Z', '2026-01-02T00:00:01.000Z', 'another'],
    ['may be any where the deletion has no time', undefined, '2026-01-01T00:00:00.000Z', 'unknown'],
    ['may be any where it has no creation time', '2026-01-02T00:00:00Z', undefined, 'unknown'],
  ];
  for (const [what, deletedOn, createdAt, expected] of cases) {
    test(what, () => {
      const deleted = deletedOn === undefined ? {} : { deletedOn };
      assert.equal(compareWithDeleted(deleted, createdAt === undefined ? {} : { createdAt }), expected);
    });
  }
});
