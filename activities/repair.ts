import type { Azure } from '../azure/clients.ts';
import { sameId, type Device } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import { channelIntegrityKeyName } from '../domain/names.ts';
import { completeTags, type Profile } from '../domain/profile.ts';
import { electChannelIntegrityKey, type ChannelIntegrityKeyRef } from '../domain/secrets.ts';
import { assertSameIdentity, writeLink } from './device.ts';
import { readKeyVaultInHand, readOwnKeyVault } from './key-vault-in-hand.ts';
import { readLink } from '../azure/read.ts';
import { readVersions } from './activation-key.ts';
import { mergeTags } from './access-policies.ts';

type RepairInput = { device: Device; keyVault: KeyVaultRef };

/** Returns the activities of a repair only; its other steps are those that protect a vault. */
export const createRepairs = (azure: Azure, profile: Profile) => ({
  /** Our tags and the required ones on the device's vault, beside those of others. */
  async markKeyVault({ device, keyVault }: RepairInput): Promise<void> {
    await assertSameIdentity(azure, device);
    const vault = await readOwnKeyVault(azure, device, keyVault);
    await mergeTags(azure, device, vault, completeTags(vault.tags, device, profile));
  },

  /** The device's record names its vault again, with the channel integrity key that lies in it. Neither is ever made here. */
  async relinkDevice({ device, keyVault }: RepairInput): Promise<void> {
    await assertSameIdentity(azure, device);
    await readKeyVaultInHand(azure, device, keyVault);
    const channelIntegrityKey = await findChannelIntegrityKey(azure, device, keyVault);
    await writeLink(azure, device, { keyVault, channelIntegrityKey });
  },
});

/** The one that the record names, if it is this vault's; else the one that every activation would elect. */
const findChannelIntegrityKey = async (
  azure: Azure,
  device: Device,
  keyVault: KeyVaultRef,
): Promise<ChannelIntegrityKeyRef> => {
  const link = await readLink(azure, device);
  const recorded = sameId(link.vaultId, keyVault.id) ? link : {};
  const name = recorded.keyName ?? channelIntegrityKeyName(device, device.principalId);
  // Never another one than the device knows, whatever has become of it in the vault.
  if (recorded.keyName !== undefined && recorded.keyVersion !== undefined) {
    return { name, version: recorded.keyVersion };
  }
  const { versions } = await readVersions(azure.secrets(keyVault), name);
  const election = electChannelIntegrityKey(versions, sameId(link.keyName, name) ? link.keyVersion : undefined);
  if (election !== 'none') return { name, version: election.winner.version };
  throw new Refusal('CikMissing', `the vault "${keyVault.name}" contains no enabled version of "${name}"`, { name });
};
