/** The command line where variables lead its connection to Temporal through a proxy. */
import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import { anySubscription, nowhere, runAse } from './ase.ts';

/** It lets nobody through, and remembers who wanted to get where. */
const openProxy = async (t: TestContext): Promise<{ url: string; wanted: string[] }> => {
  const wanted: string[] = [];
  const server = http.createServer();
  server.on('connect', ({ url = '' }, socket) => {
    wanted.push(url);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, wanted };
};

const withoutProxies: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(nowhere).filter(([name]) => !/_proxy$/i.test(name))),
  AZURE_SUBSCRIPTION_ID: anySubscription,
};
const status = 'status -g edge-rg -n edge-1 -o table';

suite('a proxy', () => {
  for (const variable of ['grpc_proxy', 'https_proxy', 'http_proxy']) {
    test(`of ${variable} is named if Temporal is unreachable, with the variable to set`, async (t) => {
      const { url, wanted } = await openProxy(t);
      const { code, stderr } = await runAse(status, { ...withoutProxies, [variable]: url });
      assert.ok(stderr.includes(`through the proxy ${new URL(url).host} (${variable})`), stderr);
      assert.match(stderr, /To connect directly: export no_proxy=127\.0\.0\.1\n/);
      assert.doesNotMatch(stderr, /Start one/);
      assert.equal(code, 4);
      assert.ok(wanted.includes('127.0.0.1:1'));
    });
  }

  test('is not used and not named if the host is exempt', async (t) => {
    const { url, wanted } = await openProxy(t);
    const { stderr } = await runAse(status, { ...withoutProxies, https_proxy: url, no_proxy: '127.0.0.1' });
    assert.match(stderr, /no Temporal server answers at 127\.0\.0\.1:1: /);
    assert.match(stderr, /Start one/);
    assert.deepEqual(wanted, []);
  });

  test('is named by the doctor', async (t) => {
    const { url } = await openProxy(t);
    const { stdout } = await runAse('doctor -o table', { ...withoutProxies, http_proxy: url });
    assert.match(stdout, /^failed +Temporal .*\(http_proxy\)[^\n]*\n +The variable http_proxy leads .*no_proxy=127/m);
  });
});
