/** What the Azure CLI is asked to do, in the order of a vault's life. Every step asserts more than an exit code. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalAzureReady } from '../stack/local-azure.ts';
import type { AzureCli, Output } from './azure-cli.ts';
import type { Step } from './step.ts';

/** What the steps leave behind for those after them. */
export const world = {
  group: 'check-rg',
  device: 'check-device',
  vault: 'check-vault',
  account: 'checkaudit',
} as const;

const inGroup = ['-g', world.group];
const location = ['-l', 'westeurope'];

export async function walkCli(az: AzureCli, azure: LocalAzureReady, step: Step): Promise<void> {
  await signIn(az, azure, step);
  await registerProviders(az, step);
  await makeGroup(az, step);
  await makeDevices(az, azure, step);
  await makeVaults(az, azure, step);
  await useSecrets(az, step);
  await audit(az, azure, step);
  await lockAndDelete(az, step);
}

/** Not one setting of the Azure CLI is changed: it takes the local Azure for the public one. */
export async function walkWithDefaults(az: AzureCli, azure: LocalAzureReady, step: Step): Promise<void> {
  const { clientId, clientSecret } = azure.principals.owner;
  await step('by default settings: login', async () => {
    const [account] = await az.list('login', ...asServicePrincipal(azure.tenantId, clientId, clientSecret));
    assert.deepEqual([account?.['id'], account?.['cloudName']], [azure.subscriptionId, 'AzureCloud']);
  });
  await step('by default settings: keyvault show', async () => {
    const { properties } = await az.show('keyvault', 'show', '-n', world.vault);
    assert.equal((properties as Output)['vaultUri'], `https://${world.vault}.vault.azure.net/`);
  });
  await step('by default settings: keyvault secret set and show', async () => {
    const secret = ['--vault-name', world.vault, '-n', 'check-default'];
    await az.show('keyvault', 'secret', 'set', ...secret, '--value', 'third');
    assert.equal((await az.show('keyvault', 'secret', 'show', ...secret))['value'], 'third');
  });
}

async function signIn(az: AzureCli, azure: LocalAzureReady, step: Step): Promise<void> {
  const { clientId, clientSecret } = azure.principals.owner;
  await step('cloud register', async () => {
    await az.show('cloud', 'register', '-n', 'local', '--endpoint-resource-manager', azure.armEndpoint);
    await az.show('cloud', 'set', '-n', 'local');
    const { endpoints, suffixes } = (await az.show('cloud', 'show')) as Record<string, Output>;
    assert.equal(endpoints?.['activeDirectory'], azure.authorityHost);
    assert.equal(suffixes?.['keyvaultDns'], `.vault.localhost:${azure.port}`);
  });
  await step('login is refused with a wrong secret', async () => {
    const said = await az.refusal('login', ...asServicePrincipal(azure.tenantId, clientId, 'wrong'));
    assert.match(said, /AADSTS7000215/);
  });
  await step('login', async () => {
    const [account] = await az.list('login', ...asServicePrincipal(azure.tenantId, clientId, clientSecret));
    assert.equal(account?.['id'], azure.subscriptionId);
    assert.equal((await az.show('account', 'show'))['tenantId'], azure.tenantId);
  });
  await step('account list-locations', async () => {
    const names = (await az.list('account', 'list-locations')).map(({ name }) => name);
    assert.ok(names.includes('westeurope'));
  });
}

function asServicePrincipal(tenantId: string, clientId: string, secret: string): string[] {
  return ['--service-principal', '-u', clientId, '-p', secret, '--tenant', tenantId];
}

async function registerProviders(az: AzureCli, step: Step): Promise<void> {
  for (const name of ['Microsoft.DataBoxEdge', 'Microsoft.KeyVault', 'Microsoft.Storage', 'Microsoft.Insights']) {
    await step(`provider register ${name}`, async () => {
      await az.show('provider', 'register', '-n', name);
      await until(async () => (await az.show('provider', 'show', '-n', name))['registrationState'] === 'Registered');
    });
  }
  await step('provider register --wait', async () => {
    assert.equal((await az.show('provider', 'show', '-n', 'Microsoft.Network'))['registrationState'], 'NotRegistered');
    await az.show('provider', 'register', '-n', 'Microsoft.Network', '--wait');
    assert.equal((await az.show('provider', 'show', '-n', 'Microsoft.Network'))['registrationState'], 'Registered');
  });
}

