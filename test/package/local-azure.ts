/** The package of the local Azure, installed from its tarball into an empty folder, without the product. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, suite, test } from 'node:test';
import type { LocalAzureReady } from '../../scripts/stack/local-azure.ts';
import { checkout } from '../../scripts/stack/local-files.ts';
import { run, type Ended } from '../server/programs.ts';
import { installBuilt, json, nodes, succeeded, type Installed, type Manifest } from './folder.ts';

const built = path.join(checkout, 'local-azure/dist');
const own = await json<Manifest>(built, 'package.json');

for (const [version, spec] of nodes) {
  suite(`under Node ${version}, in an empty folder, the local Azure`, () => {
    let at: Installed;
    const env = (): NodeJS.ProcessEnv => ({ PATH: at.PATH, HOME: at.folder });
    const npx = (...args: string[]): Promise<Ended> =>
      run('/bin/sh', ['-c', 'cd "$0" && exec npx --no-install local-azure "$@"', at.folder, ...args], env());

    before(async () => {
      at = await installBuilt(built, spec);
    });
    after(() => at.remove());

    test('includes its dependencies, and neither the product nor tests', async () => {
      assert.match(succeeded(await run('node', ['--version'], env())), new RegExp(`^v${version}\\.`));
      const modules = path.join(at.folder, 'node_modules');
      const installed = (await readdir(modules)).filter((name) => !name.startsWith('.'));
      assert.deepEqual(installed.toSorted(), ['@ase-key-vault', ...Object.keys(own.dependencies)].toSorted());
      assert.deepEqual(await readdir(path.join(modules, '@ase-key-vault')), ['local-azure']);
      assert.equal(existsSync(path.join(modules, own.name, 'test')), false);
    });

    test('prints its version and its options, and names an invalid option', async () => {
      assert.equal(succeeded(await npx('--version')), own.version);
      assert.match(succeeded(await npx('--help')), /^Usage: local-azure \[options\]/);
      const { code, stdout, stderr } = await npx('--colour');
      assert.deepEqual([code, stdout], [2, '']);
      assert.equal(stderr, "local-azure: Unknown option '--colour'; --help lists what there is\n");
    });

    test('signs a principal in, lists its subscription, accepts orders, and ends', async () => {
      const child = spawn('/bin/sh', ['-c', 'cd "$0" && exec npx --no-install local-azure --port 0', at.folder], {
        env: env(),
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
      });
      const ended = once(child, 'exit');
      try {
        const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), ended])) as [unknown];
        const ready = JSON.parse(String(line)) as LocalAzureReady;
        assert.deepEqual(await subscriptionsOf(ready), [ready.subscriptionId]);
        const moved = [`${ready.controlEndpoint}/advanceClock`, '--json', '{"until":"2099-01-01T00:00:00Z"}'];
        assert.match(((await curl(ready, moved)) as { result: { iso: string } }).result.iso, /^2099-01-01T/);
        process.kill(-child.pid!, 'SIGTERM');
        await ended;
        assert.equal(existsSync(ready.caFile), false, 'the file of its authority is left behind');
      } finally {
        if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
      }
    });
  });
}

/** As a client without any code of ours: by the proxy, and trusting the authority of the ready line alone. */
const curl = async ({ proxyEndpoint, caFile }: LocalAzureReady, args: string[]): Promise<unknown> => {
  const how = ['-sS', '--fail-with-body', '--cacert', caFile, '-x', proxyEndpoint];
  return JSON.parse(succeeded(await run('curl', [...how, ...args], { PATH: process.env['PATH'] })));
};

const subscriptionsOf = async (ready: LocalAzureReady): Promise<string[]> => {
  const { clientId, clientSecret } = ready.principals.reader;
  const form = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: `${ready.armEndpoint}/.default`,
  };
  const data = Object.entries(form).flatMap(([name, value]) => ['--data-urlencode', `${name}=${value}`]);
  const token = `${ready.authorityHost}/${ready.tenantId}/oauth2/v2.0/token`;
  const { access_token: bearer } = (await curl(ready, [token, ...data])) as { access_token: string };
  const list = `${ready.armEndpoint}/subscriptions?api-version=2022-12-01`;
  const { value } = (await curl(ready, ['-H', `authorization: Bearer ${bearer}`, list])) as {
    value: { subscriptionId: string }[];
  };
  return value.map(({ subscriptionId }) => subscriptionId);
};
