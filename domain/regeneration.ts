/** What it takes to give a device a new activation key, and why not. */
import { parseDeviceId, readRequestId, type Device, type DeviceId, type DeviceLink } from './device.ts';
import { Refusal } from './failures.ts';
import { flag, plainObject, shortText } from './inputs.ts';
import { accepted, chooseKeyVaultName, type ChosenName } from './key-vault.ts';
import {
  keyTags,
  versionOfRequest,
  type ChannelIntegrityKeyRef,
  type KeyInHand,
  type SecretVersion,
} from './secrets.ts';
import type { VaultWhereabouts } from './recovery.ts';

/** Input of `regenerateActivationKey`. */
export type RegenerateActivationKeyInput = {
  /** ARM id of the device resource, in any letter case. */
  deviceId: string;
  /** Whether a key that is still good may be made useless by the new one. Default: false, the procedure then fails. */
  supersede?: boolean;
  /** Who asked, for the people who read the history. */
  requestedBy?: string;
  /**
   * Names the request: it is given one key, however often it is made. 1 to 64 printable ASCII characters without spaces, in
   * plain text in a tag of the key.
   */
  requestId?: string;
};

/** The input with its defaults in place. */
export type RegenerationRequest = Required<Pick<RegenerateActivationKeyInput, 'deviceId' | 'supersede'>> &
  Pick<RegenerateActivationKeyInput, 'requestedBy' | 'requestId'>;

const fields = ['deviceId', 'supersede', 'requestedBy', 'requestId'];

/** @throws Refusal InvalidInput, saying what to type instead */
export const readRegenerationInput = (input: unknown): RegenerationRequest => {
  const { deviceId, supersede, requestedBy, requestId } = plainObject(input, fields);
  return {
    deviceId: parseDeviceId(deviceId).id,
    supersede: flag('supersede', supersede),
    ...(requestedBy === undefined ? {} : { requestedBy: shortText('requestedBy', requestedBy) }),
    ...(requestId === undefined ? {} : { requestId: readRequestId(requestId) }),
  };
};

/** The contents of the device's record: its vault, and the version of its channel integrity key. */
export type LinkedKey = { keyVaultName: string; channelIntegrityKey: ChannelIntegrityKeyRef };

/** @throws Refusal NothingToRegenerate · VaultElsewhere */
export const linkedKeyOf = (device: Device, link: DeviceLink): LinkedKey => {
  const { vaultId, keyName, keyVersion } = link;
  if (vaultId === undefined || keyName === undefined || keyVersion === undefined) {
    const missing = vaultId === undefined ? 'key vault' : 'channel integrity key';
    throw new Refusal('NothingToRegenerate', `the device "${device.name}" is not linked to a ${missing}`);
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
      const message = `${vault} was deleted${at(' on ', deletedOn)} and is recoverable${at(' until ', purgedOn)}`;
      return new Refusal('VaultDeleted', message, { keyVaultName: name, deletedOn, purgedOn });
    }
    case 'deleted elsewhere': {
      const { vaultId, purgedOn } = whereabouts.deleted;
      const message = `${vault} is gone; a vault with its name was deleted elsewhere: ${vaultId}${at(', recoverable until ', purgedOn)}`;
      return new Refusal('VaultElsewhere', message, { keyVaultId: vaultId });
    }
    case 'moved':
      return new Refusal('VaultElsewhere', `${vault} was moved to ${whereabouts.vaultId}`, {
        keyVaultId: whereabouts.vaultId,
      });
    case 'gone':
      return new Refusal('NothingToRegenerate', `${vault} is gone: it was purged or never created`);
    case 'unknown': {
      const { missing } = whereabouts;
      return new Refusal('MissingPermission', `the worker needs ${missing} to find ${vault}`, {
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
    `the activation key with the fingerprint ${fingerprint} is valid until ${until}; a new key would invalidate it`,
    { fingerprint, expiresOn: until },
  );
};

/**
 * Returns the key that a request received before, whether it is valid, used or expired now. Undefined for a request
 * without a key, and for a call without a request id.
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
    `the request "${requestId}" received the activation key with the fingerprint ${fingerprint}, which is disabled: a later key has replaced it`,
    { fingerprint },
  );
};
