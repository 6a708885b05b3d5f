import assert from 'node:assert/strict';
import type { AzureCli } from '../azure-cli.ts';
import type { Step } from '../step.ts';
import { namesOf, until } from './output.ts';
import { world } from './world.ts';

export async function useSecrets(az: AzureCli, step: Step): Promise<void> {
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
