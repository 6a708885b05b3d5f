/**
 * The fastest sensible script: the product's requests on an undisturbed way with the product's settle counts, in the
 * order that their data flow demands, a look every second, and nothing durable.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { findOwnKeyVault } from '../azure/ownership.ts';
import { readDeletedKeyVault, readKeyVault, readLink } from '../azure/read.ts';
import { readVersions } from '../activities/activation-key.ts';
import type { Azure } from '../azure/clients.ts';
import { orAbsent, readAzureError } from '../azure/errors.ts';
import type { Device, DeviceId } from '../domain/device.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import {
  activationKeySecretName,
  auditLockName,
  channelIntegrityKeyName,
  defaultKeyVaultName,
  keyVaultLockName,
} from '../domain/names.ts';
import { answersInARow } from '../domain/pace.ts';
import { requiredProviders, type AuditOrder } from './arms.ts';
import * as requests from './requests.ts';

/** In seconds. */
export type Elapsed = { toKey: number; wall: number };

const look = 1000;

export const activateByScript = async (azure: Azure, id: DeviceId, audit: AuditOrder): Promise<Elapsed> => {
  const elapsed = startWatch();
  const device = await plan(azure, id);
  await Promise.all(requiredProviders.map((namespace) => requests.assertRegistered(azure, device, namespace)));
  await submitStorageAccount(azure, device);
  const keyVault = await makeKeyVault(azure, device);
  await lock(azure, device, keyVault.id, keyVaultLockName);
  // Nothing in it needs the account, so a script does it before it waits for one.
  await grantAccess(azure, device);
  if (audit === 'first') await completeAuditTrail(azure, device, keyVault);
  await issueKey(azure, device, keyVault);
  const toKey = elapsed();
  if (audit === 'after') await completeAuditTrail(azure, device, keyVault);
  return { toKey, wall: elapsed() };
};

export const startWatch = (): (() => number) => {
  const startedAt = performance.now();
  return () => (performance.now() - startedAt) / 1000;
};

const plan = async (azure: Azure, id: DeviceId): Promise<Device> => {
  const { locks, permissions } = azure.subscription(id.subscriptionId);
  const atScope = { filter: 'atScope()' };
  const device = await requests.readDevice(azure, id);
  const name = defaultKeyVaultName(device);
  await Promise.all([
    Array.fromAsync(permissions.listForResourceGroup(id.resourceGroup)),
    Array.fromAsync(locks.listAtResourceGroupLevel(id.resourceGroup, atScope)),
    Array.fromAsync(locks.listAtSubscriptionLevel(atScope)),
    readLink(azure, device),
    findOwnKeyVault(azure, device),
    readKeyVault(azure, device, name),
    readDeletedKeyVault(azure, device, name),
  ]);
  return device;
};

const submitStorageAccount = async (azure: Azure, device: Device): Promise<void> => {
  await readStorageAccount(azure, device);
  await requests.submitStorageAccount(azure, device);
};

const readStorageAccount = (azure: Azure, device: Device) => {
  const { storageAccounts } = azure.subscription(device.subscriptionId);
  return orAbsent(storageAccounts.getProperties(device.resourceGroup, requests.accountName(device)));
};

const makeKeyVault = async (azure: Azure, device: Device): Promise<KeyVaultRef> => {
  await findOwnKeyVault(azure, device);
  await requests.createKeyVault(azure, device);
  const keyVault = await readKeyVault(azure, device, defaultKeyVaultName(device));
  if (typeof keyVault !== 'object') throw new Error(`the vault of ${device.name} is ${keyVault}`);
  const { id, name, uri } = keyVault.found;
  for (let answers = 0; ; await delay(look)) {
    answers = (await answersAt(azure, uri)) ? answers + 1 : 0;
    if (answers >= answersInARow) return { id, name, uri };
  }
};

/** A refusal is an answer: access policies take effect later than the vault's name. */
const answersAt = async (azure: Azure, vaultUri: string): Promise<boolean> => {
  try {
    await azure.secrets({ uri: vaultUri }).listPropertiesOfSecretVersions(activationKeySecretName).next();
    return true;
  } catch (error) {
    return readAzureError(error)?.status !== undefined;
  }
};

const lock = async (azure: Azure, device: Device, scope: string, name: string): Promise<void> => {
  const { locks } = azure.subscription(device.subscriptionId);
  await orAbsent(locks.getByScope(scope, name));
  await requests.lock(azure, device, scope, name);
  await locks.getByScope(scope, name);
};

const grantAccess = async (azure: Azure, device: Device): Promise<void> => {
  const name = defaultKeyVaultName(device);
  await Promise.all([requests.readDevice(azure, device), readKeyVault(azure, device, name)]);
  await requests.grantAccess(azure, device);
  await readKeyVault(azure, device, name);
};

const completeAuditTrail = async (azure: Azure, device: Device, keyVault: KeyVaultRef): Promise<void> => {
  const accountId = await awaitStorageAccount(azure, device);
  const { diagnosticSettings } = azure.subscription(device.subscriptionId);
  await Array.fromAsync(diagnosticSettings.list(keyVault.id));
  await requests.createDiagnosticSetting(azure, device, keyVault, accountId);
  await Array.fromAsync(diagnosticSettings.list(keyVault.id));
  await lock(azure, device, accountId, auditLockName);
};

const awaitStorageAccount = async (azure: Azure, device: Device): Promise<string> => {
  for (;;) {
    const account = await readStorageAccount(azure, device);
    if (account?.provisioningState === 'Succeeded') return account.id ?? '';
    await delay(look);
  }
};

const issueKey = async (azure: Azure, device: Device, keyVault: KeyVaultRef): Promise<void> => {
  const secrets = azure.secrets(keyVault);
  const cikName = channelIntegrityKeyName(device, device.principalId);
  await Promise.all([readLink(azure, device), readVersions(secrets, cikName)]);
  const channelIntegrityKey = await requests.placeChannelIntegrityKey(secrets, device);
  await readVersions(secrets, cikName);

  await Promise.all([requests.readDevice(azure, device), readLink(azure, device)]);
  await requests.linkDevice(azure, device, keyVault, channelIntegrityKey);
  await readLink(azure, device);

  await Promise.all([
    requests.readDevice(azure, device),
    readVersions(secrets, activationKeySecretName),
    orAbsent(secrets.getDeletedSecret(activationKeySecretName)),
  ]);
  await requests.issueActivationKey(azure, secrets, device, channelIntegrityKey);
  await readVersions(secrets, activationKeySecretName);
};
