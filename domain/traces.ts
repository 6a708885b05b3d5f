/** Whose a vault is when its tags do not say: a policy may have taken them away. */
import { devicePermissions, holdsAtLeast, holdsExactly, workerGrant } from './access.ts';
import type { Device } from './device.ts';
import type { KeyVault } from './key-vault.ts';
import { keyVaultLockNotes } from './locks.ts';
import { defaultKeyVaultName, proposeKeyVaultName } from './names.ts';
import { ownerOf, type Owner } from './ownership.ts';

/** What speaks of a vault's owner beside the vault itself. */
export type VaultTraces = {
  /** Object id of the worker, whose own entry is in every vault that it makes. */
  worker: string;
  /** Notes of the lock of our name on it. */
  lockNotes?: string;
  /** Whether this very attempt, or one before it, asked for the vault. */
  made: boolean;
};

/** Whether it is worth looking for other traces: it has no tag of ours, and the entry that every vault of ours has. */
export const mayBeOurs = ({ tags, accessPolicies }: KeyVault, device: Device, worker: string): boolean =>
  ownerOf(tags, device) === 'stranger' && holdsAtLeast(accessPolicies, workerGrant(device.tenantId, worker));

/**
 * The tags decide where there are any. Else the access of the device's own identity does, then the lock of our name, whose
 * notes name the device; then a name made from the device's id, or that it was asked for just now. These three do not tell a
 * device from a former one of its id, but a vault that was given to the former has an entry for another identity.
 */
export const ownerByTraces = (vault: KeyVault, device: Device, { worker, lockNotes, made }: VaultTraces): Owner => {
  if (!mayBeOurs(vault, device, worker)) return ownerOf(vault.tags, device);
  if (holdsExactly(vault.accessPolicies, identityGrant(device, device.principalId))) return 'this device';
  const named =
    lockNotes === undefined ? made || hasOurName(vault, device) : lockNotes === keyVaultLockNotes(device.name);
  if (!named) return 'stranger';
  return isGivenToAnother(vault, device) ? 'former device' : 'this device';
};

const hasOurName = ({ name }: KeyVault, device: Device): boolean => {
  const first = defaultKeyVaultName(device);
  const second = proposeKeyVaultName(device, first);
  return [first, second, proposeKeyVaultName(device, second)].includes(name.toLowerCase());
};

const isGivenToAnother = ({ accessPolicies }: KeyVault, device: Device): boolean =>
  accessPolicies.some(({ objectId }) => holdsExactly(accessPolicies, identityGrant(device, objectId)));

const identityGrant = ({ tenantId }: Device, objectId: string) => ({ tenantId, objectId, secrets: devicePermissions });
