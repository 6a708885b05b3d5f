/** The last line of a deletion, for the person at the terminal. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { describeResult } from '../../cli/deletion.ts';
import type { DeleteDeviceResult, DeleteKeyVaultResult } from '../../client.ts';
import { device } from '../domain/samples.ts';

const keyVault = { id: '/v', name: 'kv', uri: 'https://kv' };
const decided = (decision: 'cancel' | 'keep-vault' | 'delete-vault') => ({
  decision,
  keyVaultName: 'kv',
  by: 'ada',
  at: '2026-01-01T00:00:00.000Z',
  counted: true,
});
const kept = (decision: 'cancel' | 'keep-vault') =>
  ({ outcome: 'kept', keyVault, decided: decided(decision) }) as const;
const deleted = { outcome: 'deleted', keyVault, decided: decided('delete-vault') } as const;
const deviceId = device.id;

const results: [result: DeleteDeviceResult | DeleteKeyVaultResult, line: string][] = [
  [{ deviceId, device: 'kept', keyVault: kept('cancel') }, 'cancelled; nothing was deleted.'],
  [
    { deviceId, device: 'deleted', keyVault: kept('keep-vault') },
    'the device was deleted; the key vault kv was kept and is locked.',
  ],
  [{ deviceId, device: 'deleted', keyVault: deleted }, 'the device was deleted; the key vault kv was deleted.'],
  [
    { deviceId, device: 'deleted', keyVault: { outcome: 'left alone', why: 'the device has no key vault' } },
    'the device was deleted; no key vault was changed: the device has no key vault.',
  ],
  [{ deviceId, keyVault: kept('cancel') }, 'cancelled; nothing was deleted.'],
  [{ deviceId, keyVault: kept('keep-vault') }, 'the key vault kv was kept and is locked.'],
  [{ deviceId, keyVault: deleted }, 'the key vault kv was deleted.'],
];

suite('a deletion ends with the line', () => {
  for (const [result, line] of results) {
    test(`"${line}" of ${'device' in result ? 'a device' : 'a key vault'}`, () =>
      assert.equal(describeResult(result), `Result: ${line}`));
  }
});
