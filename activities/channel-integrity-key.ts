import { newChannelIntegrityKey } from '../azure/activation-key.ts';
import type { Azure, Secrets } from '../azure/clients.ts';
import { readAzureError } from '../azure/errors.ts';
import { isSecretDeleted, readLink } from '../azure/read.ts';
import { type Device, type DeviceLink, sameId } from '../domain/device.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import { channelIntegrityKeyName } from '../domain/names.ts';
import { isTaggedForAnother, ownershipTags } from '../domain/ownership.ts';
import {
  type ChannelIntegrityKeyRef,
  type Election,
  type KeyCheck,
  type KeyPlace,
  checkKey,
  electChannelIntegrityKey,
  keyToLookFor,
} from '../domain/secrets.ts';
import { disableVersions, readVersions } from './activation-key.ts';
import { awaitEarlierAttempts } from './call.ts';
import { assertStillToActivate } from './device.ts';
import { readKeyVaultInHand } from './key-vault-in-hand.ts';

type CikInput = { device: Device; keyVault: KeyVaultRef };
/** What the device's record names. */
type Recorded = { channelIntegrityKey: ChannelIntegrityKeyRef };

export const createChannelIntegrityKeys = (azure: Azure) => ({
  /** One key for the life of the device. The value is made, stored and forgotten here; only its reference is returned. */
  async ensureChannelIntegrityKey({ device, keyVault }: CikInput): Promise<ChannelIntegrityKeyRef> {
    await readKeyVaultInHand(azure, device, keyVault);
    const link = await readLink(azure, device);
    const secrets = azure.secrets(keyVault);
    const recorded = sameId(link.vaultId, keyVault.id) ? await withoutAnothersKey(secrets, device, link) : {};
    const name = recorded.keyName ?? channelIntegrityKeyName(device, device.principalId);
    const elect = async () =>
      electChannelIntegrityKey((await readVersions(secrets, name)).versions, recorded.keyVersion);
    const election = await elect();
    const { winner, losers } =
      election === 'none' ? await placeKey(azure, device, link, secrets, name, elect) : election;
    await disableVersions(secrets, name, losers);
    return { name, version: winner.version };
  },

  /** The version that the device's record names is in the vault and enabled. `since`: the time by the vault's clock, ISO. */
  async assertChannelIntegrityKey(input: CikInput & Recorded): Promise<{ since: string }> {
    const { name, version } = input.channelIntegrityKey;
    const secrets = azure.secrets(input.keyVault);
    const { versions, now } = await readVersions(secrets, name);
    const recorded = versions.find((found) => found.version === version);
    if (recorded?.enabled) return { since: new Date(now).toISOString() };
    if (await isSecretDeleted(secrets, name)) throw softDeleted(name);
    const state = recorded ? 'is disabled' : `is not in the vault "${input.keyVault.name}"`;
    throw new Refusal('CikMissing', `the version ${version} of the channel integrity key "${name}" ${state}`, { name });
  },
});

/** A record that was copied from another device may name that one's key, which lies in this vault as well. */
const withoutAnothersKey = async (secrets: Secrets, device: Device, link: DeviceLink): Promise<DeviceLink> => {
  const { keyName } = link;
  if (keyName === undefined || sameId(keyName, channelIntegrityKeyName(device, device.principalId))) return link;
  const { versions } = await readVersions(secrets, keyName);
  return versions.some(({ tags }) => isTaggedForAnother(tags, device)) ? {} : link;
};

const placeKey = async (
  azure: Azure,
  device: Device,
  link: DeviceLink,
  secrets: Secrets,
  name: string,
  elect: () => Promise<Election>,
): Promise<Exclude<Election, 'none'>> => {
  awaitEarlierAttempts();
  // A new key would make everything that an activated device has encrypted unreadable.
  if (link.keyVersion !== undefined) await assertStillToActivate(azure, device);
  try {
    await secrets.setSecret(name, newChannelIntegrityKey(), { tags: ownershipTags(device) });
  } catch (error) {
    if (readAzureError(error)?.type !== 'SecretSoftDeleted') throw error;
    throw softDeleted(name);
  }
  const election = await elect();
  if (election === 'none') throw new NotYet('NotInEffect', `the secret "${name}" is written and not visible yet`, 1000);
  return election;
};

const softDeleted = (name: string): Refusal =>
  new Refusal('CikSoftDeleted', `the channel integrity key "${name}" is deleted and recoverable`, { name });

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
