import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { parseDeviceId } from '../../domain/device.ts';
import { missingTags, ownerOf, ownershipTags, type Owner, type Tags } from '../../domain/ownership.ts';
import { device, spellingsOf } from './samples.ts';

const successor = { ...device, principalId: 'cccccccc-0000-0000-0000-000000000009' };

suite('the owner by tags', () => {
  const cases: [tags: string, of: Tags | undefined, owner: Owner][] = [
    ['none at all', undefined, 'stranger'],
    ['those of others', { team: 'edge' }, 'stranger'],
    ['the name of the device alone', { 'ase-device': 'edge-1' }, 'stranger'],
    ['all of ours', ownershipTags(device), 'this device'],
    ['ours among others', { team: 'edge', ...ownershipTags(device) }, 'this device'],
    ['ours with another identity', ownershipTags(successor), 'former device'],
    [
      'ours without an identity',
      { 'ase-device-hash': ownershipTags(device)['ase-device-hash'] ?? '' },
      'former device',
    ],
    ['those of another device', ownershipTags({ ...device, id: `${device.id}9` }), 'other device'],
  ];
  for (const [tags, of, owner] of cases) {
    test(`is "${owner}" with ${tags}`, () => assert.equal(ownerOf(of, device), owner));
  }

  test('does not depend on the letter case of the id', () => {
    fc.assert(
      fc.property(spellingsOf(device.id), (id) => {
        assert.equal(ownerOf(ownershipTags({ ...device, ...parseDeviceId(id) }), device), 'this device');
      }),
    );
  });
});

suite('tags to write', () => {
  test('are none when ours are there', () => {
    assert.equal(missingTags(ownershipTags(device), device), undefined);
    assert.equal(missingTags({ team: 'edge', ...ownershipTags(device) }, device), undefined);
  });

  test('are ours beside those of others, and make a second look find nothing missing', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (others) => {
        const merged = missingTags(others, device);
        assert.deepEqual(merged, { ...others, ...ownershipTags(device) });
        assert.equal(missingTags(merged, device), undefined);
      }),
    );
  });

  test('replace the identity of a predecessor', () => {
    assert.deepEqual(missingTags(ownershipTags(device), successor), ownershipTags(successor));
  });

  test('are all of ours where there are none', () => {
    assert.deepEqual(missingTags(undefined, device), ownershipTags(device));
  });
});
