/** What the Python clients are asked to do, a process a step. */
import path from 'node:path';
import { connectControl } from '../../local-azure/control-client.ts';
import type { LocalAzureReady } from '../stack/local-azure.ts';
import { describeExit, spawnChild, withLastLines } from '../stack/processes.ts';
import { world } from './cli/world.ts';
import type { Step } from './step.ts';

const program = path.join(import.meta.dirname, 'clients.py');

export async function walkClients(
  python: string,
  azure: LocalAzureReady,
  surroundings: NodeJS.ProcessEnv,
  step: Step,
): Promise<void> {
  const run = runner(python, { ...surroundings, ...variablesFor(azure), ...addressesOf(azure) });
  await step('python: create a device, a vault and a storage account', () => run('make_resources'));
  await step('python: store, delete and recover a secret', () => run('use_secrets'));
  const audited = { CHECK_VAULT: world.vault, CHECK_ACCOUNT: world.account };
  await step('python: the audit log is closed', () => run('audit_log_is_closed', audited));
  await step('python: read the audit log with a role for it', async () => {
    await letOwnerReadBlobs(azure);
    await run('read_audit_log', audited);
  });
}

/** The clients get only their credential and a subscription. */
export async function walkClientsWithDefaults(
  python: string,
  azure: LocalAzureReady,
  surroundings: NodeJS.ProcessEnv,
  step: Step,
): Promise<void> {
  const run = runner(python, { ...surroundings, ...variablesFor(azure) });
  await step('by default settings: python reads a secret', () => run('read_by_default'));
}

function runner(python: string, env: NodeJS.ProcessEnv) {
  return async (name: string, variables: NodeJS.ProcessEnv = {}): Promise<void> => {
    const child = await spawnChild(name, python, ['-B', program, name], { env: { ...env, ...variables } });
    const exit = await child.exited;
    if (exit.code !== 0) throw new Error(withLastLines(child, `ended (${describeExit(exit)})`));
  };
}

function addressesOf(azure: LocalAzureReady): NodeJS.ProcessEnv {
  return { AZURE_AUTHORITY_HOST: azure.authorityHost, CHECK_ARM_ENDPOINT: azure.armEndpoint };
}

function variablesFor(azure: LocalAzureReady): NodeJS.ProcessEnv {
  const { clientId, clientSecret, objectId } = azure.principals.owner;
  return {
    AZURE_TENANT_ID: azure.tenantId,
    AZURE_CLIENT_ID: clientId,
    AZURE_CLIENT_SECRET: clientSecret,
    AZURE_SUBSCRIPTION_ID: azure.subscriptionId,
    CHECK_OBJECT_ID: objectId,
    CHECK_GROUP: world.group,
    CHECK_VAULT: 'python-vault',
    CHECK_ACCOUNT: 'pythonaccount',
  };
}

async function letOwnerReadBlobs(azure: LocalAzureReady): Promise<void> {
  const control = await connectControl(azure);
  try {
    await control.call('assignRole', { principal: 'owner', role: 'Storage Blob Data Reader' });
  } finally {
    control.close();
  }
}
