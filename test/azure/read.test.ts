/** What may not be looked at is not absent. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { look } from '../../azure/read.ts';
import { azureAnswering, errorOf, refusal, subscriptionId } from './clients.ts';

const vault = (status: number, code: string) =>
  azureAnswering(() => Promise.resolve(refusal(status, { error: { code, message: 'No.' } })))
    .subscription(subscriptionId)
    .vaults.get('edge-rg', 'the-vault');

suite('a read', () => {
  test('finds an existing resource', async () => {
    assert.deepEqual(await look(Promise.resolve({ name: 'v' })), { found: { name: 'v' } });
  });

  const cases: [answer: string, status: number, code: string, judged: string][] = [
    ['that there is no such resource', 404, 'ResourceNotFound', 'absent'],
    ['that there is no such group', 404, 'ResourceGroupNotFound', 'absent'],
    ['that the provider is not registered', 409, 'MissingSubscriptionRegistration', 'absent'],
    ['that it may not be read', 403, 'AuthorizationFailed', 'unknown'],
  ];
  for (const [answer, status, code, judged] of cases) {
    test(`answered ${answer} finds it ${judged}`, async () => assert.equal(await look(vault(status, code)), judged));
  }

  for (const [status, code] of [
    [403, 'RequestDisallowedByPolicy'],
    [429, 'TooManyRequests'],
    [500, 'InternalServerError'],
    [401, 'InvalidAuthenticationToken'],
  ] as const) {
    test(`answered ${status} ${code} is inconclusive`, async () => {
      const error = (await errorOf(look(vault(status, code)))) as { statusCode?: number };
      assert.equal(error.statusCode, status);
    });
  }
});
