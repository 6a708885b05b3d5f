import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { inventoryOf, type ListedSecret } from '../../domain/inventory.ts';
import type { Lock } from '../../domain/locks.ts';

const lock: Lock = { id: '/x/locks/l', name: 'l', scope: '/x', level: 'CanNotDelete' };
const listed: ListedSecret[] = [
  { name: 'ase-cik-own', versions: ['k1', 'k2'] },
  { name: 'ase-activation-key', versions: ['a', 'b'], madeWith: ['k1', 'k2'], changedOn: '2026-01-01T00:00:00.000Z' },
  { name: 'payroll', versions: ['c'] },
];

test('an inventory names each secret, its kind, its versions and its age', () => {
  const { secrets, locks } = inventoryOf(listed, [lock], { derived: 'ASE-cik-own' });
  assert.deepEqual(secrets, [
    { name: 'ase-cik-own', kind: 'channel integrity key', own: true, versions: 2 },
    {
      name: 'ase-activation-key',
      kind: 'activation key',
      own: true,
      versions: 2,
      changedOn: '2026-01-01T00:00:00.000Z',
    },
    { name: 'payroll', kind: 'foreign', own: false, versions: 1 },
  ]);
  assert.deepEqual(locks, [lock]);
});

test('the name in the record of the device makes a channel integrity key', () => {
  assert.equal(inventoryOf(listed, [], { linked: 'Payroll' }).secrets[2]?.kind, 'channel integrity key');
});

suite('an activation key is not provably that of the device when', () => {
  const cases: [string, madeWith: (string | undefined)[], ListedSecret[]][] = [
    ['its channel integrity key is not in the vault', ['k1'], []],
    ['it was made with that of a former device', ['k1'], [{ name: 'ase-cik-former', versions: ['k1'] }]],
    ['one of its versions was', ['k1', 'k0'], [{ name: 'ase-cik-own', versions: ['k1'] }]],
    ['it does not say what it was made with', [undefined], [{ name: 'ase-cik-own', versions: ['k1'] }]],
  ];
  for (const [when, madeWith, others] of cases) {
    test(when, () => {
      const key = { name: 'ase-activation-key', versions: madeWith.map((_, index) => `a${index}`), madeWith };
      assert.equal(inventoryOf([key, ...others], [], { derived: 'ase-cik-own' }).secrets[0]?.own, false);
    });
  }
});

suite('the digest of an inventory', () => {
  const { digest } = inventoryOf(listed, [], {});
  const of = (changed: ListedSecret[]) => inventoryOf(changed, [], {}).digest;

  test('is short, and the same whatever the order and the letter case', () => {
    assert.match(digest, /^[0-9a-f]{16}$/);
    assert.equal(of(listed.toReversed().map(({ name, versions }) => ({ name: name.toUpperCase(), versions }))), digest);
  });

  test('does not know ages or locks', () => {
    assert.equal(of(listed.map((secret) => ({ ...secret, changedOn: '2026-02-02T00:00:00.000Z' }))), digest);
    assert.equal(inventoryOf(listed, [lock], {}).digest, digest);
  });

  for (const [what, changed] of [
    ['a secret more', [...listed, { name: 'x', versions: ['d'] }]],
    ['a secret less', listed.slice(1)],
    ['a version more', listed.map(({ name, versions }) => ({ name, versions: [...versions, 'd'] }))],
    ['another version', listed.map(({ name, versions }) => ({ name, versions: versions.map((id) => `${id}x`) }))],
  ] as const) {
    test(`is another with ${what}`, () => assert.notEqual(of([...changed]), digest));
  }
});
