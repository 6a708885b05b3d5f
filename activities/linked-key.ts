import type { Azure } from '../azure/clients.ts';
import type { Device } from '../domain/device.ts';
import { checkKey, keyToLookFor, type KeyCheck, type KeyPlace } from '../domain/key-check.ts';
import { readKeyVaultInHand } from './key-vault-in-hand.ts';
import { isSecretDeleted, readLink } from '../azure/read.ts';
import { readVersions } from './secret-versions.ts';

export const createLinkedKeys = (azure: Azure) => ({
  /** Reads only: whether the channel integrity key of the device's record is in the vault, as the record names it. */
  async checkChannelIntegrityKey(input: KeyPlace & { device: Device }): Promise<KeyCheck> {
    await readKeyVaultInHand(azure, input.device, input.keyVault);
    const key = keyToLookFor(await readLink(azure, input.device), input);
    if ('state' in key) return key;
    const secrets = azure.secrets(input.keyVault);
    const { versions } = await readVersions(secrets, key.name);
    const isDeleted = await isSecretDeleted(secrets, key.name);
    return checkKey(key, input, { versions, isDeleted });
  },
});