async function makeGroup(az: AzureCli, step: Step): Promise<void> {
  await step('group create', async () => {
    assert.equal(await az.show('group', 'exists', '-n', world.group), false);
    const { properties } = await az.show('group', 'create', '-n', world.group, ...location, '--tags', 'check=az');
    assert.deepEqual(properties, { provisioningState: 'Succeeded' });
  });
  await step('group list --tag', async () => {
    assert.deepEqual(namesOf(await az.list('group', 'list', '--tag', 'check=az')), [world.group]);
    assert.deepEqual(namesOf(await az.list('group', 'list', '--tag', 'check=other')), []);
  });
  await step('group export', async () => {
    assert.deepEqual((await az.show('group', 'export', '-n', world.group))['resources'], []);
  });
  await step('group delete', async () => {
    await az.show('group', 'create', '-n', 'check-gone', ...location);
    await az.show('group', 'delete', '-n', 'check-gone', '--yes');
    assert.equal(await az.show('group', 'exists', '-n', 'check-gone'), false);
  });
}

async function makeDevices(az: AzureCli, azure: LocalAzureReady, step: Step): Promise<void> {
  const device = `/subscriptions/${azure.subscriptionId}/resourceGroups/${world.group}/providers/Microsoft.DataBoxEdge/dataBoxEdgeDevices/${world.device}`;
  const version = 'api-version=2023-12-01';
  await step('rest put of a device with an identity', async () => {
    const body = { location: 'westeurope', sku: { name: 'EdgeP_Base' }, identity: { type: 'SystemAssigned' } };
    const uri = `${device}?${version}`;
    const made = await az.show('rest', '-m', 'put', '-u', uri, '--body', JSON.stringify(body));
    assert.match(String((made['identity'] as Output)['principalId']), /^[0-9a-f-]{36}$/);
  });
  await step('databoxedge device create', async () => {
    const sku = ['--sku', 'EdgeP_Base'];
    const made = await az.show(
      'databoxedge',
      'device',
      'create',
      '-n',
      'check-second',
      ...inGroup,
      ...location,
      ...sku,
    );
    assert.equal(made['dataBoxEdgeDeviceStatus'], 'ReadyToSetup');
  });
  await step('databoxedge device show', async () => {
    const { kind } = await az.show('databoxedge', 'device', 'show', '-n', world.device, ...inGroup);
    assert.equal(kind, 'AzureStackEdge');
  });
  await step('databoxedge device list', async () => {
    const listed = await az.list('databoxedge', 'device', 'list', ...inGroup);
    assert.deepEqual(namesOf(listed), [world.device, 'check-second']);
  });
  await step('rest post generateCertificate', async () => {
    const made = await az.show('rest', '-m', 'post', '-u', `${device}/generateCertificate?${version}`);
    assert.ok(String(made['privateKey']).length > 1_000);
  });
  await step('databoxedge device get-extended-information', async () => {
    const command = ['databoxedge', 'device', 'get-extended-information', '--device-name', world.device, ...inGroup];
    assert.match(String((await az.show(...command))['resourceKey']), /./);
  });
  await step('databoxedge device delete', async () => {
    await az.show('databoxedge', 'device', 'delete', '-n', 'check-second', ...inGroup, '--yes');
    const said = await az.refusal('databoxedge', 'device', 'show', '-n', 'check-second', ...inGroup);
    assert.match(said, /ResourceNotFound/);
  });
}

