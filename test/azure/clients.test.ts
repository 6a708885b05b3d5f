/** What all clients have in common, whichever package they come from. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createAzure, type Azure } from '../../azure/clients.ts';
import { inProcess, type FetchHandler } from '../../local-azure/test/http-client.ts';
import { azureAnswering, errorOf, publicCloud, refusal, subscriptionId, token } from './clients.ts';

const calls: Record<string, (azure: Azure) => Promise<unknown>> = {
  devices: (azure) => azure.subscription(subscriptionId).devices.get('edge-1', 'edge-rg'),
  'diagnostic settings': (azure) =>
    Array.fromAsync(azure.subscription(subscriptionId).diagnosticSettings.list('/subscriptions/s/resourceGroups/g')),
  locks: (azure) => azure.subscription(subscriptionId).locks.getByScope('/subscriptions/s', 'a-lock'),
  permissions: (azure) =>
    Array.fromAsync(azure.subscription(subscriptionId).permissions.listForResourceGroup('edge-rg')),
  providers: (azure) => azure.subscription(subscriptionId).providers.get('Microsoft.KeyVault'),
  'storage accounts': (azure) => azure.subscription(subscriptionId).storageAccounts.getProperties('edge-rg', 'aselog'),
  vaults: (azure) => azure.subscription(subscriptionId).vaults.get('edge-rg', 'the-vault'),
  secrets: (azure) => azure.secrets({ uri: 'https://the-vault.vault.azure.net' }).getSecret('ase-activation-key'),
  blobs: (azure) => azure.blob('https://aselog.blob.core.windows.net/insights-logs-auditevent/PT1H.json').download(),
};

const withToken = (found: string): Azure =>
  createAzure({
    cloud: publicCloud,
    credential: { getToken: () => Promise.resolve({ token: found, expiresOnTimestamp: Date.now() + 3_600_000 }) },
    signal: () => new AbortController().signal,
  });

suite('the client of', () => {
  for (const [what, call] of Object.entries(calls)) {
    test(`${what} sends one request, and leaves retries to others`, async () => {
      let requests = 0;
      const azure = azureAnswering(() => {
        requests += 1;
        return Promise.resolve(
          refusal(503, { error: { code: 'ServiceUnavailable', message: 'No.' } }, { 'retry-after': '0' }),
        );
      });
      await errorOf(call(azure));
      assert.equal(requests, 1);
    });

    test(`${what} aborts with the work that it belongs to`, async () => {
      const work = new AbortController();
      const handle: FetchHandler = () => {
        setImmediate(() => work.abort());
        return new Promise(() => undefined);
      };
      const azure = createAzure({
        cloud: publicCloud,
        credential: { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) },
        signal: () => work.signal,
        httpClient: inProcess(handle),
      });
      assert.equal(((await errorOf(call(azure))) as Error).name, 'AbortError');
    });
  }
});

suite('object id and tenant of the caller', () => {
  const tokenOf = (claims: object): string => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;

  test('are read from its own token', async () => {
    const azure = withToken(tokenOf({ oid: 'an-object-id', tid: 'a-tenant', name: 'ÿ>?' }));
    assert.deepEqual([await azure.callerObjectId(), await azure.callerTenantId()], ['an-object-id', 'a-tenant']);
  });

  for (const wrong of [tokenOf({ appid: 'x' }), 'opaque', '']) {
    test(`are not guessed from ${wrong === '' ? 'nothing' : `the token ${wrong}`}`, async () => {
      await assert.rejects(withToken(wrong).callerObjectId(), /has no object id \(claim oid\)/);
      await assert.rejects(withToken(wrong).callerTenantId(), /has no tenant \(claim tid\)/);
    });
  }
});
