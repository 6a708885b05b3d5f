import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Connection } from '@temporalio/client';
import { identify, isAlive } from '../../scripts/stack/process-identity.ts';
import { type TemporalBinary, findTemporal, findTemporalBinary } from '../../scripts/stack/temporal-cli.ts';
import { eventually } from './eventually.ts';
import { type TemporalServer, searchAttributes, startTemporalServer } from '../../scripts/stack/temporal-server.ts';

describe('a Temporal server of ours', { concurrency: 3 }, () => {
  let binary: TemporalBinary;
  let folder: string;
  before(async () => {
    binary = await findTemporalBinary(process.env, console.error);
    folder = await mkdtemp(path.join(tmpdir(), 'ase-test-'));
  });
  after(() => rm(folder, { recursive: true }));

  test('answers on loopback and has our search attributes', async () => {
    await withServer({ binary, ui: false }, async (server) => {
      const connection = await Connection.connect({ address: server.address });
      try {
        const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
        for (const name of Object.keys(searchAttributes)) assert.ok(customAttributes[name], `${name} is registered`);
      } finally {
        await connection.close();
      }
    });
  });

  test('shows its web interface at the given URL', async () => {
    await withServer({ binary, ui: true }, async (server) => {
      // The interface has a connection of its own to the server, and may try it again only a second later.
      await eventually('it shows the namespace', async () => {
        const answer = await fetch(`${server.uiUrl}/api/v1/namespaces`);
        return /"name":\s*"default"/.test(await answer.text());
      });
    });
  });

  test('has no web interface unless it is requested', async () => {
    await withServer({ binary, ui: false }, async (server) => assert.equal(server.uiUrl, undefined));
  });

  test('stores its workflows in the given file, in write-ahead mode', async () => {
    await withServer({ binary, ui: false, dbFilename: path.join(folder, 'temporal.db') }, async () => {
      assert.ok((await readdir(folder)).includes('temporal.db-wal'));
    });
  });

  test('can be the target of TEMPORAL_ADDRESS', async () => {
    await withServer({ binary, ui: false }, async ({ address }) => {
      assert.deepEqual(await findTemporal({ TEMPORAL_ADDRESS: address }), { kind: 'address', address });
    });
  });

  test('is gone after it was stopped', async () => {
    const server = await startTemporalServer({ binary, ui: false });
    await server.stop();
    assert.equal(isAlive(identify(server.pid)), false);
  });

  test('has ports of its own beside another one', async () => {
    const [one, other] = await Promise.all([
      startTemporalServer({ binary, ui: true }),
      startTemporalServer({ binary, ui: true }),
    ]);
    try {
      assert.equal(new Set([one.address, other.address, one.uiUrl, other.uiUrl]).size, 4);
    } finally {
      await Promise.all([one.stop(), other.stop()]);
    }
  });

  test('refuses a fixed port of another server, and does not mistake that server for its own', async () => {
    await withServer({ binary, ui: false }, async (server) => {
      const port = Number(server.address.split(':')[1]);
      await assert.rejects(startTemporalServer({ binary, ui: false, port }), /address already in use/);
      assert.ok(isAlive(identify(server.pid)));
    });
  });

  test('tries other ports if a free one was taken meanwhile', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const taken = (squatter.address() as AddressInfo).port;
    try {
      // Its first start goes to the port that is taken, all others to the ports that they are given.
      const unlucky = path.join(folder, 'unlucky');
      const program = `if mkdir '${folder}/tried' 2>/dev/null
        then exec '${binary.path}' server start-dev --ip 127.0.0.1 --headless --port ${taken}
        else exec '${binary.path}' "$@"
        fi`;
      await writeFile(unlucky, `#!/bin/sh\n${program}\n`);
      await chmod(unlucky, 0o755);
      await withServer({ binary: { ...binary, path: unlucky }, ui: false }, async (server) => {
        assert.ok((await readdir(folder)).includes('tried'));
        assert.notEqual(server.address, `127.0.0.1:${taken}`);
      });
    } finally {
      squatter.close();
    }
  });
});

async function withServer(
  options: Parameters<typeof startTemporalServer>[0],
  body: (server: TemporalServer) => Promise<void>,
): Promise<void> {
  const server = await startTemporalServer(options);
  try {
    await body(server);
  } finally {
    await server.stop();
  }
}
