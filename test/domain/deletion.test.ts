/** What becomes of a vault that is kept when its device goes. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { deletionWarning, judgeRetained } from '../../domain/deletion.ts';
import type { InventorySecret } from '../../domain/inventory.ts';

suite('the warning about the vault of a device that is to be deleted', () => {
  const keyVault = { id: '/v', name: 'kv', uri: 'https://kv' };
  const vault = { keyVault, proven: true, inUse: false, locked: true };
  const key: InventorySecret = { name: 'k', kind: 'BitLocker key', own: true, versions: 1 };
  const other: InventorySecret = { ...key, kind: 'activation key' };
  const cases: [secrets: InventorySecret[], holds: string][] = [
    [[], 'holds no BitLocker keys.'],
    [[other], 'holds no BitLocker keys.'],
    [[key, other], 'holds 1 BitLocker key: without it, the disks of the machine cannot be unlocked.'],
    [[key, key, key], 'holds 3 BitLocker keys: without them, the disks of the machine cannot be unlocked.'],
  ];
  for (const [secrets, holds] of cases) {
    test(`states that it ${holds}`, () => {
      const warning = deletionWarning('edge-3', vault, { deviceGoes: true, secrets });
      const begins = `The deletion of the device "edge-3" was requested. Its key vault "kv" ${holds} The vault is`;
      assert.ok(warning.startsWith(begins), warning);
    });
  }
});

suite('a vault that is kept', () => {
  const cases: [Parameters<typeof judgeRetained>, expected: string][] = [
    [['same', 'this device', false], 'own'],
    [['same', 'former device', true], 'own'],
    [['same', 'nobody', true], 'own'],
    [['same', 'nobody', false], 'unproven'],
    [['same', 'retained', false], 'unproven'],
    [['same', 'unknown', false], 'unproven'],
    [['same', 'another device', true], 'not known again'],
    [['unknown', 'this device', false], 'own'],
    [['unknown', 'nobody', true], 'not known again'],
    [['unknown', 'former device', true], 'not known again'],
    [['another', 'this device', true], 'gone'],
  ];
  for (const [[compared, owner, proven], expected] of cases) {
    const was = proven ? 'proven' : 'not proven';
    test(`is ${expected} if it is ${compared} as before, of ${owner}, and was ${was}`, () =>
      assert.equal(judgeRetained(compared, owner, proven), expected));
  }
});
