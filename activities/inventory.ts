import type { SecretProperties } from '@azure/keyvault-secrets';
import type { Azure, Secrets } from '../azure/clients.ts';
import { wentMeanwhile } from '../domain/deletion.ts';
import type { DeviceId } from '../domain/device.ts';
import { inventoryOf, type Inventory, type ListedSecret } from '../domain/inventory.ts';
import { Refusal } from '../domain/failures.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import { keyTags } from '../domain/secrets.ts';
import { readLocksOver } from './locks.ts';
import { findKeyVaultInHand } from './key-vault-in-hand.ts';

type InventoryInput = {
  device: DeviceId;
  keyVault: KeyVaultRef;
  /** As the record of the device names it. */
  channelIntegrityKeyName?: string;
  /** As every activation of the device names it. */
  derivedKeyName?: string;
};

export const createInventories = (azure: Azure) => ({
  /** Names and ids only: what a person must know before agreeing to the deletion of a vault. */
  async takeInventory(input: InventoryInput): Promise<Inventory> {
    const { device, keyVault, channelIntegrityKeyName: linked, derivedKeyName: derived } = input;
    if ((await findKeyVaultInHand(azure, device, keyVault)) === 'absent') {
      throw new Refusal('KeyVaultNotFound', wentMeanwhile(keyVault.name));
    }
    const secrets = azure.secrets(keyVault.uri);
    const listed: ListedSecret[] = [];
    for await (const { name } of secrets.listPropertiesOfSecrets()) listed.push(await withVersions(secrets, name));
    return inventoryOf(listed, await readLocksOver(azure, device, keyVault.id), { linked, derived });
  },
});

const withVersions = async (secrets: Secrets, name: string): Promise<ListedSecret> => {
  const versions = await Array.fromAsync(secrets.listPropertiesOfSecretVersions(name));
  const newest = Math.max(0, ...versions.map(({ createdOn }) => createdOn?.getTime() ?? 0));
  return {
    name,
    versions: versions.map(({ version = '' }: SecretProperties) => version),
    madeWith: versions.map(({ tags }) => tags?.[keyTags.cikVersion]),
    ...(newest === 0 ? {} : { changedOn: new Date(newest).toISOString() }),
  };
};
