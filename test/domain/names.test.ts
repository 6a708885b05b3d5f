/** Names are found again by any later run, so they depend on the device alone and are valid for Azure whatever it is. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { readKeyVaultName } from '../../domain/inputs.ts';
import { parseDeviceId, type DeviceId } from '../../domain/device.ts';
import {
  auditAccountNames,
  channelIntegrityKeyName,
  defaultKeyVaultName,
  deviceHash,
  proposeKeyVaultName,
} from '../../domain/names.ts';
import { device, deviceIds, spellingsOf } from './samples.ts';

const vaultNames = (id: DeviceId): string[] => [0, 1, 2].map((generation) => defaultKeyVaultName(id, generation));
const cikName = (id: DeviceId): string => channelIntegrityKeyName(id, device.principalId);

suite('for any device', () => {
  test('the names of its vault are valid, including the proposals', () => {
    fc.assert(
      fc.property(deviceIds, (id) => {
        for (const name of vaultNames(id)) {
          assert.match(name, /^[a-z][a-z0-9-]{1,22}[a-z0-9]$/);
          assert.ok(!name.includes('--'));
          assert.equal(readKeyVaultName(name), name);
        }
      }),
    );
  });

  test('the names of its audit storage account are valid', () => {
    fc.assert(fc.property(deviceIds, (id) => auditAccountNames(id).every((name) => /^[a-z0-9]{3,24}$/.test(name))));
  });

  test('the name of its channel integrity key is a valid name of a secret', () => {
    fc.assert(
      fc.property(deviceIds, fc.uuid(), (id, principal) => {
        const name = channelIntegrityKeyName(id, principal);
        assert.match(name, /^ase-cik-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      }),
    );
  });

  test('all names are the same in any letter case of its id', () => {
    const withSpelling = deviceIds.chain((id) => spellingsOf(id.id).map((spelling) => ({ id, spelling })));
    fc.assert(
      fc.property(withSpelling, ({ id, spelling }) => {
        const respelled = parseDeviceId(spelling);
        assert.deepEqual(vaultNames(respelled), vaultNames(id));
        assert.deepEqual(auditAccountNames(respelled), auditAccountNames(id));
        assert.equal(cikName(respelled), cikName(id));
        assert.equal(deviceHash(respelled), deviceHash(id));
      }),
    );
  });

  test('a name that is taken gets another proposal, always the same one, and none after the last', () => {
    fc.assert(
      fc.property(deviceIds, (id) => {
        const [first, second, third] = vaultNames(id) as [string, string, string];
        assert.equal(proposeKeyVaultName(id, first), second);
        assert.equal(proposeKeyVaultName(id, 'a-stranger'), second);
        assert.equal(proposeKeyVaultName(id, second.toUpperCase()), third);
        assert.equal(proposeKeyVaultName(id, third), undefined);
      }),
    );
  });
});

suite('different devices', () => {
  const inOtherGroup = parseDeviceId(device.id.replace('edge-rg', 'other-rg'));

  test('in different groups have different names for everything', () => {
    assert.notEqual(deviceHash(inOtherGroup), deviceHash(device));
    assert.notEqual(defaultKeyVaultName(inOtherGroup), defaultKeyVaultName(device));
    assert.notEqual(cikName(inOtherGroup), cikName(device));
    const all = [...auditAccountNames(inOtherGroup), ...auditAccountNames(device)];
    assert.equal(new Set(all).size, 6);
  });

  test('with different identities have different channel integrity keys', () => {
    const successor = 'aaaaaaaa-0000-0000-0000-000000000009';
    assert.notEqual(channelIntegrityKeyName(device, successor), cikName(device));
    assert.equal(channelIntegrityKeyName(device, device.principalId.toUpperCase()), cikName(device));
  });
});

test('names do not change between versions of the product, so that existing resources are found', () => {
  assert.equal(deviceHash(device), '84ead8355f8623fd');
  assert.equal(defaultKeyVaultName(device), 'ase-edge1-84ead8355');
  assert.deepEqual(vaultNames(device), ['ase-edge1-84ead8355', 'ase-edge1-66edeed8f', 'ase-edge1-7f8cc4bb3']);
  assert.deepEqual(auditAccountNames(device), ['aseedge13cf2028ebfd', 'aseedge1820842a37d4', 'aseedge1aee88607619']);
});

test('a vault is recognised by the name of its device', () => {
  const named = parseDeviceId(device.id.replace('edge-1', 'Store-42-Amsterdam'));
  assert.match(defaultKeyVaultName(named), /^ase-store42ams-[0-9a-f]{9}$/);
  assert.match(auditAccountNames(named)[0] ?? '', /^asestore42ams[0-9a-f]{11}$/);
});
