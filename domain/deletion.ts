/** What is deleted, and what becomes of the vault. */
import { type ConsentInAdvance, readConsentInAdvance } from './consent.ts';
import { type DeviceId, parseDeviceId, shown } from './device.ts';
import { Refusal } from './failures.ts';
import { flag, plainObject, readKeyVaultName, shortText } from './inputs.ts';
import type { Inventory, InventorySecret } from './inventory.ts';
import type { KeyVaultRef } from './key-vault.ts';
import type { Ownership } from './ownership.ts';
import { auditLockName } from './locks.ts';

/** A device as its deletion finds it. */
export type DoomedDevice = DeviceId & {
  /** Absent when the device has no managed identity. It tells the device from one that is created again under its name. */
  principalId?: string;
  /** There is none any more, and its vault is all that is left of it. */
  isGone?: boolean;
};

/** The vault that a deletion is about. */
export type VaultAtStake = {
  keyVault: KeyVaultRef;
  /** Whether more than the device's record says that it is its own. */
  proven: boolean;
  /** Name of the channel integrity key in the device's record. */
  channelIntegrityKeyName?: string;
  /** The name that every activation of the device gives it. */
  derivedKeyName?: string;
  /** Where its audit events go by our diagnostic setting; to be switched on again if the vault is not deleted. */
  auditStorage?: { id: string; name: string };
  /** Whether a device works with it. */
  inUse: boolean;
  /** Whether our lock was on when the procedure began: an earlier one may have ended without putting it back. */
  locked: boolean;
};

/** The vault of the consent question, or the reason for no question. */
export type VaultFate = { ask: VaultAtStake } | { leave: string };

/** When a deleted vault went, and until when it can be recovered; absent where the worker may not look. ISO times, UTC. */
export type VaultDeletion = { deletedOn?: string; recoverableUntil?: string };

/** The rest of a deleted vault: the account with its audit log and its lock. Nothing removes it. */
export type AuditLogLeft = {
  storageAccount: string;
  /** ISO time, UTC: until then the vault can be recovered, and its log may be asked for. Absent where that is not known. */
  keepUntil?: string;
  /** What to type when nobody needs the log any more. */
  remove: string[];
};

export const auditLogLeftBy = (
  { auditStorage }: Pick<VaultAtStake, 'auditStorage'>,
  { recoverableUntil }: VaultDeletion,
): AuditLogLeft | undefined =>
  auditStorage && {
    storageAccount: auditStorage.name,
    ...(recoverableUntil === undefined ? {} : { keepUntil: recoverableUntil }),
    remove: [
      `az lock delete --ids ${auditStorage.id}/providers/Microsoft.Authorization/locks/${auditLockName}`,
      `az storage account delete --ids ${auditStorage.id} --yes`,
    ],
  };

/** For a person, without the commands. */
export const describeLeft = ({ storageAccount, keepUntil }: AuditLogLeft): string =>
  `The audit log stays in the storage account ${storageAccount}, which is locked. Keep it ${keepUntil === undefined ? 'for 90 days' : `until ${keepUntil}`}: the vault is recoverable until then, and its log may be needed. Then remove the lock and the account:`;

export const wentMeanwhile = (keyVault: string): string =>
  `somebody else deleted the key vault "${keyVault}" meanwhile`;

export const notKnownAgain = (keyVault: string): string =>
  `nothing proves that the key vault "${keyVault}" is still the vault of the consent question: nothing was written to it`;

/**
 * Decides what to do with a kept vault after its device is gone, and the record of the device with it.
 * @param compared with the one that was asked about
 * @param proven whether that one was the device's own when it was asked about
 */
export const judgeRetained = (
  compared: 'same' | 'another' | 'unknown',
  owner: Ownership['owner'],
  proven: boolean,
): 'own' | 'unproven' | 'gone' | 'not known again' => {
  if (compared === 'another') return 'gone';
  if (owner === 'another device') return 'not known again';
  if (owner === 'this device') return 'own';
  if (compared === 'unknown') return 'not known again';
  return proven ? 'own' : 'unproven';
};

/** What the warning depends on beside the vault: whether its device goes too, and what lies in it. */
type Consequences = { deviceGoes: boolean; secrets: readonly InventorySecret[] };

/** Returns the consequences of the deletion, for the approver. Nothing has been deleted when the approver reads them. */
export const deletionWarning = (device: string, vault: VaultAtStake, { deviceGoes, secrets }: Consequences): string => {
  const { keyVault, inUse, proven, auditStorage } = vault;
  if (!proven) {
    const doubt = `Nothing in or on the key vault "${keyVault.name}" proves that it belongs to the present device "${device}": check that nobody else uses it.`;
    return `${doubt} ${deletionWarning(device, { ...vault, proven: true }, { deviceGoes, secrets })}`;
  }
  const back = `The vault is recoverable for 90 days, with the same name in the same group; after that, its contents are lost.`;
  const trail = auditStorage
    ? `The audit log stays in the storage account "${auditStorage.name}", which keeps its lock.`
    : 'The audit log stays where it is.';
  if (deviceGoes) {
    return `The deletion of the device "${device}" was requested. Its key vault "${keyVault.name}" ${describeDiskKeys(secrets)} ${back} ${trail}`;
  }
  const harm = inUse
    ? `The device "${device}" WORKS WITH this key vault: once it is gone, shares, users and compute cannot be configured, and the disks cannot be unlocked.`
    : `Without this key vault the device "${device}" cannot be activated.`;
  return `${harm} ${back} ${trail}`;
};

