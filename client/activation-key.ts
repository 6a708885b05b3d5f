/** Reading an activation key with the caller's own rights to the vault. Temporal has no part in it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { KeyVaultSecret } from '@azure/keyvault-secrets';
import type { Azure } from '../azure/clients.ts';
import { readAzureError } from '../azure/errors.ts';
import { observe } from '../azure/pipeline.ts';
import { holdsAtLeast, keyReaderPermissions } from '../domain/access.ts';
import type { DeviceId } from '../domain/device.ts';
import type { KeyVault } from '../domain/key-vault.ts';
import { activationKeySecretName } from '../domain/names.ts';
import { keyTags, type ActivationKeyRef } from '../domain/secrets.ts';
import type { Action } from './actions.ts';
import { explainAzure, noVault, openAzure, type OwnRights, findOwnVault } from './own-vault.ts';
import { AseError } from './errors.ts';

export type ActivationKey = {
  /** The secret itself. */
  activationKey: string;
  reference: ActivationKeyRef;
};

export type ShowOptions = OwnRights & {
  /** Told once when access was granted a moment ago: it is waited for up to two minutes until it takes effect. */
  onGrantPending?: () => void;
};

export const showActivationKey = async (device: DeviceId, options: ShowOptions): Promise<ActivationKey> => {
  const azure = await openAzure(options.config);
  const { vault } = (await findOwnVault(azure, device)) ?? {};
  if (!vault) throw await noVault(azure, device, 'NoActivationKey');
  const { secret, now } = await readOnceGranted(azure, vault, device, options);
  const { id = '', version = '', expiresOn, tags } = secret.properties;
  if (!secret.value) throw noKey(device, `the secret ${id} is empty`);
  if ((expiresOn?.getTime() ?? Infinity) <= now) {
    const message = `the activation key of ${device.name} expired at ${expiresOn?.toISOString()}`;
    throw new AseError('ActivationKeyExpired', message, generateAgain, { actions: [generate(device)] });
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
  { onGrantPending = () => undefined }: ShowOptions,
): Promise<ReadSecret> => {
  const until = Date.now() + grantTakesEffect.within;
  for (let told = false; ; told = true) {
    try {
      return await readSecret(azure, vault.uri, device);
    } catch (error) {
      const mayPass =
        error instanceof AseError && error.type === 'MissingPermission' && (await isGranted(azure, vault));
      if (!mayPass || Date.now() > until) throw error;
      if (!told) onGrantPending();
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
const readSecret = async (azure: Azure, vaultUri: string, device: DeviceId): Promise<ReadSecret> => {
  const { observed, onResponse } = observe();
  try {
    const secret = await azure.secrets({ uri: vaultUri }).getSecret(activationKeySecretName, { onResponse });
    return { secret, now: observed.date ?? Date.now() };
  } catch (error) {
    const code = readAzureError(error)?.innerCode ?? readAzureError(error)?.code;
    if (code === 'SecretNotFound') throw noKey(device, `${vaultUri} holds no activation key`);
    if (code === 'SecretDisabled') throw noKey(device, `the activation key in ${vaultUri} has been disabled`);
    const refused = `You need the permission "get" on secrets of ${vaultUri}: add your object id to ASE_KEY_READERS of the worker and generate a key again, or have an access policy added.`;
    // The answer hangs on the error of Azure's client, and the key may be in it: that error goes no further.
    throw explainAzure(error, refused, {});
  }
};

const generateAgain = 'Generate another one.';
const generate = ({ id: deviceId }: DeviceId): Action => ({ action: 'generateActivationKey', deviceId });

const noKey = (device: DeviceId, message: string): AseError =>
  new AseError('NoActivationKey', message, generateAgain, { actions: [generate(device)] });
