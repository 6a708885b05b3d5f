import type { Azure } from '../azure/clients.ts';
import { sameId, type Device, type DeviceLink } from '../domain/device.ts';
import { NotYet } from '../domain/failures.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import type { ChannelIntegrityKeyRef } from '../domain/secrets.ts';
import { assertStillToActivate } from './device.ts';
import { readKeyVaultInHand } from './key-vault-in-hand.ts';
import { linkOf, readLink } from '../azure/read.ts';

type LinkInput = { device: Device; keyVault: KeyVaultRef; channelIntegrityKey: ChannelIntegrityKeyRef };

export const createDeviceLinks = (azure: Azure) => ({
  /** The device's record names its vault and the version of its channel integrity key. Azure checks neither (recorded). */
  async linkDevice({ device, keyVault, channelIntegrityKey }: LinkInput): Promise<void> {
    await assertStillToActivate(azure, device);
    await readKeyVaultInHand(azure, device, keyVault);
    await writeLink(azure, device, { keyVault, channelIntegrityKey });
  },
});

/** Written where it differs; Azure answers with the record as it is then (recorded). @throws NotYet NotInEffect */
export const writeLink = async (
  azure: Azure,
  device: Device,
  { keyVault, channelIntegrityKey }: Omit<LinkInput, 'device'>,
): Promise<void> => {
  const wanted = { keyVault, channelIntegrityKey };
  if (leadsTo(await readLink(azure, device), wanted)) return;
  const { devices } = azure.subscription(device.subscriptionId);
  const written = await devices.updateExtendedInformation(device.name, device.resourceGroup, {
    clientSecretStoreId: keyVault.id,
    clientSecretStoreUrl: keyVault.uri,
    channelIntegrityKeyName: channelIntegrityKey.name,
    channelIntegrityKeyVersion: channelIntegrityKey.version,
  });
  if (leadsTo(linkOf(written), wanted)) return;
  throw new NotYet('NotInEffect', `the link of the device "${device.name}" is not visible yet`, 2000);
};

const leadsTo = (link: DeviceLink, { keyVault, channelIntegrityKey }: Omit<LinkInput, 'device'>): boolean =>
  sameId(link.vaultId, keyVault.id) &&
  sameId(link.vaultUri, keyVault.uri) &&
  link.keyName === channelIntegrityKey.name &&
  link.keyVersion === channelIntegrityKey.version;
