import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  deviceIdOf,
  deviceKey,
  parseDeviceId,
  resourceGroupId,
  sameId,
  shown,
  workflowIdOf,
} from '../../domain/device.ts';
import { device, deviceIds, spellingsOf } from './samples.ts';

suite('the id of a device', () => {
  test('gives subscription, group and name, and keeps its spelling', () => {
    const id = device.id.replace('resourceGroups/edge-rg', 'RESOURCEGROUPS/Edge-RG');
    assert.deepEqual(parseDeviceId(id), {
      id,
      subscriptionId: '11111111-2222-3333-4444-555555555555',
      resourceGroup: 'Edge-RG',
      name: 'edge-1',
    });
  });

  test('is rebuilt from its parts, whatever they are', () => {
    fc.assert(
      fc.property(deviceIds, (parts) => {
        assert.deepEqual(parseDeviceId(parts.id), parts);
        assert.deepEqual(deviceIdOf(parts.subscriptionId, parts.resourceGroup, parts.name), parts);
      }),
    );
  });

  test('is read in any letter case', () => {
    fc.assert(
      fc.property(spellingsOf(device.id), (id) => assert.equal(deviceKey(parseDeviceId(id)), deviceKey(device))),
    );
  });

  for (const group of ['rg-zürich', '東京', 'Ελλάδα_(1)', 'g'.repeat(90)]) {
    test(`may be in the group ${group.slice(0, 12)}`, () => {
      assert.equal(parseDeviceId(device.id.replace('edge-rg', group)).resourceGroup, group);
    });
  }

  const wrong: [why: string, id: unknown][] = [
    ['a group name with a space', device.id.replace('edge-rg', 'edge rg')],
    ['a group name with an emoji', device.id.replace('edge-rg', 'edge🔑')],
    ['a device name with a Kelvin sign', device.id.replace('edge-1', '\u212A-1')],
    ['nothing', undefined],
    ['a number', 7],
    ['a name', 'edge-1'],
    ['a list of ids', [device.id]],
    ['the id of a group', device.id.split('/providers/')[0]],
    ['the id of another type', device.id.replace('dataBoxEdgeDevices', 'orders')],
    ['the id of something below a device', `${device.id}/users/ada`],
    ['a slash at the end', `${device.id}/`],
    ['a line break at the end', `${device.id}\n`],
    ['a subscription that is not a GUID', device.id.replace('11111111-', 'x-')],
    ['a device name of one character', device.id.replace('edge-1', 'e')],
    ['a device name of 51 characters', device.id.replace('edge-1', 'e'.repeat(51))],
    ['a device name that ends with a hyphen', device.id.replace('edge-1', 'edge-')],
    ['a device name with an underscore', device.id.replace('edge-1', 'edge_1')],
    ['a group name that ends with a dot', device.id.replace('edge-rg', 'edge.')],
    ['a group name of 91 characters', device.id.replace('edge-rg', 'g'.repeat(91))],
  ];
  for (const [why, id] of wrong) {
    test(`is not ${why}`, () => {
      assert.throws(() => parseDeviceId(id), {
        type: 'InvalidInput',
        message: /^deviceId must be the ARM id of a device, like \/subscriptions\/<subscription id>\/.*; got /,
      });
    });
  }
});

suite('the workflow id of a device', () => {
  test('names the device in a readable form', () => {
    assert.equal(workflowIdOf(device), 'ase:11111111-2222-3333-4444-555555555555/edge-rg/edge-1');
  });

  test('is the same for all spellings of the same device', () => {
    fc.assert(
      fc.property(spellingsOf(device.id), (id) => assert.equal(workflowIdOf(parseDeviceId(id)), workflowIdOf(device))),
    );
  });

  test('is never longer than a server on SQL allows', () => {
    const longest = deviceIdOf(device.subscriptionId, 'g'.repeat(90), 'e'.repeat(50));
    assert.ok(workflowIdOf(longest).length <= 255);
    assert.equal(deviceKey(longest).length, 178);
    fc.assert(fc.property(deviceIds, (id) => workflowIdOf(id).length <= 255));
  });
});

test('the group of a device also contains its vault and its account', () => {
  assert.equal(resourceGroupId(device), '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/edge-rg');
});

suite('two ids are the same', () => {
  test('in any letter case and with slashes at the end', () => {
    fc.assert(fc.property(spellingsOf(device.id), (id) => sameId(`${id}/`, device.id)));
  });

  test('only if both exist', () => {
    assert.equal(sameId(undefined, undefined), false);
    assert.equal(sameId(device.id, undefined), false);
    assert.equal(sameId(undefined, device.id), false);
  });

  test('not if one is the beginning of the other', () => {
    assert.equal(sameId(device.id, `${device.id}0`), false);
  });
});

suite('a value in a message', () => {
  test('is quoted, on one line', () => {
    assert.equal(shown('a\n"b"'), String.raw`"a\n\"b\""`);
    assert.equal(shown(undefined), 'nothing');
    assert.equal(shown({ a: 1 }), '{"a":1}');
  });

  test('shows invisible characters as escapes', () => {
    assert.equal(shown('a\u202eb\u2028c\u0085'), String.raw`"a\u202eb\u2028c\u0085"`);
  });

  test('is cut after 120 characters', () => {
    assert.equal(shown('x'.repeat(118)).length, 120);
    assert.equal(shown('x'.repeat(119)), `"${'x'.repeat(116)}...`);
  });
});
