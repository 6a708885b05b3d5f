/** `npm run check:az`: the unmodified Azure CLI and the official Python clients against a local Azure. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startLocalAzure } from '../stack/local-azure.ts';
import { stopAll } from '../stack/processes.ts';
import { removeAtEnd } from '../stack/reap-at-end.ts';
import { startSaying } from '../stack/say.ts';
import { azureCli, outsideEnvironment } from './azure-cli.ts';
import { type Step, walkCli } from './cli-steps.ts';
import { pythonWith } from './install.ts';

const say = startSaying();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stopAll());

const step: Step = async (name, act) => {
  try {
    const result = await act();
    say(`ok      ${name}`);
    return result;
  } catch (error) {
    say(`FAILED  ${name}`);
    throw error;
  }
};

async function check(home: string): Promise<void> {
  const python = await step('install the Azure CLI', () => pythonWith('azure-cli', process.env));
  const clients = await step('install the Python clients', () => pythonWith('python-clients', process.env));
  const azure = await step('start a local Azure', async () => {
    const caFile = path.join(home, 'ca.pem');
    return (await startLocalAzure({ caFile, seed: false, timeScale: 10, env: process.env })).ready;
  });
  const env = outsideEnvironment(azure, home);
  await walkCli(azureCli(python, env), azure, step);
  void clients;
}

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
