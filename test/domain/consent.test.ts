import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  agreesWith,
  objectionInAdvance,
  objectionTo,
  readConsent,
  readConsentInAdvance,
  type Consent,
  type ConsentState,
} from '../../domain/consent.ts';
import { inventoryOf } from '../../domain/inventory.ts';
import type { Lock } from '../../domain/locks.ts';

const vault = '/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv-one';
const lock = (name: string, scope = vault, level = 'CanNotDelete'): Lock => ({
  id: `${scope}/providers/Microsoft.Authorization/locks/${name}`,
  name,
  scope,
  level,
});

const said = (given: Partial<Consent> = {}): Consent => ({
  decision: 'delete-vault',
  keyVaultName: 'kv-one',
  inventory: 1,
  by: 'ada',
  ...given,
});

suite('a consent is read', () => {
  test('with all its fields', () => {
    const message = said({ reason: 'retired', releaseLocks: [lock('theirs').id] });
    assert.deepEqual(readConsent(message), message);
  });

  test('without its optional fields', () => {
    const message = { decision: 'cancel', keyVaultName: 'kv-one', by: 'ada' };
    assert.deepEqual(readConsent(message), message);
  });

  const wrong: [what: string, message: unknown, why: RegExp][] = [
    ['a value that is not an object', 'delete-vault', /expected one JSON object with the fields decision/],
    ['an unknown field', { ...said(), force: true }, /"force" is not a field/],
    ['an unknown decision', said({ decision: 'purge' as never }), /decision must be "delete-vault" or/],
    ['no vault name', { ...said(), keyVaultName: undefined }, /keyVaultName must have 3 to 24/],
    [
      'a fractional number',
      said({ inventory: 1.5 }),
      /inventory must be the number shown with the inventory; got 1\.5/,
    ],
    ['nobody', { ...said(), by: undefined }, /by must be one line/],
    ['a reason of two lines', said({ reason: 'a\nb' }), /reason must be one line/],
    ['a lock by its name', said({ releaseLocks: ['theirs'] }), /releaseLocks must be a list of lock ids/],
    [
      'a lock by its name among ids',
      said({ releaseLocks: [lock('theirs').id, 'theirs'] }),
      /releaseLocks must be a list of lock ids/,
    ],
    [
      'eleven locks',
      said({ releaseLocks: Array.from({ length: 11 }, (_, index) => lock(`theirs-${index}`).id) }),
      /releaseLocks must be a list of lock ids/,
    ],
    ['a lock that is not a text', said({ releaseLocks: [1] as never }), /releaseLocks must be a list of lock ids/],
    [
      'locks to release and keep-vault',
      said({ decision: 'keep-vault', releaseLocks: [] }),
      /requires the decision "delete-vault"/,
    ],
  ];
  for (const [what, message, why] of wrong) {
    test(`and is refused with ${what}`, () => assert.throws(() => readConsent(message), why));
  }

  test('in advance with decision and name alone, and never to cancel', () => {
    const given = { decision: 'keep-vault', keyVaultName: 'kv-one' };
    assert.deepEqual(readConsentInAdvance(given), given);
    assert.throws(
      () => readConsentInAdvance({ ...given, decision: 'cancel' }),
      /decision must be "delete-vault" or "keep-vault"/,
    );
    assert.throws(() => readConsentInAdvance({ ...given, inventory: 1 }), /"inventory" is not a field/);
  });
});

const question = { keyVaultName: 'kv-one', inventory: 1, releasable: [lock('theirs').id] };
const yes = { decision: 'delete-vault', by: 'bob' } as const;
const keep = { decision: 'keep-vault', by: 'bob' } as const;

