import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readDeviceDeletion, readKeyVaultDeletion } from '../../domain/deletion.ts';
import type { Refusal } from '../../domain/failures.ts';
import { device } from './samples.ts';

const consent = { decision: 'delete-vault', keyVaultName: 'kv-one' } as const;

suite('the input of a deletion of a device', () => {
  const input = { deviceId: device.id, confirmDevice: 'edge-1' };

  test('gets its defaults', () => {
    assert.deepEqual(readDeviceDeletion(input), {
      deviceId: device.id,
      allowOnline: false,
      within: 72,
      by: 'the requester',
    });
  });

  test('keeps the given values', () => {
    const given = { ...input, allowOnline: true, consent, consentWithin: 5, requestedBy: 'ada' };
    assert.deepEqual(readDeviceDeletion(given), {
      deviceId: device.id,
      allowOnline: true,
      within: 5,
      by: 'ada',
      inAdvance: consent,
    });
  });

  test('confirms the name in any letter case', () => {
    assert.equal(readDeviceDeletion({ ...input, confirmDevice: 'EDGE-1' }).deviceId, device.id);
  });

  const wrong: [given: object, type: string, why: RegExp][] = [
    [{ confirmDevice: 'edge-2' }, 'NotConfirmed', /"edge-1"; got "edge-2"$/],
    [{ confirmDevice: undefined }, 'NotConfirmed', /"edge-1"; got nothing$/],
    [{ deviceId: 'edge-1' }, 'InvalidInput', /deviceId must be the ARM id of a device/],
    [{ allowOnline: 'yes' }, 'InvalidInput', /allowOnline must be true or false/],
    [{ consentWithin: 0 }, 'InvalidInput', /whole hours from 1 to 720; got 0$/],
    [{ consentWithin: 721 }, 'InvalidInput', /whole hours from 1 to 720/],
    [{ consentWithin: '72' }, 'InvalidInput', /whole hours from 1 to 720/],
    [{ consent: 'delete-vault' }, 'InvalidInput', /expected one JSON object with the fields decision, keyVaultName/],
    [{ purge: true }, 'InvalidInput', /"purge" is not a field/],
  ];
  for (const [given, type, why] of wrong) {
    test(`is refused with ${JSON.stringify(given)}`, () => {
      assert.throws(
        () => readDeviceDeletion({ ...input, ...given }),
        (error: Refusal) => error.type === type && why.test(error.message),
      );
    });
  }
});

suite('the input of a deletion of a key vault', () => {
  test('may name the vault', () => {
    const { keyVaultName, within, inAdvance } = readKeyVaultDeletion({
      deviceId: device.id,
      keyVaultName: 'kv-one',
      consent,
    });
    assert.deepEqual([keyVaultName, within, inAdvance], ['kv-one', 72, consent]);
  });

  test('is refused with an invalid vault name, or with fields that only devices have', () => {
    assert.throws(
      () => readKeyVaultDeletion({ deviceId: device.id, keyVaultName: 'x' }),
      /keyVaultName must have 3 to 24/,
    );
    assert.throws(
      () => readKeyVaultDeletion({ deviceId: device.id, allowOnline: true }),
      /"allowOnline" is not a field/,
    );
  });
});
