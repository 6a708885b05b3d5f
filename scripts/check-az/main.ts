/**
 * `npm run check:az [-- PROGRAM]`: the unmodified Azure CLI and the official Python clients against a local Azure, that of this
 * checkout or PROGRAM, such as `FOLDER/node_modules/@ase-key-vault/local-azure/main.js` of an installed package.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startLocalAzure } from '../stack/local-azure.ts';
import { stopAll } from '../stack/processes.ts';
import { removeAtEnd } from '../stack/reap-at-end.ts';
import { azureCli, outsideEnvironment, withoutInstanceDiscovery } from './azure-cli.ts';
import { walkWithDefaults } from './cli/defaults.ts';
import { walkCli } from './cli/walk.ts';
import { install, pythonOf } from './install.ts';
import { walkClients, walkClientsWithDefaults } from './python-steps.ts';
import { startTranscript } from './step.ts';

/** Azure's delays are divided by this, so that the check waits for all of them and is done in minutes. */
const timeScale = 10;

async function check(home: string): Promise<void> {
  const step = startTranscript();
  await step('install the Azure CLI', () => install('azure-cli', process.env));
  await step('install the Python clients', () => install('python-clients', process.env));
  const caFile = path.join(home, 'ca.pem');
  const [program] = process.argv.slice(2);
  const options = {
    ...(program === undefined ? {} : { program }),
    caFile,
    seed: false,
    intercept: true,
    timeScale,
    env: process.env,
  };
  const { ready } = await startLocalAzure(options);
  const [cli, clients] = [pythonOf('azure-cli', process.env), pythonOf('python-clients', process.env)];
  const env = outsideEnvironment(ready, home);
  await walkCli(azureCli(cli, { ...env, ...withoutInstanceDiscovery }), ready, step);
  await walkClients(clients, ready, env, step);
  const untouched = { ...env, AZURE_CONFIG_DIR: path.join(home, 'untouched') };
  await walkWithDefaults(azureCli(cli, untouched), ready, step);
  await walkClientsWithDefaults(clients, ready, env, step);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stopAll());

const home = await mkdtemp(path.join(tmpdir(), 'ase-check-az-'));
const release = removeAtEnd(home);
try {
  await check(home);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await stopAll();
  await rm(home, { recursive: true, force: true });
  release();
}
