import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { budgetNamed, budgetsOf } from '../../../azure/budgets/requests.ts';

const arm = 'https://management.azure.com';
const group = '/subscriptions/S1/resourceGroups/edge-rg';
const vault = `${group}/providers/Microsoft.KeyVault/vaults/v`;
const storage = `${group}/providers/Microsoft.Storage/storageAccounts`;

suite('a request draws from', () => {
  const cases: [what: string, method: string, path: string, budgets: string[]][] = [
    ['the reads of its subscription', 'GET', vault, ['reads', 'requests to microsoft.keyvault']],
    ['the writes for a PUT', 'PUT', vault, ['writes', 'requests to microsoft.keyvault']],
    [
      'the writes for a POST that only reads',
      'POST',
      `${group}/providers/Microsoft.DataBoxEdge/x/y/z`,
      ['writes', 'requests to microsoft.databoxedge'],
    ],
    ['the deletes', 'DELETE', vault, ['deletes', 'requests to microsoft.keyvault']],
    ['the reads of the storage provider too', 'GET', `${storage}/a`, ['reads', 'storage reads']],
    ['the lists of the storage provider too', 'GET', storage, ['reads', 'storage lists']],
    [
      'both limits on writes of accounts',
      'PUT',
      `${storage}/a`,
      ['writes', 'storage writes', 'storage writes of an hour'],
    ],
    ['the provider reads for listKeys', 'POST', `${storage}/a/listKeys`, ['writes', 'storage reads']],
    [
      'not the storage provider for a lock on an account',
      'GET',
      `${storage}/a/providers/Microsoft.Authorization/locks/l`,
      ['reads', 'requests to microsoft.authorization'],
    ],
    [
      'the same where its path is escaped',
      'GET',
      vault.replace('/subscriptions/', '/%2Fsubscriptions//'),
      ['reads', 'requests to microsoft.keyvault'],
    ],
    [
      'none of the provider for its registration',
      'POST',
      '/subscriptions/S1/providers/Microsoft.Storage/register',
      ['writes'],
    ],
  ];
  for (const [what, method, path, kinds] of cases) {
    test(what, () => {
      const budgets = budgetsOf(method, `${arm}${path}?api-version=2023-07-01`);
      assert.deepEqual(
        budgets,
        kinds.map((kind) => `${kind} of s1`),
      );
      assert.ok(budgets.every((name) => budgetNamed(name).perSecond > 0));
    });
  }

  test('none where it belongs to no subscription', () => {
    assert.deepEqual(budgetsOf('GET', `${arm}/providers?api-version=2021-04-01`), []);
    assert.deepEqual(budgetsOf('GET', `${arm}/subscriptions?api-version=2021-04-01`), []);
  });
});
