/** The activation key, read by the public description of its format and by none of our code. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import {
  assembleActivationKey,
  fingerprintOf,
  newChannelIntegrityKey,
  type ActivationKeyParts,
} from '../../azure/activation-key.ts';

const suffixOf = (encoded: string): string => createHash('sha512').update(encoded).digest('hex').slice(0, 16);

const readKey = (key: string): { encoded: string; suffix: string; json: string; fields: Record<string, string> } => {
  const [encoded = '', suffix = '', ...rest] = key.split('#');
  assert.deepEqual(rest, [], 'one number sign');
  const json = Buffer.from(encoded, 'base64').toString('utf8');
  return { encoded, suffix, json, fields: JSON.parse(json) as Record<string, string> };
};

const parts: ActivationKeyParts = {
  subscriptionId: '00000000-0000-0000-0000-000000000001',
  resourceGroup: 'edge-rg',
  deviceName: 'dev1',
  location: 'westeurope',
  managementCertificate: 'MIIKcert+/==',
  serviceDataIntegrityKey: 'cik+/==',
  upload: {
    resourceId: '4711',
    aadAuthority: 'https://login.windows.net',
    aadAudience: 'https://azuredataboxedge/westeurope/4711/4711',
    aadTenantId: 'tenant',
    servicePrincipalClientId: 'client',
    azureManagementEndpointAudience: 'https://management.core.windows.net/',
  },
};

suite('an activation key', () => {
  test('ends with the hash of its encoded part, like the known example', () => {
    const json =
      '{"subscriptionId":"00000000-0000-0000-0000-000000000001","resourceType":"dataBoxEdgeDevices","resourceName":"dev1"}';
    const encoded = Buffer.from(json).toString('base64');
    assert.ok(encoded.endsWith('ImRldjEifQ=='));
    assert.equal(suffixOf(encoded), '467af8fb9e8db9e4');
    const key = readKey(assembleActivationKey(parts));
    assert.equal(key.suffix, suffixOf(key.encoded));
  });

  test('begins like the known example', () => {
    const { json } = readKey(assembleActivationKey(parts));
    assert.ok(
      json.startsWith(
        '{"subscriptionId":"00000000-0000-0000-0000-000000000001","resourceType":"dataBoxEdgeDevices","resourceName":"dev1",',
      ),
    );
  });

  test('has every field in its place, in compact JSON', () => {
    const { json, fields } = readKey(assembleActivationKey(parts));
    const expected = [
      ['subscriptionId', '00000000-0000-0000-0000-000000000001'],
      ['resourceType', 'dataBoxEdgeDevices'],
      ['resourceName', 'dev1'],
      ['managementCert', 'MIIKcert+/=='],
      ['resourceId', '4711'],
      ['aadAuthority', 'https://login.windows.net'],
      ['aadAudience', 'https://azuredataboxedge/westeurope/4711/4711'],
      ['aadTenantId', 'tenant'],
      ['servicePrincipalClientId', 'client'],
      ['azureManagementEndpointAudience', 'https://management.core.windows.net/'],
      ['providerNamespace', 'Microsoft.DataBoxEdge'],
      ['resourceGroup', 'edge-rg'],
      ['serviceDataIntegrityKey', 'cik+/=='],
      ['identityProvider', 'AAD'],
    ];
    assert.deepEqual(Object.entries(fields), expected);
    assert.equal(json, JSON.stringify(fields));
  });

  test('names the audience of the resource id if Azure names none', () => {
    const { aadAudience: _none, ...upload } = parts.upload;
    for (const unnamed of [upload, { ...upload, aadAudience: '' }]) {
      const { fields } = readKey(assembleActivationKey({ ...parts, upload: unnamed }));
      assert.equal(fields['aadAudience'], 'https://azuredataboxedge/westeurope/4711/4711');
    }
  });

  const needed = [
    'resourceId',
    'aadAuthority',
    'aadTenantId',
    'servicePrincipalClientId',
    'azureManagementEndpointAudience',
  ] as const;
  for (const field of needed) {
    test(`is not created without ${field}, and the error contains no secret`, () => {
      for (const missing of [
        { ...parts.upload, [field]: '' },
        { ...parts.upload, [field]: undefined },
      ]) {
        assert.throws(() => assembleActivationKey({ ...parts, upload: missing }), {
          message: `uploadCertificate answered without ${field}`,
        });
      }
    });
  }
});

test('a fingerprint is 16 digits of the SHA-256 of the whole key', () => {
  // echo -n abc | sha256sum
  assert.equal(fingerprintOf('abc'), 'ba7816bf8f01cfea');
  assert.notEqual(fingerprintOf('abc#1'), fingerprintOf('abc#2'));
});

test('a channel integrity key is 128 characters of base64, and different each time', () => {
  const keys = Array.from({ length: 20 }, newChannelIntegrityKey);
  for (const key of keys) {
    assert.match(key, /^[A-Za-z0-9+/]{128}$/);
    assert.equal(Buffer.from(key, 'base64').length, 96);
  }
  assert.equal(new Set(keys).size, keys.length);
});
