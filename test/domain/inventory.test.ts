import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  emptyListing,
  inventoryOf,
  isTold,
  mostForeign,
  withPage,
  type ListedSecret,
  type Listing,
  type NamedSecret,
} from '../../domain/inventory.ts';
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

test('a channel integrity key is recognised by its name in the record of the device', () => {
  assert.equal(inventoryOf(listed, [], { linked: 'Payroll' }).secrets[2]?.kind, 'channel integrity key');
});

suite('an activation key is not provably that of the device if', () => {
  const cases: [string, madeWith: (string | undefined)[], ListedSecret[]][] = [
    ['its channel integrity key is not in the vault', ['k1'], []],
    [
      'it was created with the channel integrity key of a former device',
      ['k1'],
      [{ name: 'ase-cik-former', versions: ['k1'] }],
    ],
    ['one of its versions was created with that key', ['k1', 'k0'], [{ name: 'ase-cik-own', versions: ['k1'] }]],
    ['it does not name its channel integrity key', [undefined], [{ name: 'ase-cik-own', versions: ['k1'] }]],
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

  test('is short, and the same in any order and letter case', () => {
    assert.match(digest, /^[0-9a-f]{16}$/);
    assert.equal(of(listed.toReversed().map(({ name, versions }) => ({ name: name.toUpperCase(), versions }))), digest);
  });

  test('excludes ages and locks', () => {
    assert.equal(of(listed.map((secret) => ({ ...secret, changedOn: '2026-02-02T00:00:00.000Z' }))), digest);
    assert.equal(inventoryOf(listed, [lock], {}).digest, digest);
  });

  for (const [what, changed] of [
    ['an additional secret', [...listed, { name: 'x', versions: ['d'] }]],
    ['a missing secret', listed.slice(1)],
    ['an additional version', listed.map(({ name, versions }) => ({ name, versions: [...versions, 'd'] }))],
    ['another version', listed.map(({ name, versions }) => ({ name, versions: versions.map((id) => `${id}x`) }))],
  ] as const) {
    test(`changes with ${what}`, () => assert.notEqual(of([...changed]), digest));
  }
});

suite('the list of a vault', () => {
  const names = { derived: 'ase-cik-own', linked: 'theirs-linked' };
  const foreign = (n: number, times: Partial<NamedSecret> = {}): NamedSecret => ({
    name: `theirs-${`${n}`.padStart(4, '0')}`,
    created: 1000,
    updated: 1000,
    ...times,
  });
  const many = Array.from({ length: 400 }, (_, n) => foreign(n));
  const own = ['ase-cik-own', 'theirs-linked', 'zz'].map((name) => foreign(0, { name }));
  const inPages = (secrets: readonly NamedSecret[], size = 25): NamedSecret[][] =>
    secrets.length === 0 ? [] : [secrets.slice(0, size), ...inPages(secrets.slice(size), size)];
  const listingOf = (secrets: readonly NamedSecret[], size?: number): Listing =>
    inPages(secrets, size).reduce((listing, page) => withPage(listing, page, names), emptyListing);

  test('names our own secrets, and the first hundred foreign ones by name', () => {
    const { named, total } = listingOf([...many.toReversed(), ...own]);
    assert.equal(total, 403);
    assert.deepEqual(
      named.map(({ name }) => name),
      ['ase-cik-own', ...many.slice(0, mostForeign).map(({ name }) => name), 'theirs-linked'],
    );
  });

  test('is the same in any order and with any pages', () => {
    const straight = listingOf([...own, ...many]);
    assert.deepEqual(listingOf([...many.toReversed(), ...own], 7), straight);
    assert.deepEqual(listingOf([...many.slice(200), ...own, ...many.slice(0, 200)], 1), straight);
  });

  test('stays small, so that each attempt can pass it on', () => {
    const long = Array.from({ length: 2000 }, (_, n) => foreign(n, { name: `${'x'.repeat(120)}${n}` }));
    assert.ok(JSON.stringify(listingOf(long)).length < 25_000);
  });

  const others = (secrets: readonly NamedSecret[]): string => listingOf(secrets).others;
  for (const [what, changed] of [
    ['an additional one', [...many, foreign(400)]],
    ['a missing one', many.slice(0, -1)],
    ['a duplicate', [...many, ...many.slice(-1)]],
    ['another name', [...many.slice(0, -1), foreign(400)]],
    ['a new version', [...many.slice(0, -1), foreign(399, { created: 2000, updated: 2000 })]],
    ['a change of its newest version', [...many.slice(0, -1), foreign(399, { updated: 2000 })]],
  ] as const) {
    test(`changes with ${what} among those that it does not name`, () => {
      assert.notEqual(others(changed), others(many));
      const digest = (listing: Listing) =>
        inventoryOf(
          listing.named.map(({ name }) => ({ name, versions: ['1'] })),
          [],
          names,
          listing,
        ).digest;
      assert.notEqual(digest(listingOf(changed)), digest(listingOf(many)));
    });
  }

  test('includes all changes once the second of the last change is over', () => {
    const listing = listingOf([...many, foreign(400, { created: 1500, updated: 1700 })]);
    assert.deepEqual([isTold(listing, 1_700_999), isTold(listing, 1_701_000)], [false, true]);
    assert.equal(isTold(listingOf([foreign(1)]), 1000), true, 'the versions of what is named are known');
  });
});
