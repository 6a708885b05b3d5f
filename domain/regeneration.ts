/** What it takes to give a device a new activation key, and why not. */
import type { Device, DeviceId, DeviceLink } from './device.ts';
import { Refusal } from './failures.ts';
import { accepted, chooseKeyVaultName, type ChosenName } from './key-vault.ts';
import {
  keyTags,
  versionOfRequest,
  type ChannelIntegrityKeyRef,
  type KeyInHand,
  type SecretVersion,
} from './secrets.ts';
import type { VaultWhereabouts } from './vault-whereabouts.ts';

/** What the device's record promises: its vault, and the version of its channel integrity key. */
export type LinkedKey = { keyVaultName: string; channelIntegrityKey: ChannelIntegrityKeyRef };

/** @throws Refusal NothingToRegenerate · VaultElsewhere */
export const linkedKeyOf = (device: Device, link: DeviceLink): LinkedKey => {
  const { vaultId, keyName, keyVersion } = link;
  if (vaultId === undefined || keyName === undefined || keyVersion === undefined) {
    const missing = vaultId === undefined ? 'key vault' : 'channel integrity key';
    throw new Refusal('NothingToRegenerate', `the device "${device.name}" is linked to no ${missing}`);
  }
  const { name } = accepted<ChosenName>(chooseKeyVaultName(device, link, undefined));
  return { keyVaultName: name, channelIntegrityKey: { name: keyName, version: keyVersion } };
};

/** Why the linked vault cannot be worked with; each whereabouts has another remedy. */
export const explainMissingVault = (
  device: DeviceId,
  name: string,
  whereabouts: Exclude<VaultWhereabouts<unknown>, { state: 'live' }>,
): Refusal => {
  const vault = `the key vault "${name}" of the device "${device.name}"`;
  switch (whereabouts.state) {
    case 'deleted': {
      const { deletedOn, purgedOn } = whereabouts.deleted;
      const message = `${vault} was deleted${at(' on ', deletedOn)} and can be recovered${at(' until ', purgedOn)}`;
      return new Refusal('VaultDeleted', message, { keyVaultName: name, deletedOn, purgedOn });
    }
    case 'deleted elsewhere': {
      const { vaultId, purgedOn } = whereabouts.deleted;
      const message = `${vault} is gone; a vault of this name was deleted in another place, ${vaultId}${at(', until ', purgedOn)}`;
      return new Refusal('VaultElsewhere', message, { keyVaultId: vaultId });
    }
    case 'moved':
      return new Refusal('VaultElsewhere', `${vault} has been moved to ${whereabouts.vaultId}`, {
        keyVaultId: whereabouts.vaultId,
      });
    case 'gone':
      return new Refusal('NothingToRegenerate', `${vault} is gone: it was purged, or never made`);
    case 'unknown': {
      const { missing } = whereabouts;
      return new Refusal('MissingPermission', `what has become of ${vault} cannot be seen without ${missing}`, {
        action: missing,
      });
    }
  }
};

const at = (words: string, time: string | undefined): string => (time === undefined ? '' : `${words}${time}`);

/**
 * A key that is still good is made useless on purpose only.
 * @param operation whose own key is nobody else's
 * @throws Refusal KeyStillLive
 */
export const assertReplaceable = (
  inHand: KeyInHand,
  { supersede, operation }: { supersede: boolean; operation: string },
): void => {
  if (supersede || inHand.state === 'none' || inHand.current.tags[keyTags.operation] === operation) return;
  const { tags, expiresOn = 0 } = inHand.current;
  const fingerprint = tags[keyTags.fingerprint] ?? 'unknown';
  const until = new Date(expiresOn).toISOString();
  throw new Refusal(
    'KeyStillLive',
    `the activation key with the fingerprint ${fingerprint} is good until ${until}; a new one would make it useless`,
    { fingerprint, expiresOn: until },
  );
};

/**
 * The key that a request was given before, whatever has become of it since: in force, used, or expired. Undefined where it
 * was given none, and for a call that names no request.
 * @throws Refusal KeySuperseded
 */
export const keyOfRequest = (
  versions: readonly SecretVersion[],
  requestId: string | undefined,
): SecretVersion | undefined => {
  const given = requestId === undefined ? undefined : versionOfRequest(versions, requestId);
  if (!given || given.enabled) return given;
  const fingerprint = given.tags[keyTags.fingerprint] ?? 'unknown';
  throw new Refusal(
    'KeySuperseded',
    `the request "${requestId}" was given the activation key with the fingerprint ${fingerprint}, which has been disabled since: a later one took its place`,
    { fingerprint },
  );
};
