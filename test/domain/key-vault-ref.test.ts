/** Whether a vault is the one that a procedure knows. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { compareWithDeleted } from '../../domain/key-vault-ref.ts';

suite('a live vault, compared with a deleted one,', () => {
  const cases: [what: string, deletedOn: string | undefined, createdAt: string | undefined, expected: string][] = [
    ['is the same if it is older than the deletion', '2026-01-02T00:00:00Z', '2026-01-01T00:00:00.000Z', 'same'],
    [
      'is the same if it is from the second of the deletion',
      '2026-01-02T00:00:00Z',
      '2026-01-02T00:00:00.900Z',
      'same',
    ],
    ['is another if it is younger', '2026-01-02T00:00:00Z', '2026-01-02T00:00:01.000Z', 'another'],
    ['may be any vault if the deletion has no time', undefined, '2026-01-01T00:00:00.000Z', 'unknown'],
    ['may be any vault if it has no creation time', '2026-01-02T00:00:00Z', undefined, 'unknown'],
  ];
  for (const [what, deletedOn, createdAt, expected] of cases) {
    test(what, () => {
      const deleted = deletedOn === undefined ? {} : { deletedOn };
      assert.equal(compareWithDeleted(deleted, createdAt === undefined ? {} : { createdAt }), expected);
    });
  }
});
