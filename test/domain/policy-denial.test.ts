/** What a refusal of Azure Policy says to people. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  describeDenials,
  judgeExpressions,
  profileKeyFor,
  type EvaluatedExpression,
  type PolicyWish,
  type RulePart,
} from '../../domain/policy-denial.ts';

suite('the key of the profile for', () => {
  const cases: [field: string, key: string | undefined][] = [
    ['Microsoft.KeyVault/vaults/enablePurgeProtection', 'purgeProtection'],
    ['properties.enablePurgeProtection', 'purgeProtection'],
    ['microsoft.keyvault/vaults/ENABLEPURGEPROTECTION', 'purgeProtection'],
    ['Microsoft.KeyVault/vaults/publicNetworkAccess', 'network.publicNetworkAccess'],
    ['Microsoft.Storage/storageAccounts/publicNetworkAccess', 'network.publicNetworkAccess'],
    ['Microsoft.KeyVault/vaults/networkAcls.defaultAction', 'network.defaultAction'],
    ['Microsoft.Storage/storageAccounts/networkAcls.defaultAction', 'network.defaultAction'],
    ['Microsoft.KeyVault/vaults/networkAcls.ipRules[*].value', 'network.ipRules'],
    ['Microsoft.Storage/storageAccounts/networkAcls.bypass', 'network.bypass'],
    ['Microsoft.Storage/storageAccounts/sku.name', 'storageSku'],
    ['Microsoft.Storage/storageAccounts/keyPolicy.keyExpirationPeriodInDays', 'storageKeyExpirationDays'],
    ["tags['costCenter']", 'requiredTags.costCenter'],
    ['tags["cost center"]', 'requiredTags.cost center'],
    ['tags[costCenter]', 'requiredTags.costCenter'],
    ['tags.costCenter', 'requiredTags.costCenter'],
    ['tags', 'requiredTags'],
    ['Microsoft.KeyVault/vaults/sku.name', undefined],
    ['Microsoft.KeyVault/vaults/enableRbacAuthorization', undefined],
    ['constructor', undefined],
  ];
  for (const [field, key] of cases) test(`${field} is ${key ?? 'none'}`, () => assert.equal(profileKeyFor(field), key));
});

suite('the requirement of a policy is read from its rule:', () => {
  const field = 'Microsoft.KeyVault/vaults/publicNetworkAccess';
  const cases: [expression: EvaluatedExpression, wanted: string | undefined][] = [
    [{ operator: 'NotEquals', targetValue: 'Disabled', result: 'True' }, '"Disabled"'],
    [{ operator: 'Equals', targetValue: 'Disabled', result: 'False' }, '"Disabled"'],
    [{ operator: 'Equals', targetValue: 'Enabled', result: 'True' }, 'other than "Enabled"'],
    [{ operator: 'NotEquals', targetValue: true, result: 'True' }, 'true'],
    [{ operator: 'NotIn', targetValue: ['a', 'b'], result: 'True' }, 'one of "a", "b"'],
    [{ operator: 'In', targetValue: ['a', 'b'], result: 'True' }, 'none of "a", "b"'],
    [{ operator: 'Exists', targetValue: 'false', result: 'True' }, 'set'],
    [{ operator: 'Exists', targetValue: false, result: 'True' }, 'set'],
    [{ operator: 'Exists', targetValue: 'true', result: 'True' }, 'absent'],
    [{ operator: 'Exists', targetValue: 'true', result: 'False' }, 'set'],
    [{ operator: 'NotLike', targetValue: 'x*', result: 'True' }, 'like "x*"'],
    [{ operator: 'Like', targetValue: 'x*', result: 'True' }, 'not like "x*"'],
    [{ operator: 'Match', targetValue: 'x#', result: 'True' }, undefined],
    [{}, undefined],
  ];
  for (const [expression, wanted] of cases) {
    test(`${JSON.stringify(expression)} requires ${wanted ?? 'an unknown value'}`, () => {
      const type = { expression: 'type', path: 'type', operator: 'Equals', targetValue: 'x', result: 'True' };
      assert.deepEqual(judgeExpressions([type, { expression: field, path: 'properties.x', ...expression }]), [
        { field, ...(wanted ? { wanted } : {}) },
      ]);
    });
  }

  test('nothing, if it only selects resources', () => {
    assert.deepEqual(judgeExpressions([{ expression: 'type' }, { expression: 'location' }, {}]), []);
    assert.deepEqual(judgeExpressions([{ expression: 'Type' }]), []);
  });

  test('every denial, and never the exemption of a recovered vault', () => {
    const on = (name: string, operator: string, targetValue: string, result: string): EvaluatedExpression => ({
      expression: `Microsoft.KeyVault/vaults/${name}`,
      path: `properties.${name}`,
      operator,
      targetValue,
      result,
    });
    assert.deepEqual(
      judgeExpressions([
        { expression: 'type', operator: 'Equals', targetValue: 'Microsoft.KeyVault/vaults', result: 'True' },
        on('createMode', 'Equals', 'recover', 'False'),
        on('softDeleteRetentionInDays', 'NotEquals', '90', 'True'),
        on('enablePurgeProtection', 'Exists', 'false', 'True'),
        on('enablePurgeProtection', 'NotEquals', 'true', 'True'),
        on('publicNetworkAccess', 'Equals', 'Disabled', 'False'),
      ]),
      [
        { field: 'Microsoft.KeyVault/vaults/softDeleteRetentionInDays', wanted: '"90"' },
        { field: 'Microsoft.KeyVault/vaults/enablePurgeProtection', wanted: '"true"' },
      ],
    );
  });
});

suite('from a rule in the form of a tree', () => {
  const leaf = (field: string, result?: 'True' | 'False'): RulePart => ({
    expression: field,
    operator: 'Equals',
    targetValue: 'x',
    ...(result ? { result } : {}),
  });
  const all = (...parts: RulePart[]): RulePart => ({ combined: 'all', parts });
  const any = (...parts: RulePart[]): RulePart => ({ combined: 'any', parts });
  const not = (...parts: RulePart[]): RulePart => ({ combined: 'not', parts });
  const is = { wanted: '"x"' };
  const isNot = { wanted: 'other than "x"' };

  const cases: [what: string, rule: RulePart, wishes: PolicyWish[]][] = [
    [
      'all conditions that are true together',
      all(leaf('a', 'True'), leaf('b', 'True')),
      [
        { field: 'a', ...isNot },
        { field: 'b', ...isNot },
      ],
    ],
    [
      'only the true conditions of an alternative',
      any(leaf('a', 'False'), leaf('b', 'True')),
      [{ field: 'b', ...isNot }],
    ],
    [
      'nothing of a failed alternative, although a part of it is true',
      any(all(leaf('a', 'True'), leaf('b', 'False')), leaf('c', 'True')),
      [{ field: 'c', ...isNot }],
    ],
    [
      'only the false conditions of those that must hold together',
      not(all(leaf('a', 'True'), leaf('b', 'False'))),
      [{ field: 'b', ...is }],
    ],
    [
      'all false conditions of those of which one must hold',
      not(any(leaf('a', 'False'), leaf('b', 'False'))),
      [
        { field: 'a', ...is },
        { field: 'b', ...is },
      ],
    ],
    ['the true conditions under two negations', not(not(leaf('a', 'True'))), [{ field: 'a', ...isNot }]],
    [
      'conditions without a result, by their position',
      all(leaf('a'), not(leaf('b'))),
      [
        { field: 'a', ...isNot },
        { field: 'b', ...is },
      ],
    ],
    [
      'no exemption beside the denial',
      all(leaf('a', 'True'), not(all(leaf('type', 'False'), leaf('b', 'True')))),
      [{ field: 'a', ...isNot }],
    ],
    ['nothing of an empty tree', all(any(), not()), []],
  ];
  for (const [what, rule, wishes] of cases) {
    test(`the check reports ${what}`, () => assert.deepEqual(judgeExpressions([rule]), wishes));
  }
});

suite('the message of a denial', () => {
  test('names the assignment, the field, the required value and the key of the profile', () => {
    const denial = {
      assignment: 'a1b2',
      displayName: 'Vaults are purge protected',
      wishes: [
        { field: 'Microsoft.KeyVault/vaults/enablePurgeProtection', wanted: '"true"' },
        { field: 'Microsoft.KeyVault/vaults/softDeleteRetentionInDays', wanted: '"90"' },
      ],
    };
    assert.equal(
      describeDenials('kv', [denial]),
      'Azure Policy refuses "kv": the assignment "a1b2" (Vaults are purge protected) requires ' +
        'Microsoft.KeyVault/vaults/enablePurgeProtection to be "true": set the key purgeProtection in the organisation ' +
        'profile (ASE_PROFILE); or Microsoft.KeyVault/vaults/softDeleteRetentionInDays to be "90"',
    );
  });

  test('names the key of the profile without an instruction to set it where the field must be absent', () => {
    const wishes = [{ field: 'Microsoft.KeyVault/vaults/publicNetworkAccess', wanted: 'absent' }];
    assert.equal(
      describeDenials('kv', [{ assignment: 'a1b2', wishes }]),
      'Azure Policy refuses "kv": the assignment "a1b2" requires Microsoft.KeyVault/vaults/publicNetworkAccess to be ' +
        'absent: the key network.publicNetworkAccess of the organisation profile (ASE_PROFILE) decides it',
    );
  });

  test('names every assignment that denies, and states what is unknown', () => {
    assert.equal(
      describeDenials('', [
        { assignment: 'one', wishes: [{ field: 'kind-of-thing' }] },
        { assignment: 'two', wishes: [] },
      ]),
      'Azure Policy refuses the resource: the assignment "one" requires kind-of-thing to be different; ' +
        'the assignment "two" does not name the field',
    );
  });
});
