import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  oneOf,
  plainObject,
  readActivationInput,
  readKeyVaultName,
  readRetryInput,
  shortText,
} from '../../domain/inputs.ts';
import { device } from './samples.ts';

const deviceId = device.id;

suite('the input of an activation', () => {
  test('requires only a device; the trail comes first, and a deleted vault causes a question', () => {
    assert.deepEqual(readActivationInput({ deviceId }), { deviceId, audit: 'first', softDeletedVault: 'ask' });
  });

  test('is accepted as given', () => {
    const given = {
      deviceId,
      keyVaultName: 'My-Vault-1',
      audit: 'after',
      softDeletedVault: 'recover',
      requestedBy: 'Ada Lovelace',
    };
    assert.deepEqual(readActivationInput(given), given);
  });

  const refused: [why: string, input: unknown, message: RegExp][] = [
    ['null', null, /^expected one JSON object with the fields deviceId, .*requestedBy; got null$/],
    ['a string', deviceId, /^expected one JSON object/],
    ['a list', [{ deviceId }], /^expected one JSON object/],
    ['an unknown field', { deviceId, VaultName: 'x' }, /^"VaultName" is not a field; the fields are deviceId, /],
    ['no device', {}, /^deviceId must be the ARM id of a device, .*got nothing$/],
    ['an unknown order', { deviceId, audit: 'never' }, /^audit must be "first" or "after"; got "never"$/],
    ['null for an order', { deviceId, audit: null }, /^audit must be "first" or "after"; got null$/],
    ['a request to purge', { deviceId, softDeletedVault: 'purge' }, /^softDeletedVault must be "ask" or "recover"/],
    ['a requester with two lines', { deviceId, requestedBy: 'a\nb' }, /^requestedBy must be one line/],
    ['a vault without a name', { deviceId, keyVaultName: '' }, /^keyVaultName must have 3 to 24/],
  ];
  for (const [why, input, message] of refused) {
    test(`is refused with ${why}`, () => {
      assert.throws(() => readActivationInput(input), { type: 'InvalidInput', message });
    });
  }
});

suite('the name of a vault', () => {
  test('has 3 to 24 letters, digits and single hyphens', () => {
    for (const name of ['abc', 'a-1', 'A1b2', 'a'.repeat(24)]) assert.equal(readKeyVaultName(name), name);
  });

  for (const name of [
    'ab',
    'a'.repeat(25),
    '1bc',
    '-bc',
    'ab-',
    'a--b',
    'a.b',
    'a b',
    'äbc',
    'abc\n',
    '',
    7,
    undefined,
  ]) {
    test(`is not ${JSON.stringify(name)}`, () => {
      assert.throws(() => readKeyVaultName(name), { type: 'InvalidInput', message: /^keyVaultName must have 3 to 24/ });
    });
  }
});

suite('the input that a retry changes', () => {
  const accepted = ['keyVaultName', 'softDeletedVault'];

  test('is empty by default', () => {
    assert.deepEqual(readRetryInput(undefined, accepted), {});
    assert.deepEqual(readRetryInput({}, []), {});
  });

  test('consists of the fields that the step accepts', () => {
    assert.deepEqual(readRetryInput({ keyVaultName: 'another' }, accepted), { keyVaultName: 'another' });
    assert.deepEqual(readRetryInput({ softDeletedVault: 'recover' }, accepted), { softDeletedVault: 'recover' });
  });

  const refused: [why: string, input: unknown, accepted: string[], message: RegExp][] = [
    [
      'a field that the step does not accept',
      { softDeletedVault: 'ask' },
      ['keyVaultName'],
      /is not a field; the fields are keyVaultName$/,
    ],
    ['any field of a step that accepts none', { keyVaultName: 'another' }, [], /no fields are accepted here$/],
    ['an invalid name', { keyVaultName: 'x' }, accepted, /^keyVaultName must have/],
    ['an unknown choice', { softDeletedVault: 'purge' }, accepted, /^softDeletedVault must be "ask" or "recover"/],
    ['null', null, accepted, /^expected one JSON object/],
  ];
  for (const [why, input, fields, message] of refused) {
    test(`is refused with ${why}`, () => {
      assert.throws(() => readRetryInput(input, fields), { type: 'InvalidInput', message });
    });
  }
});

suite('a line of text', () => {
  test('may be of any script', () => {
    for (const line of ['Ada', 'Ærø, Ñandú', '山田', '👩‍🔬'.slice(0, 2), 'x'.repeat(200)])
      assert.equal(shortText('by', line), line);
  });

  const hidden: [why: string, text: unknown][] = [
    ['is empty', ''],
    ['has 201 characters', 'x'.repeat(201)],
    ['breaks', 'a\nb'],
    ['has a Unicode line break', 'a\u2028b'],
    ['moves the cursor of a terminal', 'a\u001b[2Jb'],
    ['reverses the direction of writing', 'a\u202eb'],
    ['is a number', 7],
  ];
  for (const [why, text] of hidden) {
    test(`is refused if it ${why}`, () => {
      assert.throws(() => shortText('by', text), {
        type: 'InvalidInput',
        message: /^by must be one line of 1 to 200 printable/,
      });
    });
  }

  test('of any kind never puts a control character into the message that refuses it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          shortText('by', text);
        } catch (error) {
          assert.ok((error as Error).message.split('').every((character) => character >= ' '));
        }
      }),
    );
  });
});

suite('a choice', () => {
  test('uses its default only without a value', () => {
    assert.equal(oneOf('way', undefined, ['a', 'b'], 'b'), 'b');
    assert.throws(() => oneOf('way', undefined, ['a', 'b']), /^Refusal: way must be "a" or "b"; got nothing$/);
    assert.throws(() => oneOf('way', '', ['a', 'b'], 'b'), { message: 'way must be "a" or "b"; got ""' });
  });
});

test('an object is passed on unchanged', () => {
  const given = { a: 1 };
  assert.equal(plainObject(given, ['a', 'b']), given);
});
