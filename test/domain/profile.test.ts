/** The organisation profile: what it may say, and the one line that a wrong field gets. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Refusal } from '../../domain/failures.ts';
import { ownershipTags } from '../../domain/ownership.ts';
import { completeTags, lackingTags, plainProfile, readProfile, storageSkus } from '../../domain/profile.ts';
import { device } from './samples.ts';

suite('a profile', () => {
  test('without fields requires nothing', () => assert.deepEqual(readProfile({}), plainProfile));

  test('may have all fields', () => {
    const profile = {
      requiredTags: { costCenter: '4711', 'cost owner': 'edge team' },
      purgeProtection: true,
      network: {
        publicNetworkAccess: 'Enabled',
        defaultAction: 'Deny',
        ipRules: ['203.0.113.7', '198.51.100.0/24'],
        bypass: 'AzureServices',
      },
      storageSku: 'Standard_LRS',
      storageKeyExpirationDays: 90,
    };
    assert.deepEqual(readProfile(profile), profile);
  });

  test('may require 45 tags', () => {
    const requiredTags = Object.fromEntries(Array.from({ length: 45 }, (_, at) => [`tag${at}`, 'x']));
    assert.deepEqual(readProfile({ requiredTags }).requiredTags, requiredTags);
  });
});

suite('an invalid profile causes one line that names the field and the valid form:', () => {
  const many = Object.fromEntries(Array.from({ length: 46 }, (_, at) => [`tag${at}`, 'x']));
  const cases: [profile: unknown, line: RegExp][] = [
    [[], /^the profile must be a JSON object with the fields requiredTags, .*; it is \[\]$/],
    [null, /^the profile must be a JSON object/],
    [{ requiredTag: {} }, /^"requiredTag" is not a field; write a JSON object with the fields requiredTags,/],
    [{ network: { ipRule: [] } }, /^"network\.ipRule" is not a field; write .* publicNetworkAccess, defaultAction,/],
    [{ requiredTags: ['a'] }, /^requiredTags must be a JSON object of names and values; it is \["a"\]$/],
    [{ requiredTags: many }, /^requiredTags must be at most 45 tags; it is 46$/],
    [{ requiredTags: { a: 'x', A: 'y' } }, /^requiredTags must be .* two names that differ in case only; it is "A"$/],
    [{ requiredTags: { 'ase-device': 'x' } }, /^a name in requiredTags must be .* not begin with "ase-"; it is "ase-/],
    [{ requiredTags: { 'a/b': 'x' } }, /^a name in requiredTags must be .*; it is "a\/b"$/],
    [{ requiredTags: { '': 'x' } }, /^a name in requiredTags must be .*; it is ""$/],
    [{ requiredTags: { costCenter: 4711 } }, /^requiredTags\.costCenter must be a text .*; it is 4711$/],
    [
      { requiredTags: { costCenter: '' } },
      /^requiredTags\.costCenter must be a text of 1 to 256 characters; it is ""$/,
    ],
    [{ purgeProtection: false }, /^purgeProtection must be true or absent; it is false$/],
    [{ network: 'closed' }, /^network must be a JSON object with the fields .*; it is "closed"$/],
    [{ network: { publicNetworkAccess: 'disabled' } }, /^network\.publicNetworkAccess must be "Enabled" or "Disabled"/],
    [{ network: { defaultAction: 'deny' } }, /^network\.defaultAction must be "Allow" or "Deny"; it is "deny"$/],
    [{ network: { bypass: true } }, /^network\.bypass must be "AzureServices" or "None"; it is true$/],
    [{ network: { ipRules: ['203.0.113.7'] } }, /^network\.defaultAction must be "Deny" with .*; it is nothing$/],
    [{ network: { defaultAction: 'Deny', ipRules: '1.2.3.4' } }, /^network\.ipRules must be a JSON array of texts/],
    ...['256.1.1.1', '1.2.3', '1.2.3.4/31', '1.2.3.4/32', '1.2.3.4/0', '::1', '1.2.3.4 '].map(
      (rule): [unknown, RegExp] => [
        { network: { defaultAction: 'Deny', ipRules: ['203.0.113.7', rule] } },
        /^network\.ipRules\[1\] must be an IPv4 address or a range of \/1 to \/30/,
      ],
    ),
    ...['10.0.0.1', '172.16.0.0/12', '172.31.255.1', '192.168.0.0/24'].map((rule): [unknown, RegExp] => [
      { network: { defaultAction: 'Deny', ipRules: [rule] } },
      /^network\.ipRules\[0\] must be public: Azure refuses private addresses; it is /,
    ]),
    [{ storageSku: 'Premium_LRS' }, /^storageSku must be "Standard_LRS" or .*; it is "Premium_LRS"$/],
    [{ storageKeyExpirationDays: 0 }, /^storageKeyExpirationDays must be a whole number of days from 1 on; it is 0$/],
    [{ storageKeyExpirationDays: '90' }, /^storageKeyExpirationDays must be .*; it is "90"$/],
  ];
  for (const [profile, line] of cases) {
    test(JSON.stringify(profile).slice(0, 70), () => {
      assert.throws(
        () => readProfile(profile),
        (error) => {
          assert.ok(error instanceof Refusal);
          assert.equal(error.type, 'InvalidInput');
          assert.match(error.message, line);
          return true;
        },
      );
    });
  }
});

test('the audit log may be in any account that a diagnostic setting can use, and in no premium account', () => {
  assert.deepEqual(
    [...storageSkus].sort(),
    ['GRS', 'GZRS', 'LRS', 'RAGRS', 'RAGZRS', 'ZRS'].map((redundancy) => `Standard_${redundancy}`),
  );
});

suite('the required tags that a resource lacks', () => {
  const requiredTags = { costCenter: '4711', owner: 'edge' };
  test('are all of them if it has none', () =>
    assert.deepEqual(lackingTags({ a: 'b' }, { requiredTags }), requiredTags));
  test('exclude those that somebody set, to another value and in another case', () => {
    assert.deepEqual(lackingTags({ CostCenter: '1' }, { requiredTags }), { owner: 'edge' });
  });
  test('are merged with our missing tags, and with nothing else', () => {
    const { 'ase-device': name, ...others } = ownershipTags(device);
    const tags = { theirs: 'x', owner: 'somebody', ...others };
    assert.deepEqual(completeTags(tags, device, { requiredTags }), { costCenter: '4711', 'ase-device': name });
    assert.deepEqual(
      completeTags({ ...tags, ...requiredTags, 'ASE-Device': device.name }, device, { requiredTags }),
      {},
    );
  });
});
