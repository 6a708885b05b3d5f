import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { resourceGroupId } from '../../domain/device.ts';
import {
  auditLockNotes,
  deviceInLockNotes,
  describeLocks,
  isWithoutClaim,
  keyVaultLockNotes,
  lockScope,
  locksInTheWay,
  readOnlyLockOver,
  unclaimingLockNotes,
  type Lock,
} from '../../domain/locks.ts';
import { device } from './samples.ts';

const group = resourceGroupId(device);
const subscription = `/subscriptions/${device.subscriptionId}`;
const lock = (scope: string, level = 'ReadOnly'): Lock => ({
  id: `${scope}/providers/Microsoft.Authorization/locks/frozen`,
  name: 'frozen',
  scope,
  level,
});

suite('a lock prevents a write in a group', () => {
  const cases: [standsInTheWay: boolean, when: string, lock: Lock][] = [
    [true, 'is on the group', lock(group)],
    [true, 'is on the subscription', lock(subscription)],
    [true, 'is on the group in another spelling', lock(group.toUpperCase(), 'readonly')],
    [false, 'forbids only deletion', lock(group, 'CanNotDelete')],
    [false, 'is on one resource of the group', lock(device.id)],
    [false, 'is on a group with a longer name', lock(`${group}-2`)],
    [false, 'is on a group with a shorter name', lock(group.slice(0, -1))],
    [false, 'is on another subscription', lock(subscription.replace('1111', '2222'))],
  ];
  for (const [standsInTheWay, when, present] of cases) {
    test(`${standsInTheWay ? 'if' : 'not if'} it ${when}`, () => {
      assert.equal(readOnlyLockOver(group, [present]), standsInTheWay ? present : undefined);
    });
  }

  test('at any position in the list', () => {
    assert.deepEqual(readOnlyLockOver(group, [lock(group, 'CanNotDelete'), lock(subscription)]), lock(subscription));
    assert.equal(readOnlyLockOver(group, []), undefined);
  });
});

suite('the deletion of a resource', () => {
  const named = (name: string, scope = device.id): Lock => {
    const id = `${scope}/providers/Microsoft.Authorization/locks/${name}`;
    return { id, name, scope, level: 'CanNotDelete' };
  };
  const theirs = named('theirs');
  const cases: [why: string, locks: Lock[], released: string[], inTheWay: Lock[]][] = [
    ['is not refused by our own lock', [named('ase-key-vault-lock')], [], []],
    ['is not refused by our own lock in another spelling', [named('ASE-Key-Vault-Lock')], [], []],
    ['is refused by a foreign lock beside ours', [named('ase-key-vault-lock'), theirs], [], [theirs]],
    ['is not refused by a lock that was released', [theirs], [theirs.id.toUpperCase()], []],
    ['is refused by a lock that was not released', [named('other'), theirs], [named('other').id], [theirs]],
    ['is refused by a lock above, released or not', [named('x', group)], [named('x', group).id], [named('x', group)]],
    [
      'is refused by a lock above with our name',
      [named('ase-key-vault-lock', group)],
      [],
      [named('ase-key-vault-lock', group)],
    ],
  ];
  for (const [why, locks, released, inTheWay] of cases) {
    test(why, () => assert.deepEqual(locksInTheWay(device.id, locks, released), inTheWay));
  }

  test('names these locks and the notes of their owners', () => {
    assert.equal(
      describeLocks([theirs, { ...named('x', group), notes: 'ask Grace' }]),
      `CanNotDelete on ${device.id} (${theirs.id}), CanNotDelete on ${group} (${named('x', group).id}; its notes: ask Grace)`,
    );
  });
});

suite('the scope of a lock', () => {
  for (const scope of [subscription, group, device.id]) {
    test(`is ${scope} by its id`, () => assert.equal(lockScope(lock(scope).id), scope));
  }

  test('is read in any letter case', () => {
    assert.equal(lockScope(`${group}/PROVIDERS/microsoft.authorization/LOCKS/a.b`), group);
  });
});

test('the notes of a lock name its owner and its device', () => {
  for (const notes of [keyVaultLockNotes(device), unclaimingLockNotes(device), auditLockNotes('edge-1')]) {
    assert.match(notes, /Azure Stack Edge device .*edge-1.*Owned by ase/);
    assert.ok(notes.length <= 512, 'Azure takes 512 characters');
  }
});

test('the notes of a lock without a claim differ from all others, and name no owner', () => {
  assert.equal(deviceInLockNotes(unclaimingLockNotes(device)), undefined);
  const notes = [unclaimingLockNotes(device), keyVaultLockNotes(device), auditLockNotes('edge-1'), 'ask Grace', ''];
  assert.deepEqual(notes.map(isWithoutClaim), [true, false, false, false, false]);
});
