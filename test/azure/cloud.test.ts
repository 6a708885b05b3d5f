import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { belongsTo, discoverCloud } from '../../azure/cloud.ts';
import { inProcess, type FetchHandler } from '../../local-azure/test/http-client.ts';
import { azureAnswering, errorOf, publicCloud, refusal, subscriptionId } from './clients.ts';

const metadata = {
  authentication: {
    loginEndpoint: 'https://login.microsoftonline.com/',
    audiences: ['https://management.core.windows.net/', 'https://management.azure.com/'],
  },
  suffixes: { keyVaultDns: '.vault.azure.net', storage: 'core.windows.net' },
};
const discover = (handle: FetchHandler, endpoint = 'https://management.azure.com'): Promise<unknown> =>
  discoverCloud(endpoint, inProcess(handle));

suite('a cloud', () => {
  test('is described by its own ARM endpoint, which is asked once, without a token', async () => {
    const requests: Request[] = [];
    const cloud = await discover((request) => {
      requests.push(request);
      return Promise.resolve(refusal(200, metadata));
    }, 'https://management.azure.com/');
    assert.deepEqual(cloud, { ...publicCloud, armScope: 'https://management.core.windows.net/.default' });
    assert.deepEqual(
      requests.map(({ method, url, headers }) => [method, url, headers.get('authorization')]),
      [['GET', 'https://management.azure.com/metadata/endpoints?api-version=2022-09-01', null]],
    );
  });

  test('on this machine keeps its ports', async () => {
    const local = {
      authentication: {
        loginEndpoint: 'https://login.localhost:8443/',
        audiences: ['https://management.localhost:8443'],
      },
      suffixes: { keyVaultDns: 'vault.localhost:8443', storage: 'localhost:8443' },
    };
    assert.deepEqual(await discover(() => Promise.resolve(refusal(200, local)), 'https://management.localhost:8443'), {
      armEndpoint: 'https://management.localhost:8443',
      armScope: 'https://management.localhost:8443/.default',
      authorityHost: 'https://login.localhost:8443',
      keyVaultSuffix: 'vault.localhost:8443',
      storageSuffix: 'localhost:8443',
    });
  });

  const incomplete: [without: string, body: object][] = [
    ['a login endpoint', { ...metadata, authentication: { audiences: ['https://a'] } }],
    ['an audience', { ...metadata, authentication: { loginEndpoint: 'https://a', audiences: [] } }],
    ['a Key Vault suffix', { ...metadata, suffixes: { storage: 'core.windows.net' } }],
    ['a suffix of Storage', { ...metadata, suffixes: { keyVaultDns: 'vault.azure.net' } }],
    ['anything', {}],
  ];
  for (const [without, body] of incomplete) {
    test(`is not accepted without ${without} in its description`, async () => {
      const error = await errorOf(discover(() => Promise.resolve(refusal(200, body))));
      assert.match((error as Error).message, /names no login endpoint, audience, or suffix of Key Vault or Storage$/);
    });
  }

  test('is not accepted if it refuses to describe itself', async () => {
    const error = await errorOf(discover(() => Promise.resolve(refusal(503, ''))));
    assert.match((error as Error).message, /\/metadata\/endpoints\?.* answered 503$/);
  });
});

suite('an address belongs to the cloud', () => {
  const local = {
    ...publicCloud,
    armEndpoint: 'https://management.localhost:8443',
    keyVaultSuffix: 'vault.localhost:8443',
    storageSuffix: 'localhost:8443',
  };
  const cases: [belongs: boolean, why: string, url: string, cloud: typeof publicCloud][] = [
    [true, 'of ARM', 'https://management.azure.com/subscriptions', publicCloud],
    [true, 'of ARM in another letter case', 'https://MANAGEMENT.azure.com/', publicCloud],
    [true, 'of a vault', 'https://the-vault.vault.azure.net/secrets', publicCloud],
    [true, 'of ARM on this machine', 'https://management.localhost:8443/', local],
    [true, 'of a vault on this machine', 'https://the-vault.vault.localhost:8443/', local],
    [true, 'of a blob', 'https://aselog.blob.core.windows.net/insights-logs-auditevent', publicCloud],
    [true, 'of a blob on this machine', 'https://aselog.blob.localhost:8443/', local],
    [false, 'of another service of an account', 'https://aselog.queue.core.windows.net/', publicCloud],
    [false, 'without TLS', 'http://management.azure.com/', publicCloud],
    [false, 'of a vault without TLS', 'http://the-vault.vault.azure.net/', publicCloud],
    [false, 'at another port', 'https://management.azure.com:8443/', publicCloud],
    [false, 'of a vault at another port', 'https://the-vault.vault.localhost:9443/', local],
    [false, 'that only begins like ARM', 'https://management.azure.com.evil.example/', publicCloud],
    [false, 'that only begins like a vault', 'https://the-vault.vault.azure.net.evil.example/', publicCloud],
    [false, 'that only ends like a vault', 'https://evilvault.azure.net/', publicCloud],
    [false, 'with ARM as its user name', 'https://management.azure.com@evil.example/', publicCloud],
    [false, 'with a vault in its path', 'https://evil.example/.vault.azure.net', publicCloud],
    [false, 'of the token service', 'https://login.microsoftonline.com/', publicCloud],
  ];
  for (const [belongs, why, url, cloud] of cases) {
    test(`${belongs ? 'if' : 'not if'} it is one ${why}`, () => assert.equal(belongsTo(cloud, url), belongs));
  }
});

suite('a token is never sent', () => {
  test('to the address of a next page outside the cloud', async () => {
    const hosts: string[] = [];
    const azure = azureAnswering(({ url }) => {
      const { host } = new URL(url);
      hosts.push(host);
      const elsewhere = host === 'evil.example' ? {} : { nextLink: 'https://evil.example/next' };
      return Promise.resolve(refusal(200, { value: [], ...elsewhere }));
    });
    const list = azure.subscription(subscriptionId).permissions.listForResourceGroup('edge-rg');
    const error = await errorOf(Array.fromAsync(list));
    assert.match(
      (error as Error).message,
      /^refused to send a request to evil\.example, which is not part of this cloud/,
    );
    assert.deepEqual(hosts, ['management.azure.com']);
  });

  test('to a vault of another cloud', async () => {
    const hosts: string[] = [];
    const azure = azureAnswering(({ url }) => {
      hosts.push(new URL(url).host);
      return Promise.resolve(refusal(200, {}));
    });
    const error = await errorOf(azure.secrets({ uri: 'https://the-vault.vault.evil.example' }).getSecret('a'));
    assert.match((error as Error).message, /^refused to send a request to the-vault\.vault\.evil\.example/);
    assert.deepEqual(hosts, []);
  });
});
