/** What Azure is known to answer, read from what the client of the refused call throws. What becomes of the procedures is played in `test/workflows`. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readAzureError } from '../../azure/errors.ts';
import { failureEntry } from '../../domain/failures.ts';
import { errorOf, refusal } from './clients.ts';
import { asked } from './known-calls.ts';
import { knownCodes, type KnownCode } from './known-codes.ts';

suite('a known answer of Azure has its type of failure:', () => {
  for (const known of knownCodes) {
    const { code, status, body, headers, at, type, source } = known;
    test(`${status} ${code} at ${at} (${source}) means ${type}`, async () => {
      const error = await errorOf(asked(at, () => refusal(status, body, headers)));
      const found = readAzureError(error);
      assert.ok(found, `not read: ${String(error)}`);
      assert.equal(found.type, type);
      assert.equal(found.innerCode ?? found.code, code);
      if (at !== 'signing in') assert.equal(found.status, status);
    });
  }
});

/** What the table of failures must say of a type for a procedure to end, to wait, or to go on. */
const ofTable = ({ at, type, inStep = type }: KnownCode): KnownCode['becomes'] => {
  const { class: kind, heals } = failureEntry(inStep);
  if (kind === 'fatal') return 'ends';
  if (kind !== 'blocked') return 'passes';
  // A deletion that was stopped half-way begins again by the word of a person.
  return heals && at !== 'unlocking the vault' ? 'heals' : 'stays';
};

test('the outcome of a procedure follows the table of failures for its type', () => {
  for (const known of knownCodes) {
    if (known.becomes !== 'passed over')
      assert.equal(ofTable(known), known.becomes, `${known.code} of ${known.source}`);
  }
});

test('the table is large, and names a source for each answer and an instruction for each that needs a person', () => {
  assert.ok(knownCodes.length >= 80, `${knownCodes.length} answers`);
  for (const { code, source, becomes, says } of knownCodes) {
    assert.match(source, /^https:\/\/learn\.microsoft\.com\/|^[\w.-]+\/[\w.-]+(#\d+|: recorded, .+)$/, code);
    assert.equal(says !== undefined, ['heals', 'stays', 'ends'].includes(becomes), code);
  }
});

test('only three codes report a missing right', () => {
  const codes = knownCodes.filter(({ type }) => type === 'MissingPermission').map(({ code }) => code);
  assert.deepEqual([...new Set(codes)].toSorted(), [
    'AuthorizationFailed',
    'AuthorizationPermissionMismatch',
    'LinkedAuthorizationFailed',
  ]);
});
