/**
 * Reads with the caller's own rights in Azure: Temporal and the worker have no part in them. The clients of Azure take a while
 * to load, and are loaded with the first read of what is not refused beforehand.
 */
import { parseSince } from '../domain/audit-log.ts';
import { parseDeviceId } from '../domain/device.ts';
import type { KeyVaultRef } from '../domain/key-vault-ref.ts';
import type { ActivationKey, ShowOptions } from './activation-key.ts';
import type { VaultAudit } from './audit-log.ts';
import type { OwnRights } from './own-vault.ts';
import { answering, reading } from './errors.ts';

/** Which device, by its ARM id in any letter case. */
export type OfDevice = { deviceId: string };

export type AuditRequest = OfDevice & {
  /** How far back, like `90m`, `24h` or `7d`, or from which time (ISO, UTC); at most 90 days. Default: a day. */
  since?: string;
};

/**
 * Returns the device's live activation key, read with the caller's own rights: a secret, which nothing here writes
 * anywhere. It uses neither Temporal nor the worker.
 * @throws AseError InvalidInput · NotFound, for a missing device · NoActivationKey · ActivationKeyExpired ·
 * MissingPermission · CredentialRefused · AzureUnreachable · AzureRefused; ConfigError for a wrong value in the
 * environment
 */
export const showActivationKey = async ({ deviceId }: OfDevice, options: ShowOptions = {}): Promise<ActivationKey> => {
  const device = reading(() => parseDeviceId(deviceId));
  const reads = await import('./activation-key.ts');
  return asCaller(() => reads.showActivationKey(device, options));
};

/**
 * Returns who called the device's key vault how often, by its audit log, read with the caller's own rights. Azure
 * writes the log up to ten minutes late.
 * @throws AseError InvalidInput · NotFound, for a missing device, vault or log · errors of Azure as above
 */
export const readAuditLog = async (
  { deviceId, since = '24h' }: AuditRequest,
  options: OwnRights = {},
): Promise<VaultAudit> => {
  const device = reading(() => parseDeviceId(deviceId));
  reading(() => parseSince(since, Date.now()));
  const reads = await import('./audit-log.ts');
  return asCaller(() => reads.readAuditLog(device, since, options));
};

/**
 * The key vault that belongs to a device, as far as the caller may see; undefined where there is none.
 * @throws AseError InvalidInput · NotFound, for a device that is not there · errors of Azure as above
 */
export const findKeyVault = async (
  { deviceId }: OfDevice,
  options: OwnRights = {},
): Promise<KeyVaultRef | undefined> => {
  const device = reading(() => parseDeviceId(deviceId));
  const reads = await import('./own-vault.ts');
  return asCaller(() => reads.findKeyVault(device, options));
};

const asCaller = async <T>(read: () => Promise<T>): Promise<T> => {
  const { explainAzure } = await import('./own-vault.ts');
  return answering(read, (error) => explainAzure(error, 'Ask for the rights that the message names.'));
};
