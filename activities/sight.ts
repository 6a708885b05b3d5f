/** Looks for people: a part of Azure that cannot be seen is an answer as well, and never hides the other parts. */
import type { Vault } from '@azure/arm-keyvault';
import { Context } from '@temporalio/activity';
import type { Azure } from '../azure/clients.ts';
import { isAbsence, readAzureError } from '../azure/errors.ts';
import { keyVaultOf, look, readDeletedKeyVault } from '../azure/read.ts';
import { type DeviceId, sameId } from '../domain/device.ts';
import { type FailureType, NotYet, failureEntry } from '../domain/failures.ts';
import { type KeyVault, keyVaultIdOf } from '../domain/key-vault.ts';
import type { Looked, Sighting } from '../domain/ownership.ts';
import { callTimeout, lookDelay } from '../domain/pace.ts';
import { type VaultWhereabouts, locateKeyVault } from '../domain/recovery.ts';
import { looksSoFar } from './call.ts';
import { isAbort } from './failure.ts';

/** Attempts in which what may pass soon is waited for, some seconds in all: a person waits. */
const patientLooks = 3;

/** @param mayPass failures that are worth another attempt; default: that Azure is busy or away */
export const sight = async <T>(
  look: () => Promise<T>,
  mayPass: (type: FailureType) => boolean = isTransient,
): Promise<Sighting<T>> => {
  try {
    return { found: await look() };
  } catch (error) {
    if (isAbsence(error)) return 'absent';
    const seen = unseenFor(error);
    if (!seen || (mayPass(seen.unseen) && looksSoFar() < patientLooks)) throw error;
    return seen;
  }
};

export const isTransient = (type: FailureType): boolean => failureEntry(type).class === 'transient';

/** Nothing for an error that is no answer of Azure: a cancelled attempt, a defect. */
const unseenFor = (error: unknown): { unseen: FailureType; why: string } | undefined => {
  const azure = readAzureError(error);
  if (azure) return { unseen: azure.type, why: azure.message };
  if (!isAbort(error) || Context.current().cancellationSignal.aborted) return undefined;
  return { unseen: 'AzureUnavailable', why: `no answer within ${callTimeout / 1000} s` };
};

/**
 * Looks for a device's vault everywhere it may be: in its group, among the deleted ones, elsewhere in the subscription.
 * @throws NotYet where one answer contradicts another: one of them is old
 */
export const readWhereabouts = async (
  azure: Azure,
  device: DeviceId & { location: string },
  name: string,
): Promise<VaultWhereabouts<KeyVault>> => {
  const found = await readWhereaboutsAs(azure, device, name, keyVaultOf);
  if (found.state !== 'moved' || !sameId(found.vaultId, keyVaultIdOf(device, name))) return found;
  throw new NotYet('NotInEffect', `the vault "${name}" is listed and not readable yet`, lookDelay(looksSoFar()));
};

/** Reads the same, for a caller that reports its findings and reads more of an active vault. */
export const readWhereaboutsAs = async <V>(
  azure: Azure,
  device: DeviceId & { location: string },
  name: string,
  read: (vault: Vault) => V,
): Promise<VaultWhereabouts<V>> => {
  const found = await look(azure.subscription(device.subscriptionId).vaults.get(device.resourceGroup, name));
  const vault = typeof found === 'object' ? { found: read(found.found) } : found;
  if (vault !== 'absent') return locateKeyVault(device, name, { vault, deleted: 'absent', others: 'absent' });
  const deleted = await readDeletedKeyVault(azure, device, name);
  return locateKeyVault(device, name, {
    vault,
    deleted: typeof deleted === 'object' ? { found: [deleted.found] } : deleted,
    others: await readOthers(azure, device),
  });
};

/** Ids of the vaults of the subscription that we may see. */
export const readOthers = async (azure: Azure, device: DeviceId): Promise<Looked<string[]>> => {
  const { vaults } = azure.subscription(device.subscriptionId);
  return look(Array.fromAsync(vaults.listBySubscription(), ({ id = '' }) => id));
};
