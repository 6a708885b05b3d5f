/** A command loads only what it uses: the clients of Temporal and Azure take most of a second. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { anySubscription, nowhere, runAse } from './ase.ts';

const device = `-g edge-rg -n edge-1 --subscription ${anySubscription}`;
const preload = new URL('loaded-packages.ts', import.meta.url).href;
const env = {
  ...nowhere,
  ASE_ARM_ENDPOINT: 'https://management.localhost:1',
  NODE_OPTIONS: `${nowhere['NODE_OPTIONS'] ?? ''} --import ${preload}`,
};

const loadedBy = async (commandLine: string): Promise<string[]> => {
  const { stderr } = await runAse(commandLine, env);
  return JSON.parse(stderr.slice(stderr.lastIndexOf('\n'))) as string[];
};

const clients = (packages: readonly string[]): string[] =>
  packages.filter((name) => /^@(azure|temporalio|grpc)\//.test(name));

/** What reads `TEMPORAL_*` and `temporal.toml`. */
const settings = ['@temporalio/common', '@temporalio/envconfig'];

suite('only the package commander is loaded by', { concurrency: 2 }, () => {
  const leaf = ['key generate', 'key show', 'status', 'blocked retry', 'device delete', 'audit', 'doctor'];
  for (const commandLine of [
    '--help',
    '--version',
    'completion zsh',
    '',
    'key',
    'kye',
    'key genrate',
    'status --nonsense',
    'blocked retry',
  ]) {
    test(`ase ${commandLine}`, async () => assert.deepEqual(await loadedBy(commandLine), ['commander']));
  }
  for (const name of leaf) {
    test(`ase ${name} --help`, async () => assert.deepEqual(await loadedBy(`${name} --help`), ['commander']));
  }
});

suite('no client is loaded by a command line that is refused', { concurrency: 2 }, () => {
  const refused = [
    'status -g edge-rg',
    `key generate ${device} --vault-name 1st`,
    'blocked list -g edge-rg',
    'blocked retry --all --reason why --yes',
    `blocked abort ${device} --reason why --by ${'x'.repeat(201)}`,
    `device delete ${device} --confirm edge-2`,
    `vault delete ${device} --vault-name 1st`,
    `consent ${device} --decision keep-vault --vault-name kv-one --release-lock x`,
    `key show ${device} --out-file /dev/null`,
    `audit ${device} --since yesterday`,
    `doctor ${device}`,
  ];
  for (const commandLine of refused) {
    test(`ase ${commandLine.slice(0, 60)}`, async () =>
      assert.deepEqual(
        clients(await loadedBy(commandLine)).filter((name) => !settings.includes(name)),
        [],
      ));
  }
});

suite('no package of Azure is loaded by', { concurrency: 2 }, () => {
  const asking = [
    `status ${device}`,
    `key generate ${device}`,
    `key regenerate ${device}`,
    `device show ${device}`,
    `device repair ${device}`,
    `vault recover ${device}`,
    'blocked list',
    `blocked retry ${device} --reason why`,
  ];
  for (const commandLine of asking) {
    test(`ase ${commandLine}`, async () => {
      const loaded = clients(await loadedBy(commandLine));
      assert.ok(loaded.includes('@temporalio/client'), 'Temporal was not asked');
      assert.deepEqual(
        loaded.filter((name) => name.startsWith('@azure/')),
        [],
      );
    });
  }
});

suite('no client of Temporal is loaded by a command that only calls Azure', { concurrency: 2 }, () => {
  for (const commandLine of [`key show ${device}`, `audit ${device}`]) {
    test(`ase ${commandLine}`, async () => {
      const loaded = clients(await loadedBy(commandLine));
      assert.ok(loaded.includes('@azure/identity'), 'Azure was not asked');
      assert.deepEqual(
        loaded.filter((name) => !name.startsWith('@azure/')),
        settings,
      );
    });
  }
});
