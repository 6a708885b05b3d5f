/** Reading an activation key with the caller's own rights to the vault. Temporal has no part in it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { KeyVaultSecret } from '@azure/keyvault-secrets';
import type { Azure } from '../azure/clients.ts';
import { readAzureError } from '../azure/errors.ts';
import { observe } from '../azure/observe.ts';
import type { Config } from '../config.ts';
import { holdsAtLeast, keyReaderPermissions } from '../domain/access.ts';
import { parseDeviceId, type DeviceId } from '../domain/device.ts';
import type { KeyVault } from '../domain/key-vault.ts';
import { activationKeySecretName } from '../domain/names.ts';
import { keyTags, type ActivationKeyRef } from '../domain/secrets.ts';
import { explainAzure, openAzure } from './azure.ts';
import { deviceOptions } from '../client/commands.ts';
import { AseError, reading } from '../client/errors.ts';
import { say } from './command.ts';
import { findOwnVault } from './own-vault.ts';

export type ActivationKey = {
  /** The secret itself. */
  activationKey: string;
  reference: ActivationKeyRef;
};

/**
 * The device's key in force.
 * @throws AseError NoActivationKey · ActivationKeyExpired · MissingPermission · CredentialRefused · AzureUnreachable
 */
export const readActivationKey = async (config: Config, deviceId: string): Promise<ActivationKey> => {
  const device = reading(() => parseDeviceId(deviceId));
  const azure = await openAzure(config);
  const { vault } = (await findOwnVault(azure, device)) ?? {};
  if (!vault) throw noVault(device, config);
  const { secret, now } = await readOnceGranted(azure, vault, device, config);
  const { id = '', version = '', expiresOn, tags } = secret.properties;
  if (!secret.value) throw noKey(device, config, `the secret ${id} is empty`);
  if ((expiresOn?.getTime() ?? Infinity) <= now) {
    throw new AseError(
      'ActivationKeyExpired',
      `the activation key of ${device.name} expired at ${expiresOn?.toISOString()}`,
      generateAgain(device, config),
    );
  }
  return {
    activationKey: secret.value,
    reference: {
      secretId: id,
      version,
      fingerprint: tags?.[keyTags.fingerprint] ?? '',
      expiresOn: expiresOn?.toISOString() ?? '',
    },
  };
};

const grantTakesEffect = { every: 2_000, within: 120_000 };

/** Access that was granted a moment ago is refused until it takes effect; access that was never granted is refused at once. */
const readOnceGranted = async (
  azure: Azure,
  vault: KeyVault,
  device: DeviceId,
  config: Config,
): Promise<ReadSecret> => {
  const until = Date.now() + grantTakesEffect.within;
  for (let told = false; ; told = true) {
    try {
      return await readSecret(azure, vault.uri, device, config);
    } catch (error) {
      const mayPass =
        error instanceof AseError && error.type === 'MissingPermission' && (await isGranted(azure, vault));
      if (!mayPass || Date.now() > until) throw error;
      if (!told) say('Your access to the vault was granted a moment ago; waiting until it takes effect');
      await delay(grantTakesEffect.every);
    }
  }
};

const isGranted = async (azure: Azure, { accessPolicies }: KeyVault): Promise<boolean> => {
  const objectId = await azure.callerObjectId();
  return accessPolicies.some(({ tenantId }) =>
    holdsAtLeast(accessPolicies, { tenantId, objectId, secrets: keyReaderPermissions }),
  );
};

type ReadSecret = { secret: KeyVaultSecret; now: number };

/** The newest version is the one in force: older ones are disabled when it is made. A key reader may get, not list. */
const readSecret = async (azure: Azure, vaultUri: string, device: DeviceId, config: Config): Promise<ReadSecret> => {
  const { observed, onResponse } = observe();
  try {
    const secret = await azure.secrets({ uri: vaultUri }).getSecret(activationKeySecretName, { onResponse });
    return { secret, now: observed.date ?? Date.now() };
  } catch (error) {
    const code = readAzureError(error)?.innerCode ?? readAzureError(error)?.code;
    if (code === 'SecretNotFound') throw noKey(device, config, `${vaultUri} holds no activation key`);
    if (code === 'SecretDisabled') throw noKey(device, config, `the activation key in ${vaultUri} has been disabled`);
    throw explainAzure(
      error,
      `You need the permission "get" on secrets of ${vaultUri}: add your object id to ASE_KEY_READERS of the worker and run key generate again, or have an access policy added.`,
    );
  }
};

const noKey = (device: DeviceId, config: Config, message: string): AseError =>
  new AseError('NoActivationKey', message, generateAgain(device, config));

/** Who may not list deleted vaults cannot be told which of the two it is. */
const noVault = (device: DeviceId, config: Config): AseError =>
  new AseError(
    'NoActivationKey',
    `no key vault in ${device.resourceGroup} belongs to ${device.name}`,
    `${generateAgain(device, config)}. If its vault was deleted: ase vault recover ${deviceOptions(device, config)}`,
  );

const generateAgain = (device: DeviceId, config: Config): string =>
  `Make one: ase key generate ${deviceOptions(device, config)}`;
