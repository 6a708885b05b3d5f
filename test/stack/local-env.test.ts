import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createServerIdentity } from '../../local-azure/serve/authority.ts';
import { type Checkout, makeCheckout } from './checkout.ts';

let checkout: Checkout;
beforeEach(async () => {
  checkout = await makeCheckout();
  await mkdir(path.join(checkout.folder, '.local'));
});
afterEach(() => checkout.remove());

describe('the preload of the command line', () => {
  test('changes nothing while no stack runs', async () => {
    assert.equal(await preloaded('console.log(process.env.AZURE_TENANT_ID)'), 'of the shell');
  });

  test('prefers the variables of the stack to those of the shell', async () => {
    await writeFile(path.join(checkout.folder, '.local/env'), 'AZURE_TENANT_ID=of-the-stack\n');
    assert.equal(await preloaded('console.log(process.env.AZURE_TENANT_ID)'), 'of-the-stack');
  });

  test('makes the command line trust the authority of the stack', async () => {
    const { key, cert, ca } = await createServerIdentity();
    const server = createServer({ key, cert }, (_, response) => response.end('trusted')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const ask = `process.stdout.write(await (await fetch('https://localhost:${port}')).text().catch(String))`;
      await assert.rejects(preloaded(ask), /fetch failed/);

      const authority = path.join(checkout.folder, '.local/ca.pem');
      await writeFile(authority, ca);
      await writeFile(path.join(checkout.folder, '.local/env'), `NODE_EXTRA_CA_CERTS=${authority}\n`);
      assert.equal(await preloaded(ask), 'trusted');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

async function preloaded(program: string): Promise<string> {
  const preload = path.join(checkout.folder, 'scripts/local-env.ts');
  const args = ['--import', preload, '--input-type=module', '--eval', program];
  const env = { ...process.env, AZURE_TENANT_ID: 'of the shell' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return stdout.trim();
}