async function makeVaults(az: AzureCli, azure: LocalAzureReady, step: Step): Promise<void> {
  const { owner, worker } = azure.principals;
  await step('keyvault create with access policies', async () => {
    const model = ['--enable-rbac-authorization', 'false', '--no-self-perms', 'true'];
    const { properties } = await az.show('keyvault', 'create', '-n', world.vault, ...inGroup, ...location, ...model);
    const { vaultUri, accessPolicies } = properties as Output;
    assert.equal(vaultUri, `https://${world.vault}.vault.localhost:${azure.port}/`);
    assert.deepEqual(accessPolicies, []);
  });
  await step('keyvault create with permissions for oneself', async () => {
    const model = ['--enable-rbac-authorization', 'false'];
    const { properties } = await az.show('keyvault', 'create', '-n', 'check-own', ...inGroup, ...location, ...model);
    const [policy] = (properties as { accessPolicies: Output[] }).accessPolicies;
    assert.equal(policy?.['objectId'], owner.objectId);
  });
  await step('keyvault set-policy', async () => {
    const policy = (objectId: string, ...permissions: string[]) =>
      az.show(
        'keyvault',
        'set-policy',
        '-n',
        world.vault,
        '--object-id',
        objectId,
        '--secret-permissions',
        ...permissions,
      );
    await policy(owner.objectId, 'get', 'set', 'list', 'delete', 'recover', 'purge');
    const { properties } = await policy(worker.objectId, 'get', 'set');
    const policies = (properties as { accessPolicies: Output[] }).accessPolicies;
    assert.deepEqual(
      policies.map(({ objectId }) => objectId),
      [owner.objectId, worker.objectId],
    );
  });
  await step('keyvault set-policy --spn', async () => {
    const spn = ['--spn', azure.principals.operator.clientId];
    const { properties } = await az.show(
      'keyvault',
      'set-policy',
      '-n',
      world.vault,
      ...spn,
      '--secret-permissions',
      'get',
    );
    const policies = (properties as { accessPolicies: Output[] }).accessPolicies;
    assert.equal(policies.at(-1)?.['objectId'], azure.principals.operator.objectId);
  });
  await step('keyvault list', async () => {
    assert.deepEqual(namesOf(await az.list('keyvault', 'list')).toSorted(), ['check-own', world.vault]);
    assert.deepEqual(namesOf(await az.list('keyvault', 'list', ...inGroup)).toSorted(), ['check-own', world.vault]);
  });
}

async function useSecrets(az: AzureCli, step: Step): Promise<void> {
  const secret = ['--vault-name', world.vault, '-n', 'check-secret'];
  await step('keyvault secret set', async () => {
    const { value, id } = await az.show('keyvault', 'secret', 'set', ...secret, '--value', 'first');
    assert.equal(value, 'first');
    assert.match(String(id), /\/secrets\/check-secret\/[0-9a-f]{32}$/);
  });
  await step('keyvault secret show', async () => {
    await az.show('keyvault', 'secret', 'set', ...secret, '--value', 'second');
    assert.equal((await az.show('keyvault', 'secret', 'show', ...secret))['value'], 'second');
  });
  await step('keyvault secret list', async () => {
    assert.deepEqual(namesOf(await az.list('keyvault', 'secret', 'list', '--vault-name', world.vault)), [
      'check-secret',
    ]);
    assert.equal((await az.list('keyvault', 'secret', 'list-versions', ...secret)).length, 2);
  });
  await step('keyvault secret delete', async () => {
    await az.show('keyvault', 'secret', 'delete', ...secret);
    await until(async () => {
      const deleted = await az.list('keyvault', 'secret', 'list-deleted', '--vault-name', world.vault);
      return namesOf(deleted).includes('check-secret');
    });
    assert.match(await az.refusal('keyvault', 'secret', 'show', ...secret), /SecretNotFound/);
  });
  await step('keyvault secret recover', async () => {
    await az.show('keyvault', 'secret', 'recover', ...secret);
    await until(
      async () => namesOf(await az.list('keyvault', 'secret', 'list', '--vault-name', world.vault)).length === 1,
    );
    await until(() => az.show('keyvault', 'secret', 'show', ...secret).then(({ value }) => value === 'second'));
  });
}

