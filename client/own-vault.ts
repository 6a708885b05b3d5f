/** The vault of a device, found with the caller's own rights to read resources. */
import { type Azure, createAzure } from '../azure/clients.ts';
import { authorityMismatch, discoverCloud } from '../azure/cloud.ts';
import { createCredential } from '../azure/credential.ts';
import { type AzureError, absentPartIn, isAbsence, readAzureError } from '../azure/errors.ts';
import { findDeletedKeyVaultToShow, findKeyVaultToShow } from '../azure/ownership.ts';
import { type Config, readConfig } from '../config.ts';
import { type Device, type DeviceId, describeAbsence } from '../domain/device.ts';
import { type KeyVaultRef, refOf } from '../domain/key-vault-ref.ts';
import type { KeyVault } from '../domain/key-vault.ts';
import { AseError, type AseErrorType } from './errors.ts';

export const findKeyVault = async (device: DeviceId, { config }: OwnRights): Promise<KeyVaultRef | undefined> => {
  const found = await findOwnVault(await openAzure(config), device);
  return found && refOf(found.vault);
};

export type OwnVault = { device: Device; vault: KeyVault };

/**
 * By all that the caller may see of it: the device's record shows only to those who may do more than read.
 * @throws AseError NotFound for a device that is not there, MissingPermission · CredentialRefused · AzureUnreachable
 */
export const findOwnVault = async (azure: Azure, id: DeviceId): Promise<OwnVault | undefined> => {
  try {
    const device = await readDevice(azure, id);
    const vault = await findKeyVaultToShow(azure, device);
    return vault && { device, vault };
  } catch (error) {
    // A subscription that no vault was ever made in is not registered for them.
    if (isAbsence(error)) return undefined;
    throw explainAzure(error, `Have yourself given the role Reader on the resource group ${id.resourceGroup}.`);
  }
};

/**
 * Returns the error for a device without a live vault. It names a deleted vault only if the caller may list deleted vaults.
 * @param type for the caller of the command
 */
export const noVault = async (azure: Azure, id: DeviceId, type: AseErrorType): Promise<AseError> => {
  const { id: deviceId, resourceGroup, name } = id;
  // A second failure must not hide that there is no vault.
  const deleted = await findDeletedKeyVaultToShow(azure, await readDevice(azure, id)).catch(() => undefined);
  const recover = { action: 'recoverKeyVault', deviceId } as const;
  if (deleted) {
    const until = deleted.purgedOn === undefined ? '' : `, and recoverable until ${deleted.purgedOn}`;
    const message = `the key vault "${deleted.name}" of ${name} is deleted${until}`;
    return new AseError(type, message, 'Recover the vault.', { actions: [recover] });
  }
  return new AseError(
    type,
    `no key vault in ${resourceGroup} belongs to ${name}`,
    'Generate a key, which creates a vault. If the vault was deleted, recover it instead.',
    { actions: [{ action: 'generateActivationKey', deviceId }, recover] },
  );
};

const readDevice = async (azure: Azure, id: DeviceId): Promise<Device> => {
  const { devices } = azure.subscription(id.subscriptionId);
  const found = await devices.get(id.name, id.resourceGroup).catch((error: unknown) => {
    const absent = absentPartIn(error);
    throw absent ? new AseError('NotFound', describeAbsence(id, absent), checkId) : error;
  });
  const { principalId = '', tenantId = '' } = found.identity ?? {};
  return { ...id, location: found.location, principalId, tenantId };
};

const checkId = 'Check subscription, resource group and name.';

// Azure with the caller's own credential, never with the worker's.

/** For each request; a person waits. */
const requestTimeout = 20_000;

/** A caller that reads with its own rights, from the variables of `DefaultAzureCredential` or the sign-in of `az`. */
export type OwnRights = {
  /** Which cloud; default: as the environment says. */
  config?: Pick<Config, 'armEndpoint' | 'authorityHost'>;
};

/** @throws AseError AzureUnreachable · ConfigError for a wrong value in the environment */
export const openAzure = async (config: OwnRights['config'] = readConfig()): Promise<Azure> => {
  const { armEndpoint, authorityHost } = config;
  const cloud = await discoverCloud(armEndpoint).catch((error: Error) => {
    throw new AseError(
      'AzureUnreachable',
      `cannot read the cloud's endpoints from ${armEndpoint}: ${error.message}`,
      'Check ASE_ARM_ENDPOINT, the network, and NODE_EXTRA_CA_CERTS for a certificate authority of your own.',
      { cause: error },
    );
  });
  const mismatch = authorityMismatch(cloud, authorityHost);
  if (mismatch) {
    const hint = 'Set both for the same cloud, or unset AZURE_AUTHORITY_HOST.';
    throw new AseError('AzureUnreachable', mismatch, hint);
  }
  const signal = (): AbortSignal => AbortSignal.timeout(requestTimeout);
  return createAzure({ cloud, credential: createCredential(cloud), signal });
};

/**
 * Returns the meaning of an Azure error for the caller.
 * @param refused the remedy if the caller lacks a right
 * @param details further fields of the error
 */
export const explainAzure = (
  error: unknown,
  refused: string,
  details: { cause?: unknown } = { cause: error },
): unknown => {
  if (isTimeUp(error)) {
    const message = `Azure has not answered a request within ${requestTimeout / 1000} s`;
    return new AseError('AzureUnreachable', message, 'Retry.', details);
  }
  const azure = readAzureError(error);
  if (!azure) return error;
  const { type, code, message } = azure;
  if (type === 'CredentialRefused') {
    return new AseError('CredentialRefused', message, signInHints[code] ?? signIn, details);
  }
  if (isRightsMissing(azure)) return new AseError('MissingPermission', message, refused, details);
  return new AseError(isAway(azure) ? 'AzureUnreachable' : 'AzureRefused', message, hintFor(azure), details);
};

/** Nobody else ends a request: the first name is the signal's, the second that of the clients. */
const isTimeUp = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');

const signIn = 'Sign in: az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.';

/** By the codes of Entra ("Microsoft Entra authentication and authorization error codes"). */
const signInHints: Record<string, string> = {
  AADSTS7000222:
    'The client secret has expired. Create a new one (az ad app credential reset --append) and set AZURE_CLIENT_SECRET to it.',
  AADSTS7000215: 'AZURE_CLIENT_SECRET is not a secret of AZURE_CLIENT_ID: set the value of the secret, not its id.',
  AADSTS700016: 'AZURE_TENANT_ID has no application AZURE_CLIENT_ID: correct one of them.',
  AADSTS90002: 'This cloud has no tenant AZURE_TENANT_ID: correct it, or ASE_ARM_ENDPOINT.',
};

/** Key Vault refuses a caller without an access policy with 403; the table of failures is about the worker's fresh grants. */
const isRightsMissing = ({ status, type }: AzureError): boolean => status === 403 && type !== 'VaultNetworkClosed';

const isAway = ({ status, type }: AzureError): boolean =>
  status === undefined || status >= 500 || type === 'VaultNetworkClosed';

const hintFor = ({ type, code }: AzureError): string => {
  if (type === 'VaultNetworkClosed') {
    return "Ask the network administrator to allow this machine through the vault's firewall.";
  }
  return ['ResourceGroupNotFound', 'SubscriptionNotFound'].includes(code)
    ? 'Check the resource group and the subscription.'
    : 'Retry later.';
};
