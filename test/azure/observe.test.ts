import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { observe, readRetryAfter } from '../../azure/pipeline.ts';
import { azureAnswering, refusal, subscriptionId } from './clients.ts';

const answered = (headers: Record<string, string>) => ({ headers: new Map(Object.entries(headers)) });
const date = 'Thu, 01 Jan 2026 00:00:00 GMT';

suite('the information beside the body of an answer', () => {
  test("contains the service's clock and the requested delay", () => {
    const { observed, onResponse } = observe();
    onResponse(answered({ date, 'retry-after': '17' }));
    assert.deepEqual(observed, { date: Date.UTC(2026, 0, 1), retryAfterMs: 17_000 });
  });

  test('is empty if it is missing or invalid', () => {
    for (const headers of [{}, { date: 'yesterday', 'retry-after': 'soon' }]) {
      const { observed, onResponse } = observe();
      onResponse(answered(headers));
      assert.deepEqual(observed, {});
    }
  });

  test('is kept from the latest answer that contains it', () => {
    const { observed, onResponse } = observe();
    onResponse(answered({ date, 'retry-after': '17' }));
    onResponse(answered({ date: 'Thu, 01 Jan 2026 00:00:05 GMT' }));
    assert.deepEqual(observed, { date: Date.UTC(2026, 0, 1, 0, 0, 5), retryAfterMs: 17_000 });
  });

  test('is read through clients of either kind', async () => {
    const azure = azureAnswering(({ url }) =>
      Promise.resolve(
        refusal(
          200,
          url.includes('/secrets/') ? { id: 'https://v.vault.azure.net/secrets/a/1' } : { id: '/an/account' },
          { date },
        ),
      ),
    );
    const secret = observe();
    const account = observe();
    await azure.secrets({ uri: 'https://v.vault.azure.net' }).getSecret('a', { onResponse: secret.onResponse });
    await azure
      .subscription(subscriptionId)
      .storageAccounts.getProperties('edge-rg', 'aselog', { onResponse: account.onResponse });
    assert.deepEqual([secret.observed.date, account.observed.date], [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1)]);
  });
});

test('Retry-After is a number of seconds, and nothing else', () => {
  const headers = ['0', '1', '17', '-1', 'Infinity', 'Thu, 01 Jan 2026 00:00:00 GMT', undefined];
  assert.deepEqual(headers.map(readRetryAfter), [0, 1000, 17_000, undefined, undefined, undefined, undefined]);
});
