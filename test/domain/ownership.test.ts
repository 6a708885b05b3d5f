import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { parseDeviceId } from '../../domain/device.ts';
import { keyVaultIdOf } from '../../domain/key-vault.ts';
import { keyVaultLockNotes } from '../../domain/locks.ts';
import { channelIntegrityKeyName, defaultKeyVaultName } from '../../domain/names.ts';
import {
  judgeOwnership,
  missingTags,
  ownerOf,
  ownershipTags,
  type Evidence,
  type Owner,
  type Ownership,
  type Tags,
} from '../../domain/ownership.ts';
import { combinations, verdictOn, type Combination } from './ownership-model.ts';
import { device, spellingsOf } from './samples.ts';

const upper = (tags: Tags): Tags =>
  Object.fromEntries(Object.entries(tags).map(([name, value]) => [name.toUpperCase(), value]));
const pick = (tags: Tags, name: string): Tags => ({ [name]: tags[name] ?? '' });

const successor = { ...device, principalId: 'cccccccc-0000-0000-0000-000000000009' };

/** Somebody's tool has written the names, and what is no name of a person or a team, in its own letters. */
const respelt = (tags: Tags): Tags =>
  Object.fromEntries(Object.entries(tags).map(([name, value]) => [name.toUpperCase(), value.toUpperCase()]));

suite('the owner by tags', () => {
  const cases: [tags: string, of: Tags | undefined, owner: Owner][] = [
    ['none at all', undefined, 'nobody'],
    ['foreign ones', { team: 'edge' }, 'nobody'],
    ['the name of the device alone', { 'ase-device': 'edge-1' }, 'nobody'],
    ['all of ours', ownershipTags(device), 'this device'],
    ['ours among others', { team: 'edge', ...ownershipTags(device) }, 'this device'],
    ['ours with another identity', ownershipTags(successor), 'former device'],
    [
      'ours without an identity',
      { 'ase-device-hash': ownershipTags(device)['ase-device-hash'] ?? '' },
      'former device',
    ],
    ['those of another device', ownershipTags({ ...device, id: `${device.id}9` }), 'another device'],
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

suite('tags to merge', () => {
  test('are none if ours exist, in any letter case', () => {
    assert.deepEqual(missingTags(ownershipTags(device), device), {});
    assert.deepEqual(missingTags({ team: 'edge', ...ownershipTags(device) }, device), {});
    assert.deepEqual(missingTags(respelt(ownershipTags(device)), device), {});
  });

  test('are ours, whatever others have set, and a second check finds nothing missing', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (others) => {
        const missing = missingTags(others, device);
        assert.deepEqual(missing, ownershipTags(device));
        assert.deepEqual(missingTags({ ...others, ...missing }, device), {});
      }),
    );
  });

  test('are only the missing and the incorrect ones', () => {
    const principal = { 'ase-device-principal': successor.principalId };
    assert.deepEqual(missingTags(ownershipTags(device), successor), principal);
    const { 'ase-device': _name, ...others } = ownershipTags(device);
    assert.deepEqual(missingTags(others, device), { 'ase-device': device.name });
  });

  test('are all of ours if none exist', () => {
    assert.deepEqual(missingTags(undefined, device), ownershipTags(device));
  });
});

const worker = 'cccccccc-0000-0000-0000-000000000003';
const other = {
  ...device,
  id: device.id.replace(/edge-1$/, 'edge-2'),
  name: 'edge-2',
  principalId: 'dddddddd-0000-0000-0000-000000000004',
};
const owners = { this: device, other, former: successor };
const id = keyVaultIdOf(device, 'the-vault');

const entry = (objectId: string, ...secrets: string[]) => ({
  tenantId: device.tenantId,
  objectId,
  permissions: { secrets },
});
const workers = entry(worker, 'get', 'set', 'list');

/** Of an untagged vault with the entry of the worker, in a group with one other device. */
const evidenceOf = (
  more: Partial<Omit<Evidence, 'vault'>> & { vault?: Partial<Evidence['vault']> } = {},
): Evidence => ({
  link: {},
  worker,
  lock: 'absent',
  neighbours: [other],
  ...more,
  vault: { id, name: 'the-vault', tags: {}, accessPolicies: [workers], ...more.vault },
});

const evidenceIn = ({ link, tags, lock, entry: access, key }: Combination): Evidence => ({
  ...evidenceOf({
    vault: {
      tags: tags === 'none' ? {} : ownershipTags(owners[tags]),
      accessPolicies: [workers, ...(access === 'none' ? [] : [entry(owners[access].principalId, 'Get', 'Set')])],
    },
  }),
  link: link === 'this' ? { vaultId: id } : {},
  lock: lock === 'none' ? 'absent' : { found: { notes: keyVaultLockNotes(owners[lock]) } },
  neighbours: [{ ...other, ...(link === 'other' ? { linkedTo: id } : {}) }],
  keys:
    key === 'none'
      ? []
      : [{ name: channelIntegrityKeyName(owners[key], owners[key].principalId), tags: ownershipTags(owners[key]) }],
  holdsLinkedKey: link === 'this' && key !== 'none',
});