async function audit(az: AzureCli, { subscriptionId }: LocalAzureReady, step: Step): Promise<void> {
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${world.group}`;
  const vault = `${group}/providers/Microsoft.KeyVault/vaults/${world.vault}`;
  await step('storage account create', async () => {
    const kind = ['--sku', 'Standard_ZRS', '--kind', 'StorageV2'];
    const made = await az.show('storage', 'account', 'create', '-n', world.account, ...inGroup, ...location, ...kind);
    assert.equal(made['provisioningState'], 'Succeeded');
  });
  await step('storage account check-name', async () => {
    const { reason } = await az.show('storage', 'account', 'check-name', '-n', world.account);
    assert.equal(reason, 'AlreadyExists');
  });
  await step('monitor diagnostic-settings create', async () => {
    const account = `${group}/providers/Microsoft.Storage/storageAccounts/${world.account}`;
    const logs = ['--logs', JSON.stringify([{ category: 'AuditEvent', enabled: true }])];
    const command = ['monitor', 'diagnostic-settings', 'create', '-n', 'audit'];
    await az.show(...command, '--resource', vault, '--storage-account', account, ...logs);
    const [setting] = await az.list('monitor', 'diagnostic-settings', 'list', '--resource', vault);
    assert.equal(setting?.['name'], 'audit');
  });
  await step('keyvault secret show, for the audit log', async () => {
    const { value } = await az.show('keyvault', 'secret', 'show', '--vault-name', world.vault, '-n', 'check-secret');
    assert.equal(value, 'second');
  });
  await step('resource list', async () => {
    const ofType = await az.list('resource', 'list', '--resource-type', 'Microsoft.Storage/storageAccounts');
    assert.deepEqual(namesOf(ofType), [world.account]);
    const inGroupOnly = namesOf(await az.list('resource', 'list', ...inGroup));
    assert.deepEqual(inGroupOnly.toSorted(), [world.account, world.device, 'check-own', world.vault].toSorted());
  });
  await step('resource show', async () => {
    const { type } = await az.show('resource', 'show', '--ids', vault);
    assert.equal(type, 'Microsoft.KeyVault/vaults');
  });
}

async function lockAndDelete(az: AzureCli, step: Step): Promise<void> {
  const place = [...inGroup, '--resource', world.vault, '--resource-type', 'Microsoft.KeyVault/vaults'];
  await step('lock create', async () => {
    await az.show('lock', 'create', '-n', 'keep', '-t', 'CanNotDelete', ...place);
    assert.equal((await az.show('lock', 'show', '-n', 'keep', ...place))['level'], 'CanNotDelete');
    assert.deepEqual(namesOf(await az.list('lock', 'list')), ['keep']);
    assert.deepEqual(namesOf(await az.list('lock', 'list', ...place)), ['keep']);
  });
  await step('keyvault delete is refused by the lock', async () => {
    assert.match(await az.refusal('keyvault', 'delete', '-n', world.vault), /ScopeLocked/);
  });
  await step('group delete is refused by the lock', async () => {
    assert.match(await az.refusal('group', 'delete', '-n', world.group, '--yes'), /ScopeLocked/);
  });
  await step('lock delete', async () => {
    await az.show('lock', 'delete', '-n', 'keep', ...place);
    assert.deepEqual(await az.list('lock', 'list', ...inGroup), []);
  });
  await step('keyvault delete', async () => {
    await az.show('keyvault', 'delete', '-n', world.vault, ...inGroup);
    const deleted = await az.list('keyvault', 'list-deleted', '--resource-type', 'vault');
    assert.deepEqual(namesOf(deleted), [world.vault]);
  });
  await step('keyvault recover', async () => {
    const { properties } = await az.show('keyvault', 'recover', '-n', world.vault);
    assert.equal((properties as { accessPolicies: unknown[] }).accessPolicies.length, 3);
  });
  await step('keyvault purge', async () => {
    await az.show('keyvault', 'delete', '-n', 'check-own');
    await az.show('keyvault', 'purge', '-n', 'check-own');
    assert.deepEqual(await az.list('keyvault', 'list-deleted', '--resource-type', 'vault'), []);
  });
}

function namesOf(entries: readonly Output[]): string[] {
  return entries.map(({ name }) => String(name));
}

/** Looks again for as long as the slow things of Azure take. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('It did not become so within 30 s.');
    await delay(200);
  }
}
