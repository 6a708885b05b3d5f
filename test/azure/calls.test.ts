/** Which service a request counts for, as the clients themselves send it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createAzure, type Azure } from '../../azure/clients.ts';
import { serviceIn, type AzureCall } from '../../azure/calls.ts';
import { inProcess, type FetchHandler } from '../../local-azure/test/http-client.ts';
import { errorOf, publicCloud, subscriptionId, token } from './clients.ts';

const arm = publicCloud.armEndpoint;
const group = `${arm}/subscriptions/${subscriptionId}/resourceGroups/rg`;
const vault = `${group}/providers/Microsoft.KeyVault/vaults/v`;

const cases: [service: string, what: string, url: string][] = [
  ['arm', 'a resource group', `${group}?api-version=1`],
  ['arm', 'the registration of a provider', `${arm}/subscriptions/s/providers/Microsoft.KeyVault/register?a=1`],
  ['arm', 'the state of a registration', `${arm}/subscriptions/s/providers/Microsoft.KeyVault?a=1`],
  ['arm', 'an uncounted provider', `${group}/providers/Contoso.Things/things/t`],
  ['arm-keyvault', 'a vault', vault],
  ['arm-keyvault', 'a vault with a name in capitals', vault.toUpperCase().replace(arm.toUpperCase(), arm)],
  ['arm-authorization', 'a lock on a vault', `${vault}/providers/Microsoft.Authorization/locks/l`],
  ['arm-insights', 'a diagnostic setting of a vault', `${vault}/providers/microsoft.insights/diagnosticSettings/d`],
  [
    'arm-storage',
    'a long operation',
    `${arm}/subscriptions/s/providers/Microsoft.Storage/locations/w/asyncoperations/o`,
  ],
  ['vault', 'a secret', 'https://v.vault.azure.net/secrets/s?api-version=7.5'],
  ['blob', 'a blob', 'https://a.blob.core.windows.net/c/b'],
];

suite('a call counts', () => {
  for (const [service, what, url] of cases) {
    test(`as ${service} for ${what}`, () => {
      assert.equal(serviceIn(publicCloud)(url), service);
    });
  }
});

const counting = (handle: FetchHandler): { azure: Azure; calls: AzureCall[] } => {
  const calls: AzureCall[] = [];
  const azure = createAzure({
    cloud: publicCloud,
    credential: { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) },
    signal: () => new AbortController().signal,
    httpClient: inProcess(handle),
    onCall: (call) => calls.push(call),
  });
  return { azure, calls };
};

test('both requests of a first call to a vault are counted, even the one without a token', async () => {
  const challenge = `Bearer authorization="${publicCloud.authorityHost}/t", resource="https://vault.azure.net"`;
  const { azure, calls } = counting((request) =>
    Promise.resolve(
      request.headers.has('authorization')
        ? Response.json({ value: 'x', id: 'https://v.vault.azure.net/secrets/s/1', attributes: {} })
        : new Response('', { status: 401, headers: { 'www-authenticate': challenge } }),
    ),
  );
  await azure.secrets({ uri: 'https://v.vault.azure.net' }).getSecret('s');
  assert.deepEqual(calls, [
    { service: 'vault', method: 'GET', status: 401 },
    { service: 'vault', method: 'GET', status: 200 },
  ]);
});

test('a request without an answer is reported without a status', async () => {
  const { azure, calls } = counting(() => Promise.reject(new Error('the line is dead')));
  await errorOf(azure.subscription(subscriptionId).vaults.get('rg', 'v'));
  assert.deepEqual(calls, [{ service: 'arm-keyvault', method: 'GET', status: undefined }]);
});

test('a blob is counted once, although its client is of another kind', async () => {
  const { azure, calls } = counting(() =>
    Promise.resolve(new Response('x', { headers: { 'content-length': '1', etag: '"1"' } })),
  );
  await azure.blob('https://a.blob.core.windows.net/c/b').download();
  assert.deepEqual(calls, [{ service: 'blob', method: 'GET', status: 200 }]);
});
