import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { activationActions, excessActions, missingActions, roleActions, type Permission } from '../../domain/rights.ts';

/** Of the audit trail: its own steps find out whether they are held, since they can be skipped. */
const auditActions = [
  'Microsoft.Storage/storageAccounts/read',
  'Microsoft.Storage/storageAccounts/write',
  'Microsoft.Storage/storageAccounts/listKeys/action',
  'Microsoft.Insights/diagnosticSettings/read',
  'Microsoft.Insights/diagnosticSettings/write',
];
const needed = [...activationActions, ...auditActions];
const role = (actions: string[], notActions: string[] = []): Permission => ({ actions, notActions });
const isMissing = (action: string, ...held: Permission[]): boolean => missingActions([action], held).length === 1;

suite('an action is allowed', () => {
  const write = 'Microsoft.KeyVault/vaults/write';
  const cases: [allowed: boolean, by: string, held: Permission[]][] = [
    [true, 'everything', [role(['*'])]],
    [true, 'its own name', [role([write])]],
    [true, 'its own name in another letter case', [role([write.toUpperCase()])]],
    [true, 'everything of its provider', [role(['Microsoft.KeyVault/*'])]],
    [true, 'its verb on everything', [role(['*/write'])]],
    [true, 'its verb on everything of its provider', [role(['Microsoft.KeyVault/*/write'])]],
    [true, 'one of several roles', [role(['*/read']), role(['*/write'])]],
    [true, 'a role, although another role excludes it', [role(['*'], [write]), role([write])]],
    [false, 'nothing', []],
    [false, 'an empty role', [role([])]],
    [false, 'another verb', [role(['*/read'])]],
    [false, 'a longer name', [role([`${write}/more`])]],
    [false, 'a shorter name', [role(['Microsoft.KeyVault/vaults'])]],
    [false, 'a dot in place of any character', [role(['MicrosoftXKeyVault/vaults/write'])]],
    [false, 'everything except it', [role(['*'], [write])]],
    [false, 'everything except the writes of its provider', [role(['*'], ['microsoft.keyvault/*/write'])]],
  ];
  for (const [allowed, by, held] of cases) {
    test(`${allowed ? '' : 'not '}by ${by}`, () => assert.equal(isMissing(write, ...held), !allowed));
  }

  test('by any pattern with a star in place of a part of its name', () => {
    const cut = fc
      .tuple(fc.constantFrom(...needed), fc.nat(), fc.nat())
      .map(([action, a, b]) => ({ action, from: a % action.length, to: b % action.length }));
    fc.assert(
      fc.property(cut, ({ action, from, to }) => {
        const [start, end] = [Math.min(from, to), Math.max(from, to)];
        const pattern = `${action.slice(0, start)}*${action.slice(end)}`;
        assert.ok(!isMissing(action, role([pattern])), pattern);
        assert.ok(isMissing(action, role(['*'], [pattern])), `not ${pattern}`);
      }),
    );
  });

  test('by a pattern without a star only if it is its name', () => {
    fc.assert(
      fc.property(fc.constantFrom(...needed), fc.constantFrom(...needed), (action, pattern) => {
        assert.equal(isMissing(action, role([pattern])), action !== pattern);
      }),
    );
  });

  test('by no pattern that is only a regular expression for it', () => {
    for (const pattern of ['.*', 'Microsoft.KeyVault/vaults/(read|write)', '[M]icrosoft.KeyVault/vaults/write', '']) {
      assert.ok(isMissing(write, role([pattern])), pattern);
    }
  });
});

test('missing actions are named in order', () => {
  assert.deepEqual(missingActions(activationActions, [role(['Microsoft.DataBoxEdge/*', '*/read'])]), [
    'Microsoft.KeyVault/vaults/write',
    'Microsoft.KeyVault/vaults/accessPolicies/write',
    'Microsoft.Resources/tags/write',
    'Microsoft.Authorization/locks/write',
  ]);
});

test('no required action deletes, purges or assigns roles', () => {
  assert.deepEqual(
    needed.filter((action) => /\/delete$|purge|roleAssignments/i.test(action)),
    [],
  );
});

suite('the excess over all roles is', () => {
  const cases: [what: string, held: Permission[], excess: string[]][] = [
    [
      'nothing, for a principal with the actions of the roles',
      Object.values(roleActions).map((actions) => role([...actions])),
      [],
    ],
    [
      'nothing, for a principal with these actions in another letter case',
      [role([activationActions[2].toUpperCase()])],
      [],
    ],
    ['everything', [role(['*'])], ['*']],
    ['everything except one action', [role(['*'], ['Microsoft.KeyVault/vaults/write'])], ['*']],
    ['a verb of all providers', [role(['*/read'])], ['*/read']],
    ['a whole provider', [role(['microsoft.keyvault/*'])], ['microsoft.keyvault/*']],
    [
      'a pattern below a provider',
      [role(['Microsoft.KeyVault/locations/*/read'])],
      ['Microsoft.KeyVault/locations/*/read'],
    ],
    ['a pattern that begins like a provider', [role(['Microsoft.Key*'])], ['Microsoft.Key*']],
    [
      'an action of a provider',
      [role(['Microsoft.KeyVault/vaults/purge/action'])],
      ['Microsoft.KeyVault/vaults/purge/action'],
    ],
    ['nothing, if the role excludes it', [role(['Microsoft.KeyVault/vaults/deploy/action'], ['*/deploy/action'])], []],
    [
      'nothing of other providers',
      [role(['Microsoft.Compute/*', 'Microsoft.KeyVaults/read', 'Microsoft.Support/*'])],
      [],
    ],
    ['named once', [role(['*/read']), role(['*/read'])], ['*/read']],
  ];
  for (const [what, held, excess] of cases) {
    test(what, () => assert.deepEqual(excessActions(held), excess));
  }
});
