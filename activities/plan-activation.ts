import type { Azure } from '../azure/clients.ts';
import {
  readActivationInput,
  type ActivationRequest,
  type GenerateActivationKeyInput,
} from '../domain/activation-input.ts';
import { parseDeviceId, resourceGroupId, sameId, type Device, type DeviceId } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import { accepted, chooseKeyVaultName, type AcceptedKeyVaultPlan, type ChosenName } from '../domain/key-vault.ts';
import { readOnlyLockOver } from '../domain/locks.ts';
import { assertNotActivated, deviceOf, readDeviceResource } from './device.ts';
import { readLocksAbove } from './locks.ts';
import { assertMayActivate, assertMayBuildTrail, findLacking, readPermissions } from './rights.ts';
import { findKeyVaultOf, type KeyVaultOfDevice } from '../azure/ownership.ts';
import { readAndPlanKeyVault } from './key-vault-in-hand.ts';
import { readLink } from '../azure/read.ts';

/** The data of the procedure; each step reads everything else again when it needs it. */
export type ActivationPlan = {
  device: Device;
  keyVaultName: string;
  /** What is to be done to have the vault, as far as the plan can tell. */
  action: AcceptedKeyVaultPlan['action'];
  /** As asked for, or as a decision about a soft-deleted vault changed it. */
  softDeletedVault: 'ask' | 'recover';
  /** As asked for, or as a decision about missing rights changed it; histories of earlier releases do not say it. */
  audit?: 'first' | 'after';
  /** Of a vault that is to be recovered (ISO time, UTC). */
  deletedOn?: string;
  /** Id of the vault that the device's record still names, where that is past recovery or another's. */
  replaces?: string;
};

export const createPlanActivation = (azure: Azure) => ({
  /** Reads only: everything that can be known to be in the way is found before the first write. */
  async planActivation(input: GenerateActivationKeyInput): Promise<ActivationPlan> {
    const request = readActivationInput(input);
    const id = parseDeviceId(request.deviceId);
    const device = await readDeviceToActivate(azure, id);
    const lacking = await findLacking(azure, device, request, await readPermissions(azure, device));
    assertMayActivate(device, lacking);
    await assertNoReadOnlyLock(azure, device);
    const { plan, ...place } = await planKeyVaultFor(azure, device, request);
    // The trail of a vault that is there may stand already: its step sees what it takes.
    if (plan.action !== 'adopt') assertMayBuildTrail(device, lacking);
    const { deletedOn } = plan.action === 'recover' ? plan.deleted : {};
    return {
      device,
      ...place,
      action: plan.action,
      softDeletedVault: request.softDeletedVault,
      audit: request.audit,
      ...(deletedOn === undefined ? {} : { deletedOn }),
    };
  },
});

type PlannedKeyVault = { keyVaultName: string; plan: AcceptedKeyVaultPlan; replaces?: string };

/** Which vault, and what is to be done to have it. @throws Refusal */
export const planKeyVaultFor = async (
  azure: Azure,
  device: Device,
  { keyVaultName: asked, softDeletedVault }: Pick<ActivationRequest, 'keyVaultName' | 'softDeletedVault'>,
): Promise<PlannedKeyVault> => {
  const recorded = await readLink(azure, device);
  const found = await findKeyVaultOf(azure, device, recorded);
  const isPassedOver = found !== undefined && isAnothers(found) && asked !== undefined && !sameId(asked, found.name);
  const { name: present, replaces } = isPassedOver ? { replaces: recorded.vaultId } : (found ?? {});
  const link = replaces === undefined ? recorded : {};
  const { name } = accepted<ChosenName>(chooseKeyVaultName(device, link, asked, present));
  const plan = await readAndPlanKeyVault(azure, { device, link, name, softDeletedVault });
  return { keyVaultName: name, plan, ...(replaces === undefined ? {} : { replaces }) };
};

/** Then the device has none of its own, and may be given one under another name, as the refusal of that one proposes. */
const isAnothers = (found: KeyVaultOfDevice): boolean =>
  'ownership' in found && ['another device', 'former device', 'retained'].includes(found.ownership.owner);

export const readDeviceToActivate = async (azure: Azure, id: DeviceId): Promise<Device> => {
  const found = await readDeviceResource(azure, id);
  assertNotActivated(id.name, found);
  return deviceOf(id, found);
};

export const assertNoReadOnlyLock = async (azure: Azure, device: DeviceId): Promise<void> => {
  const lock = readOnlyLockOver(resourceGroupId(device), await readLocksAbove(azure, device));
  if (!lock) return;
  const notes = lock.notes ? `; its notes: ${lock.notes}` : '';
  throw new Refusal(
    'ForeignLock',
    `a ReadOnly lock on ${lock.scope} prevents every write below it: ${lock.id}${notes}`,
    {
      lockId: lock.id,
      scope: lock.scope,
    },
  );
};
