import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { secretKindOf, type SecretKind } from '../../domain/inventory.ts';

suite('a secret is known by its name:', () => {
  const cases: [name: string, kind: SecretKind][] = [
    ['ase-activation-key', 'activation key'],
    ['ase-cik-of-this-device', 'channel integrity key'],
    ['ase-cik-of-another-device', 'foreign'],
    ['BMCDefaultUserPassword', 'BMC password'],
    ['HcsDataVolumeBitLockerExternalKey', 'BitLocker key'],
    ['HcsInternalVolumeBitLockerExternalKey', 'BitLocker key'],
    ['systemvolumebitlockerrecoverykey', 'BitLocker key'],
    ['SEDEncryptionExternalKey', 'drive encryption key'],
    ['my-password', 'foreign'],
    ['ase-something-else', 'foreign'],
  ];
  for (const [name, kind] of cases)
    test(`${name} is ${kind}`, () => assert.equal(secretKindOf(name, { derived: 'ASE-cik-of-this-device' }), kind));

  test('the one that the record of the device names is its channel integrity key', () => {
    assert.equal(secretKindOf('My-Password', { linked: 'my-password' }), 'channel integrity key');
  });
});
