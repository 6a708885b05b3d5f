import assert from 'node:assert/strict';
import type { LocalAzureReady } from '../../stack/local-azure.ts';
import type { AzureCli, Output } from '../azure-cli.ts';
import type { Step } from '../step.ts';
import { namesOf } from './output.ts';
import { inGroup, location, world } from './world.ts';

export async function makeVaults(az: AzureCli, azure: LocalAzureReady, step: Step): Promise<void> {
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
