import assert from 'node:assert/strict';
import type { AzureCli } from '../azure-cli.ts';
import type { Step } from '../step.ts';
import { namesOf } from './output.ts';
import { inGroup, world } from './world.ts';

export async function lockAndDelete(az: AzureCli, step: Step): Promise<void> {
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