const verdictOf = (ownership: Ownership): ReturnType<typeof verdictOn> => {
  switch (ownership.owner) {
    case 'this device':
      return 'own';
    case 'another device':
      return 'other';
    case 'former device':
    case 'retained':
      return 'former';
    case 'nobody':
      return ownership.linked ? 'link' : 'none';
    case 'unknown':
      return assert.fail('all of it was seen');
  }
};

suite('the owner of a vault', () => {
  test(`matches the model, in all ${combinations.length} combinations of link, tags, lock, entry and key`, () => {
    for (const combination of combinations) {
      const found = verdictOf(judgeOwnership(device, evidenceIn(combination)));
      assert.equal(found, verdictOn(combination), JSON.stringify(combination));
    }
  });

  const ourName = defaultKeyVaultName(device);
  const createdAt = '2026-01-01T00:00:00.000Z';
  const formerKey = { name: channelIntegrityKeyName(device, successor.principalId), tags: {} };
  const widened = [['get', 'set'], ['get', 'set', 'list'], ['all']];
  const ourLock = { found: { notes: keyVaultLockNotes(device) } };
  const cases: [what: string, evidence: Evidence, owner: Ownership['owner']][] = [
    ['nothing but the entry of the worker', evidenceOf(), 'nobody'],
    [
      'a name that is derived from the id of the device',
      evidenceOf({ vault: { name: ourName.toUpperCase() } }),
      'this device',
    ],
    [
      'that name without the entry of the worker',
      evidenceOf({ vault: { name: ourName, accessPolicies: [] } }),
      'nobody',
    ],
    [
      'a name that is derived from another device',
      evidenceOf({ vault: { name: defaultKeyVaultName(other) } }),
      'another device',
    ],
    ['the creation time from the answer', evidenceOf({ vault: { createdAt }, createdHere: createdAt }), 'this device'],
    [
      'another creation time than in the answer',
      evidenceOf({ vault: { createdAt }, createdHere: '2026-01-01T00:00:01.000Z' }),
      'nobody',
    ],
    [
      'a creation time, and access of another device',
      evidenceOf({
        vault: { createdAt, accessPolicies: [workers, entry(other.principalId, 'get', 'set')] },
        createdHere: createdAt,
      }),
      'another device',
    ],
    ['an unreadable lock', evidenceOf({ lock: 'unknown' }), 'unknown'],
    [
      'an unreadable lock, and our tags',
      evidenceOf({ lock: 'unknown', vault: { tags: ownershipTags(device) } }),
      'this device',
    ],
    [
      'tags of another device over our lock, on the vault that the procedure began with',
      evidenceOf({ vault: { createdAt, tags: ownershipTags(other) }, lock: ourLock, inHand: createdAt }),
      'this device',
    ],
    [
      'tags of another device over our lock, on one that came later',
      evidenceOf({
        vault: { createdAt, tags: ownershipTags(other) },
        lock: ourLock,
        inHand: '2025-12-31T00:00:00.000Z',
      }),
      'another device',
    ],
    [
      'tags of another device over our lock, with an unknown creation time',
      evidenceOf({ vault: { tags: ownershipTags(other) }, lock: ourLock }),
      'another device',
    ],
    [
      'tags of another device and no lock, on the vault that the procedure began with',
      evidenceOf({ vault: { createdAt, tags: ownershipTags(other) }, inHand: createdAt }),
      'another device',
    ],
    ['a lock of our name with foreign notes', evidenceOf({ lock: { found: { notes: 'mine' } } }), 'nobody'],
    ['tags in another letter case', evidenceOf({ vault: { tags: upper(ownershipTags(other)) } }), 'another device'],
    [
      'the tags of a retained vault',
      evidenceOf({ vault: { tags: { ...ownershipTags(successor), 'ase-state': 'retained' } } }),
      'retained',
    ],
    [
      'the tags of a retained vault, and a link',
      evidenceOf({ vault: { tags: { ...ownershipTags(successor), 'ase-state': 'retained' } }, link: { vaultId: id } }),
      'retained',
    ],
    [
      'the rest of the tags of a retained vault, and a link',
      evidenceOf({
        vault: { tags: { ...pick(ownershipTags(device), 'ase-device-hash'), 'ase-state': 'retained' } },
        link: { vaultId: id },
      }),
      'retained',
    ],
    [
      'the tag of a retained vault alone, a link and the key that it names',
      evidenceOf({ vault: { tags: { 'ase-state': 'retained' } }, link: { vaultId: id }, holdsLinkedKey: true }),
      'nobody',
    ],
    ...[ourLock, 'absent' as const].map((lock): [string, Evidence, Ownership['owner']] => [
      `the tag of a retained vault alone, ${lock === 'absent' ? 'no lock' : 'our lock'}, a link and access of the device`,
      evidenceOf({
        vault: {
          tags: { 'ase-state': 'retained' },
          accessPolicies: [workers, entry(device.principalId, 'get', 'set')],
        },
        lock,
        link: { vaultId: id },
      }),
      'this device',
    ]),
    ...widened.map((rights): [string, Evidence, Ownership['owner']] => [
      `our lock, and access to ${rights.join(', ')} for somebody unknown`,
      evidenceOf({ lock: ourLock, vault: { accessPolicies: [workers, entry(successor.principalId, ...rights)] } }),
      'former device',
    ]),
    [
      'our lock, and rights on keys for an administrator',
      evidenceOf({
        lock: ourLock,
        vault: {
          accessPolicies: [
            workers,
            { ...entry(successor.principalId), permissions: { keys: ['get'], secrets: ['set'] } },
          ],
        },
      }),
      'this device',
    ],
    [
      'our lock, and the rights of a key reader',
      evidenceOf({ lock: ourLock, vault: { accessPolicies: [workers, entry(successor.principalId, 'get')] } }),
      'this device',
    ],
    ['our lock, and the key of a former device', evidenceOf({ lock: ourLock, keys: [formerKey] }), 'former device'],
    [
      'our lock, the key of a former device, and a link',
      evidenceOf({ lock: ourLock, keys: [formerKey], link: { vaultId: id } }),
      'this device',
    ],
    [
      'our lock, and an unknown principal in a vault that was just created',
      evidenceOf({
        lock: ourLock,
        vault: { createdAt, accessPolicies: [workers, entry(successor.principalId, 'all')] },
        createdHere: createdAt,
      }),
      'this device',
    ],
    [
      'a name that is derived from the id of the device, and wide access for an unknown principal',
      evidenceOf({ vault: { name: ourName, accessPolicies: [workers, entry(successor.principalId, 'all')] } }),
      'former device',
    ],
    [
      'a name that is derived from the id of the device, and the key of a former device',
      evidenceOf({ vault: { name: ourName }, keys: [formerKey] }),
      'former device',
    ],
    [
      'wide access of the other device',
      evidenceOf({
        vault: { name: ourName, accessPolicies: [workers, entry(other.principalId, 'get', 'set', 'list')] },
      }),
      'another device',
    ],
    [
      'our tags, and access for anybody',
      evidenceOf({
        vault: {
          tags: ownershipTags(device),
          accessPolicies: [workers, entry(successor.principalId, 'all'), entry(other.principalId, 'get', 'set')],
        },
        keys: [formerKey],
      }),
      'this device',
    ],
    ['the hash alone', evidenceOf({ vault: { tags: pick(ownershipTags(device), 'ase-device-hash') } }), 'this device'],
    [
      'the identity alone',
      evidenceOf({ vault: { tags: pick(ownershipTags(device), 'ase-device-principal') } }),
      'this device',
    ],
    [
      'the identity of another alone',
      evidenceOf({ vault: { tags: pick(ownershipTags(other), 'ase-device-principal') } }),
      'another device',
    ],
    [
      'the name of another alone',
      evidenceOf({ vault: { tags: pick(ownershipTags(other), 'ase-device') } }),
      'another device',
    ],
    [
      'the name of the device alone',
      evidenceOf({ vault: { tags: pick(ownershipTags(device), 'ase-device') } }),
      'nobody',
    ],
  ];
  for (const [what, evidence, owner] of cases) {
    test(`with ${what} is: ${owner}`, () => assert.equal(judgeOwnership(device, evidence).owner, owner));
  }

  const { principalId: _, ...nameless } = device;

  test('of a device that is gone is that device, by its hash', () => {
    const gone = { ...nameless, isGone: true };
    assert.equal(judgeOwnership(gone, evidenceOf({ vault: { tags: ownershipTags(device) } })).owner, 'this device');
  });

  suite('of a device without an identity is', () => {
    const tags = ownershipTags(device);
    const retained = { ...tags, 'ase-state': 'retained' };
    const withoutIdentity: [Ownership['owner'], what: string, evidence: Evidence][] = [
      ['former device', 'of a former one, by tags alone', evidenceOf({ vault: { tags } })],
      ['retained', 'of a former one that left it on purpose', evidenceOf({ vault: { tags: retained } })],
      ['this device', 'its own, if its record refers to it', evidenceOf({ vault: { tags }, link: { vaultId: id } })],
    ];
    for (const [owner, what, evidence] of withoutIdentity)
      test(what, () => assert.equal(judgeOwnership(nameless, evidence).owner, owner));
  });
});
