import type { Azure } from '../azure/clients.ts';
import { readAzureError } from '../azure/errors.ts';
import { holdsAtLeast, workerGrant } from '../domain/access.ts';
import { parseDeviceId, type Device, type DeviceLink } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import { accepted, planKeyVault, refOf, type KeyVault, type KeyVaultRef } from '../domain/key-vault.ts';
import { activationKeySecretName } from '../domain/names.ts';
import { assertReplaceable, explainMissingVault, keyOfRequest, linkedKeyOf } from '../domain/regeneration.ts';
import { readRegenerationInput, type RegenerateActivationKeyInput } from '../domain/inputs.ts';
import { regenerationActions } from '../domain/rights.ts';
import { findLiveKey, type ChannelIntegrityKeyRef, type IssuedKeyRef } from '../domain/secrets.ts';
import { issuedKeyOf, readVersions } from './activation-key.ts';
import { assertNotActivated, deviceOf, readDeviceResource } from './device.ts';
import { isLocked } from './locks.ts';
import { readOwnership } from '../azure/ownership.ts';
import { assertNoReadOnlyLock } from './plan-activation.ts';
import { readLink } from '../azure/read.ts';
import { assertRights } from './rights.ts';
import { readWhereabouts } from './sight.ts';

export type RegenerationInput = RegenerateActivationKeyInput & {
  /** Names the operation, across resets of its workflow: its own key is not in its way. */
  operation: string;
};

/** The data of the procedure, from the device's record. */
export type RegenerationPlan = {
  device: Device;
  keyVault: KeyVaultRef;
  channelIntegrityKey: ChannelIntegrityKeyRef;
  /** The key that the request was given before: nothing is to be done. */
  given?: IssuedKeyRef;
  /** Whether our lock is on the vault. */
  locked: boolean;
};

export const createPlanRegeneration = (azure: Azure) => ({
  /**
   * Reads only: a device to activate, its vault alive, and no key that is still good, or leave to make it useless. A request
   * that was given its key before is told of it also when the device has been activated with it.
   */
  async planRegeneration({ operation, ...asked }: RegenerationInput): Promise<RegenerationPlan> {
    const input = { ...readRegenerationInput(asked), operation };
    const id = parseDeviceId(input.deviceId);
    const resource = await readDeviceResource(azure, id);
    if (input.requestId === undefined) assertNotActivated(id.name, resource);
    const device = deviceOf(id, resource);
    const link = await readLink(azure, device);
    const { keyVaultName, channelIntegrityKey } = linkedKeyOf(device, link);
    const vault = await readLinkedKeyVault(azure, device, link, keyVaultName);
    const keys = await readKeys(azure, device, vault);
    const keyVault = refOf(vault);
    const locked = await isLocked(azure, device, vault.id);
    const plan = { device, keyVault, channelIntegrityKey, locked };
    const given = keys && keyOfRequest(keys.versions, input.requestId);
    if (given) return { ...plan, given: issuedKeyOf(given, keys.versions, { ...input, keyVault }) };
    assertNotActivated(id.name, resource);
    if (keys) assertReplaceable(findLiveKey(keys.versions, channelIntegrityKey.version, keys.now), input);
    else if (!input.supersede) throw mayNotList(vault);
    await assertRights(azure, device, regenerationActions);
    await assertNoReadOnlyLock(azure, device);
    return plan;
  },
});

type Keys = Awaited<ReturnType<typeof readVersions>>;

const readLinkedKeyVault = async (azure: Azure, device: Device, link: DeviceLink, name: string): Promise<KeyVault> => {
  const whereabouts = await readWhereabouts(azure, device, name);
  if (whereabouts.state !== 'live') throw explainMissingVault(device, name, whereabouts);
  const { vault } = whereabouts;
  const ownership = await readOwnership(azure, device, vault, { link });
  const wish = { device, link, name, softDeletedVault: 'ask' as const };
  accepted(planKeyVault(wish, { vault: { found: vault }, deleted: 'absent', ownership }));
  return vault;
};

/** Nothing for a worker whose own entry somebody took away: it gets it back with the others, but cannot look before that. */
const readKeys = async (azure: Azure, device: Device, vault: KeyVault): Promise<Keys | undefined> => {
  try {
    return await readVersions(azure.secrets(vault), activationKeySecretName);
  } catch (error) {
    if (readAzureError(error)?.type !== 'GrantPropagating') throw error;
    const worker = workerGrant(device.tenantId, await azure.callerObjectId());
    if (holdsAtLeast(vault.accessPolicies, worker)) throw error;
    return undefined;
  }
};

const mayNotList = ({ name }: KeyVault): Refusal =>
  new Refusal(
    'MissingPermission',
    `the worker needs get, set and list on the secrets of the vault "${name}" to find a valid key; with supersede it grants itself these permissions`,
    { keyVaultName: name },
  );