suite('a consent', () => {
  const cases: [what: string, consent: Partial<Consent>, state: ConsentState, objection: RegExp | undefined][] = [
    ['before the question', {}, {}, /^the operation has not asked yet/],
    ['to delete', {}, { question }, undefined],
    ['to delete in another letter case', { keyVaultName: 'KV-One' }, { question }, undefined],
    ['for another vault', { keyVaultName: 'kv-two' }, { question }, /concerns the vault "kv-one", not "kv-two"$/],
    [
      'to delete an inventory that was not read',
      { inventory: undefined as never },
      { question },
      /the present number is 1$/,
    ],
    [
      'to delete an inventory that was read before',
      {},
      { question: { ...question, inventory: 2 } },
      /read number 2 and decide again$/,
    ],
    ['to keep, with any inventory', { decision: 'keep-vault', inventory: 7 }, { question }, undefined],
    ['to delete again', {}, { question, answer: yes }, /^bob has already answered "delete-vault", which counts$/],
    ['to release one more lock', { releaseLocks: [lock('theirs').id] }, { question, answer: yes }, undefined],
    [
      'to release the same lock again',
      { releaseLocks: [lock('theirs').id.toUpperCase()] },
      { question, answer: { ...yes, releaseLocks: [lock('theirs').id] } },
      /^bob has already answered/,
    ],
    [
      'to release a lock from above',
      { releaseLocks: [lock('x', '/subscriptions/s').id] },
      { question },
      /is not a lock on the vault/,
    ],
    [
      'to keep again',
      { decision: 'keep-vault' },
      { question, answer: keep },
      /^bob has already answered "keep-vault", which counts$/,
    ],
    ['to keep after all', { decision: 'keep-vault' }, { question, answer: yes }, undefined],
    ['to cancel after all', { decision: 'cancel' }, { question, answer: yes }, undefined],
    ['to delete after all', {}, { question, answer: keep }, /^bob answered "keep-vault", which overrides delete/],
    ['to delete after cancel', {}, { question, answer: { decision: 'cancel', by: 'bob' } }, /^bob answered "cancel"/],
    [
      'to cancel while the device is being deleted',
      { decision: 'cancel' },
      { question, answer: yes, past: 'device' },
      /^too late to cancel/,
    ],
    [
      'to keep while the device is being deleted',
      { decision: 'keep-vault' },
      { question, answer: yes, past: 'device' },
      undefined,
    ],
    [
      'to keep while the lock is being removed',
      { decision: 'keep-vault' },
      { question, answer: yes, past: 'vault' },
      /^too late: the lock/,
    ],
  ];
  for (const [what, consent, state, objection] of cases) {
    test(`${what} ${objection ? 'does not count' : 'counts'}`, () => {
      const why = objectionTo(said(consent), state);
      if (objection) assert.match(why ?? '', objection);
      else assert.equal(why, undefined);
    });
  }
});

suite('consent in advance', () => {
  const secrets = (...names: string[]) =>
    inventoryOf(
      names.map((name) => ({ name, versions: ['v'] })),
      [],
      { linked: 'linked-key', derived: 'ase-cik-of-this-device' },
    ).secrets;
  const given = { decision: 'delete-vault', keyVaultName: 'kv-one' } as const;
  const of = (name: string) => ({ name, proven: true });

  test('covers our own secrets and those of the device', () => {
    assert.equal(
      objectionInAdvance(
        given,
        of('KV-ONE'),
        secrets('ase-activation-key', 'BMCDefaultUserPassword', 'ase-cik-of-this-device'),
      ),
      undefined,
    );
  });

  test('does not cover foreign secrets, unless the vault is kept', () => {
    assert.match(
      objectionInAdvance(given, of('kv-one'), secrets('ase-activation-key', 'payroll')) ?? '',
      /foreign secrets: payroll$/,
    );
    assert.equal(objectionInAdvance({ ...given, decision: 'keep-vault' }, of('kv-one'), secrets('payroll')), undefined);
  });

  for (const key of ['ase-cik-of-another-device', 'linked-key']) {
    test(`does not cover a channel integrity key that is not provably that of the device, ${key}`, () => {
      assert.match(objectionInAdvance(given, of('kv-one'), secrets(key)) ?? '', new RegExp(`foreign secrets: ${key}$`));
    });
  }

  test('does not cover a vault that only the record of the device refers to, unless it is kept', () => {
    const unproven = { name: 'kv-one', proven: false };
    assert.match(objectionInAdvance(given, unproven, []) ?? '', /without proof/);
    assert.equal(objectionInAdvance({ ...given, decision: 'keep-vault' }, unproven, []), undefined);
  });

  test('does not cover another vault', () => {
    assert.match(
      objectionInAdvance(given, of('kv-two'), []) ?? '',
      /^the vault of the device is "kv-two", not "kv-one"$/,
    );
  });
});

suite('an approver of one inventory', () => {
  const inventory = (versions: readonly string[], ...locks: Lock[]) =>
    inventoryOf([{ name: 's', versions }], locks, {});
  const agreed = inventory(['v'], lock('ours'), lock('theirs'));

  for (const [what, present, agrees] of [
    ['the same', inventory(['v'], lock('theirs'), lock('ours')), true],
    ['one with a missing lock', inventory(['v'], lock('ours')), true],
    ['one with an additional version', inventory(['v', 'w'], lock('ours'), lock('theirs')), false],
    ['one with an additional lock', inventory(['v'], lock('ours'), lock('theirs'), lock('new')), false],
    ['one with a lock of another level', inventory(['v'], lock('ours', vault, 'ReadOnly')), false],
  ] as const) {
    test(`has ${agrees ? '' : 'not '}agreed to ${what}`, () => assert.equal(agreesWith(agreed, present), agrees));
  }
});