/** A device writes its BitLocker keys into its vault when it is activated. */
const describeDiskKeys = (secrets: readonly InventorySecret[]): string => {
  const { length } = secrets.filter(({ kind }) => kind === 'BitLocker key');
  if (length === 0) return 'holds no BitLocker keys.';
  const [keys, them] = length === 1 ? ['key', 'it'] : ['keys', 'them'];
  return `holds ${length} BitLocker ${keys}: without ${them}, the disks of the machine cannot be unlocked.`;
};

/** A line about the secrets that an inventory counts and does not name, where there are any. */
export const describeUnnamed = ({ secrets, total }: Pick<Inventory, 'secrets' | 'total'>): string[] =>
  total > secrets.length ? [`and ${total - secrets.length} more foreign secrets: ${total} secrets in all`] : [];

/** Input of `deleteDevice`. */
export type DeleteDeviceInput = {
  /** ARM id of the device resource, in any letter case. */
  deviceId: string;
  /** The device's name, typed back. */
  confirmDevice: string;
  /** Delete it although it is in use. Default: such a device is refused. */
  allowOnline?: boolean;
  /** Said in advance; what lies in the vault and is not ours is asked about all the same. */
  consent?: ConsentInAdvance;
  /** Hours to wait for each answer, 1 to 720; default 72. Silence keeps the vault. */
  consentWithin?: number;
  requestedBy?: string;
};

/** Input of `deleteKeyVault`. */
export type DeleteKeyVaultInput = {
  /** ARM id of the device whose vault it is; the device itself may be gone. */
  deviceId: string;
  /** Which vault, where neither the device's record nor the tags of a vault say it. */
  keyVaultName?: string;
  consent?: ConsentInAdvance;
  consentWithin?: number;
  requestedBy?: string;
};

/** The terms of the consent, for both deletions. */
export type ConsentTerms = {
  inAdvance?: ConsentInAdvance;
  /** Hours. */
  within: number;
  /** Who started it, for the record of a consent in advance. */
  by: string;
};
export type DeviceDeletionRequest = ConsentTerms & { deviceId: string; allowOnline: boolean };
export type KeyVaultDeletionRequest = ConsentTerms & { deviceId: string; keyVaultName?: string };

/** @throws Refusal InvalidInput · NotConfirmed */
export const readDeviceDeletion = (input: unknown): DeviceDeletionRequest => {
  const known = ['deviceId', 'confirmDevice', 'allowOnline', 'consent', 'consentWithin', 'requestedBy'];
  const { deviceId, confirmDevice, allowOnline, ...rest } = plainObject(input, known);
  const device = parseDeviceId(deviceId);
  if (typeof confirmDevice !== 'string' || confirmDevice.toLowerCase() !== device.name.toLowerCase()) {
    throw new Refusal(
      'NotConfirmed',
      `confirmDevice must be the name of the device, "${device.name}"; got ${shown(confirmDevice)}`,
    );
  }
  return {
    deviceId: device.id,
    allowOnline: flag('allowOnline', allowOnline),
    ...readTerms(rest),
  };
};

/** @throws Refusal InvalidInput */
export const readKeyVaultDeletion = (input: unknown): KeyVaultDeletionRequest => {
  const known = ['deviceId', 'keyVaultName', 'consent', 'consentWithin', 'requestedBy'];
  const { deviceId, keyVaultName, ...rest } = plainObject(input, known);
  return {
    deviceId: parseDeviceId(deviceId).id,
    ...(keyVaultName === undefined ? {} : { keyVaultName: readKeyVaultName(keyVaultName) }),
    ...readTerms(rest),
  };
};

type Terms = Pick<DeleteDeviceInput, 'consent' | 'consentWithin' | 'requestedBy'>;

/** Of an input that was judged to be good: workflows read it again on every replay. */
export const consentTermsOf = ({ consent, consentWithin = 72, requestedBy }: Terms): ConsentTerms => ({
  within: consentWithin,
  by: requestedBy ?? 'the requester',
  ...(consent === undefined ? {} : { inAdvance: consent }),
});

const readTerms = ({ consent, consentWithin, requestedBy }: Record<string, unknown>): ConsentTerms => {
  const hours = consentWithin ?? 72;
  if (!Number.isInteger(hours) || (hours as number) < 1 || (hours as number) > 720) {
    throw new Refusal('InvalidInput', `consentWithin must be whole hours from 1 to 720; got ${shown(consentWithin)}`);
  }
  return consentTermsOf({
    consentWithin: hours as number,
    ...(requestedBy === undefined ? {} : { requestedBy: shortText('requestedBy', requestedBy) }),
    ...(consent === undefined ? {} : { consent: readConsentInAdvance(consent) }),
  });
};
