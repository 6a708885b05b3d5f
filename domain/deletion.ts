/** What is deleted, and what becomes of the vault. */
import type { DeviceId } from './device.ts';
import type { Inventory } from './inventory.ts';
import { auditLockName } from './lock-names.ts';
import type { KeyVaultRef } from './key-vault.ts';
import type { Ownership } from './ownership.ts';

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

/** Returns the consequences of the deletion, for the approver. */
export const deletionWarning = (device: string, vault: VaultAtStake, deviceGoes: boolean): string => {
  const { keyVault, inUse, proven, auditStorage } = vault;
  if (!proven) {
    const doubt = `Nothing in or on the key vault "${keyVault.name}" proves that it belongs to the present device "${device}": check that nobody else uses it.`;
    return `${doubt} ${deletionWarning(device, { ...vault, proven: true }, deviceGoes)}`;
  }
  const back = `The vault is recoverable for 90 days, with the same name in the same group; after that, its contents are lost.`;
  const trail = auditStorage
    ? `The audit log stays in the storage account "${auditStorage.name}", which keeps its lock.`
    : 'The audit log stays where it is.';
  if (deviceGoes) {
    return `The device "${device}" is being deleted. Without the key vault "${keyVault.name}" the disks of the machine cannot be unlocked. ${back} ${trail}`;
  }
  const harm = inUse
    ? `The device "${device}" WORKS WITH this key vault: once it is gone, shares, users and compute cannot be configured, and the disks cannot be unlocked.`
    : `Without this key vault the device "${device}" cannot be activated.`;
  return `${harm} ${back} ${trail}`;
};

/** A line about the secrets that an inventory counts and does not name, where there are any. */
export const describeUnnamed = ({ secrets, total }: Pick<Inventory, 'secrets' | 'total'>): string[] =>
  total > secrets.length ? [`and ${total - secrets.length} more foreign secrets: ${total} secrets in all`] : [];
