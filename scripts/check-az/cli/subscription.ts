import assert from 'node:assert/strict';
import type { AzureCli } from '../azure-cli.ts';
import type { Step } from '../step.ts';
import { namesOf, until } from './output.ts';
import { location, world } from './world.ts';

export async function registerProviders(az: AzureCli, step: Step): Promise<void> {
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

export async function makeGroup(az: AzureCli, step: Step): Promise<void> {
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
