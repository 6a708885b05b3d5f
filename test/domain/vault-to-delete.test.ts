import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ownershipTags, type Ownership } from '../../domain/ownership.ts';
import { assertMayBeAsked, derivedKeyNameOf, taggedVaultName } from '../../domain/vault-to-delete.ts';
import { device } from './samples.ts';

const { principalId: _, ...nameless } = device;

const tagged = (name: string, principalId = device.principalId) => ({
  name,
  tags: ownershipTags({ ...device, principalId }),
});

suite('the vault to delete for a device', () => {
  test('is the one with its tags', () => {
    assert.equal(taggedVaultName(device, [{ name: 'theirs', tags: {} }, tagged('kv-one')]), 'kv-one');
    assert.equal(taggedVaultName(device, []), undefined);
  });

  test('is that of its present identity before that of a former one', () => {
    assert.equal(taggedVaultName(device, [tagged('former', 'someone-else'), tagged('kv-one')]), 'kv-one');
  });

  test('is recognised by tags in another letter case', () => {
    const { name, tags } = tagged('kv-one', device.principalId.toUpperCase());
    const inCapitals = Object.fromEntries(Object.entries(tags).map(([tag, value]) => [tag.toUpperCase(), value]));
    const listed = [tagged('former', 'someone-else'), { name, tags: inCapitals }];
    assert.equal(taggedVaultName(device, listed), 'kv-one');
  });

  test('must be named if it may be any of several', () => {
    const several = [tagged('kv-one', 'former-1'), tagged('kv-two', 'former-2')];
    assert.throws(() => taggedVaultName(device, several), {
      type: 'InvalidInput',
      message: 'the device "edge-1" had "kv-one" and "kv-two": name one in keyVaultName',
    });
  });
});

suite('a deletion', () => {
  const cases: [Ownership, string][] = [
    [{ owner: 'this device' }, 'proven'],
    [{ owner: 'former device' }, 'asked'],
    [{ owner: 'retained' }, 'asked'],
    [{ owner: 'nobody', linked: true }, 'asked'],
    [{ owner: 'nobody', linked: false }, 'VaultNotOurs'],
    [{ owner: 'another device', which: 'edge-2' }, 'VaultNotOurs'],
    [{ owner: 'unknown', missing: 'a/right' }, 'MissingPermission'],
  ];
  for (const [ownership, verdict] of cases) {
    test(`of a vault with the ownership ${JSON.stringify(ownership)} ends in: ${verdict}`, () => {
      const judge = () => assertMayBeAsked(device, { name: 'kv', tags: {} }, ownership);
      if (/^[A-Z]/.test(verdict)) assert.throws(judge, { type: verdict });
      else assert.deepEqual(judge(), { proven: verdict === 'proven' });
    });
  }

  test('reads the name of the channel integrity key of a device that is gone from the tags of its vault', () => {
    const gone = { ...nameless, isGone: true };
    assert.equal(derivedKeyNameOf(gone, tagged('kv')), derivedKeyNameOf(device, { tags: {} }));
    assert.equal(derivedKeyNameOf(gone, { tags: {} }), undefined);
  });

  test('treats no key as that of a device without an identity', () => {
    assert.equal(derivedKeyNameOf(nameless, tagged('kv')), undefined);
  });
});
