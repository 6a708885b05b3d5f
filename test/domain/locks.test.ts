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

suite('a lock stands in the way of a write in a group', () => {
  const cases: [standsInTheWay: boolean, when: string, lock: Lock][] = [
    [true, 'lies on the group', lock(group)],
    [true, 'lies on the subscription', lock(subscription)],
    [true, 'lies on the group in another spelling', lock(group.toUpperCase(), 'readonly')],
    [false, 'forbids deletion only', lock(group, 'CanNotDelete')],
    [false, 'lies on one resource of the group', lock(device.id)],
    [false, 'lies on a group whose name is longer', lock(`${group}-2`)],
    [false, 'lies on a group whose name is shorter', lock(group.slice(0, -1))],
    [false, 'lies on another subscription', lock(subscription.replace('1111', '2222'))],
  ];
  for (const [standsInTheWay, when, present] of cases) {
    test(`${standsInTheWay ? 'when' : 'not when'} it ${when}`, () => {
      assert.equal(readOnlyLockOver(group, [present]), standsInTheWay ? present : undefined);
    });
  }

  test('wherever it stands in the list', () => {
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
    ['is refused by a lock of others beside ours', [named('ase-key-vault-lock'), theirs], [], [theirs]],
    ['is not refused by a lock that was released', [theirs], [theirs.id.toUpperCase()], []],
    ['is refused by the one that was not', [named('other'), theirs], [named('other').id], [theirs]],
    ['is refused by a lock above, released or not', [named('x', group)], [named('x', group).id], [named('x', group)]],
    [
      'is refused by a lock above that is called as ours',
      [named('ase-key-vault-lock', group)],
      [],
      [named('ase-key-vault-lock', group)],
    ],
  ];
  for (const [why, locks, released, inTheWay] of cases) {
    test(why, () => assert.deepEqual(locksInTheWay(device.id, locks, released), inTheWay));
  }

  test('says which locks those are, and what their owners noted', () => {
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

test('the notes of a lock say whose it is and for which device', () => {
  for (const notes of [keyVaultLockNotes(device), unclaimingLockNotes(device), auditLockNotes('edge-1')]) {
    assert.match(notes, /Azure Stack Edge device .*edge-1.*Owned by ase/);
    assert.ok(notes.length <= 512, 'Azure takes 512 characters');
  }
});

test('the notes of a lock without a claim are told from all others, and name no owner', () => {
  assert.equal(deviceInLockNotes(unclaimingLockNotes(device)), undefined);
  const notes = [unclaimingLockNotes(device), keyVaultLockNotes(device), auditLockNotes('edge-1'), 'ask Grace', ''];
  assert.deepEqual(notes.map(isWithoutClaim), [true, false, false, false, false]);
});
