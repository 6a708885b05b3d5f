import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDeviceInput } from '../../domain/inputs.ts';
import { device } from './samples.ts';

test('a request about a device has the id of the device and, optionally, a requester', () => {
  assert.deepEqual(readDeviceInput({ deviceId: device.id }), { deviceId: device.id });
  const input = { deviceId: device.id, requestedBy: 'ada' };
  assert.deepEqual(readDeviceInput(input), input);
});

test('a request about a device accepts no other fields', () => {
  assert.throws(() => readDeviceInput({ deviceId: device.id, force: true }), /"force" is not a field/);
  assert.throws(() => readDeviceInput({ deviceId: device.id, requestedBy: 7 }), /requestedBy must be/);
});
