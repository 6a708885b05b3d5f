import { Context } from '@temporalio/activity';
import { assembleActivationKey, fingerprintOf } from '../azure/activation-key.ts';
import type { Azure, Secrets } from '../azure/clients.ts';
import { readAzureError } from '../azure/errors.ts';
import type { Device } from '../domain/device.ts';
import { NotYet } from '../domain/failures.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import { activationKeySecretName } from '../domain/names.ts';
import { settleTime } from '../domain/pace.ts';
import {
  findLiveKey,
  keyTags,
  type ActivationKeyRef,
  type ChannelIntegrityKeyRef,
  type KeyInHand,
  type SecretVersion,
} from '../domain/secrets.ts';
import { recall, remember } from './call.ts';
import { disableVersions, readVersions } from './secret-versions.ts';

type IssueInput = {
  device: Device;
  keyVault: KeyVaultRef;
  channelIntegrityKey: ChannelIntegrityKeyRef;
  /** Names the operation across resets of its workflow. */
  attempt: string;
};

type LiveKey = Extract<KeyInHand, { state: 'live' }>;

/**
 * Kept between attempts: nothing of attempts up to this one can land any more. An attempt that dies says nothing, so what
 * is unknown never counts as settled, however late a heartbeat reaches the server.
 */
type Progress = { settledUpTo: number };

export const createActivationKeys = (azure: Azure) => ({
  /**
   * The key in force, made only if there is none: a new key makes the older one useless (assumed), so a key is never
   * made while an earlier attempt may still make one. The key itself stays in the vault.
   */
  async issueActivationKey(input: IssueInput): Promise<ActivationKeyRef> {
    const secrets = azure.secrets(input.keyVault.uri);
    try {
      const inHand = await readKeyInHand(secrets, input);
      const { current, older } = inHand.state === 'live' ? inHand : await makeKey(azure, secrets, input);
      await disableVersions(secrets, activationKeySecretName, older);
      return refOf(input.keyVault, current);
    } catch (error) {
      // An answer, even a bad one, is an end: nothing of this attempt can land later.
      if (readAzureError(error)?.status !== undefined && earlierAttemptsSettled()) settleThisAttempt();
      throw error;
    }
  },
});

const readKeyInHand = async (secrets: Secrets, { channelIntegrityKey }: IssueInput): Promise<KeyInHand> => {
  const { versions, now } = await readVersions(secrets, activationKeySecretName);
  return findLiveKey(versions, channelIntegrityKey.version, now);
};

const makeKey = async (azure: Azure, secrets: Secrets, input: IssueInput): Promise<LiveKey> => {
  waitForEarlierAttempts();
  await issue(azure, secrets, input);
  // Read back: a write that was delivered twice has made two versions.
  const made = await readKeyInHand(secrets, input);
  if (made.state === 'live') return made;
  throw new NotYet('NotInEffect', 'the activation key that was stored does not show yet', 1000);
};

const issue = async (azure: Azure, secrets: Secrets, input: IssueInput): Promise<void> => {
  const { device, channelIntegrityKey } = input;
  const { devices } = azure.subscription(device.subscriptionId);
  const cik = await secrets.getSecret(channelIntegrityKey.name, { version: channelIntegrityKey.version });
  const pair = await devices.generateCertificate(device.name, device.resourceGroup);
  const upload = await devices.uploadCertificate(device.name, device.resourceGroup, {
    certificate: present(pair.publicKey, 'publicKey'),
  });
  const key = assembleActivationKey({
    subscriptionId: device.subscriptionId,
    resourceGroup: device.resourceGroup,
    deviceName: device.name,
    location: device.location,
    managementCertificate: present(pair.privateKey, 'privateKey'),
    serviceDataIntegrityKey: present(cik.value, 'value'),
    upload,
  });
  await storeKey(secrets, input, key, present(pair.expiryTimeInUTC, 'expiryTimeInUTC'));
};

const storeKey = async (secrets: Secrets, input: IssueInput, key: string, expiresOn: string): Promise<void> => {
  const tags = {
    [keyTags.fingerprint]: fingerprintOf(key),
    [keyTags.attempt]: input.attempt,
    [keyTags.cikVersion]: input.channelIntegrityKey.version,
  };
  // The certificate inside the key ends with it: three days after it was made (recorded).
  await secrets.setSecret(activationKeySecretName, key, { expiresOn: new Date(expiresOn), tags });
};

/**
 * An attempt whose end was not reported may still be on its way to Azure. It is given the longest time in which a
 * request can take effect; then the vault is looked at again, and the key it made, if any, is the one in force.
 */
const waitForEarlierAttempts = (): void => {
  if (earlierAttemptsSettled()) return;
  settleThisAttempt();
  throw new NotYet(
    'EarlierAttemptUnsettled',
    `an earlier attempt may still land; waiting ${settleTime / 1000} s before another key is made`,
    settleTime,
  );
};

const earlierAttemptsSettled = (): boolean => {
  const { settledUpTo } = (recall() ?? { settledUpTo: 0 }) as Progress;
  return settledUpTo >= Context.current().info.attempt - 1;
};

const settleThisAttempt = (): void => remember({ settledUpTo: Context.current().info.attempt } satisfies Progress);

const refOf = ({ uri }: KeyVaultRef, { version, tags, expiresOn }: SecretVersion): ActivationKeyRef => ({
  secretId: `${uri.replace(/\/$/, '')}/secrets/${activationKeySecretName}/${version}`,
  version,
  fingerprint: tags[keyTags.fingerprint] ?? '',
  expiresOn: new Date(expiresOn ?? 0).toISOString(),
});

const present = <T>(value: T | undefined, field: string): T => {
  if (value === undefined) throw new Error(`Azure answered without ${field}`);
  return value;
};
