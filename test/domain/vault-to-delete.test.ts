import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ownershipTags } from '../../domain/ownership.ts';
import { ownVaultName } from '../../domain/vault-to-delete.ts';
import { device } from './samples.ts';

const tagged = (name: string, principalId = device.principalId) => ({
  name,
  tags: ownershipTags({ ...device, principalId }),
});

suite('the vault to delete as that of a device', () => {
  test('is the one that carries its tags', () => {
    assert.equal(ownVaultName(device, {}, [{ name: 'theirs', tags: {} }, tagged('kv-one')]), 'kv-one');
    assert.equal(ownVaultName(device, {}, []), undefined);
  });

  test('is that of its present identity before that of a former one', () => {
    assert.equal(ownVaultName(device, {}, [tagged('former', 'someone-else'), tagged('kv-one')]), 'kv-one');
  });

  test('must be said where it may be any of several', () => {
    const several = [tagged('kv-one', 'former-1'), tagged('kv-two', 'former-2')];
    assert.throws(() => ownVaultName(device, {}, several), {
      type: 'InvalidInput',
      message: 'the device "edge-1" has had "kv-one" and "kv-two": say which as keyVaultName',
    });
  });
});
