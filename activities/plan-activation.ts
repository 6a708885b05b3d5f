import type { Azure } from '../azure/clients.ts';
import {
  readActivationInput,
  type ActivationRequest,
  type GenerateActivationKeyInput,
} from '../domain/activation-input.ts';
import { nameIn, parseDeviceId, resourceGroupId, sameId, type Device, type DeviceId } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import {
  accepted,
  chooseKeyVaultName,
  leadsElsewhere,
  type AcceptedKeyVaultPlan,
  type ChosenName,
  type DeviceLink,
} from '../domain/key-vault.ts';
import { readOnlyLockOver } from '../domain/locks.ts';
import { activationActions } from '../domain/rights.ts';
import { assertNotActivated, deviceOf, readDeviceResource } from './device.ts';
import { readLocksAbove } from './locks.ts';
import { assertRights } from './rights.ts';
import { findOwnKeyVault } from '../azure/ownership.ts';
import { readAndPlanKeyVault } from './key-vault-in-hand.ts';
import { readDeletedKeyVault, readKeyVault, readLink } from '../azure/read.ts';

/** What the procedure will work with; everything else is read again by the step that needs it. */
export type ActivationPlan = {
  device: Device;
  keyVaultName: string;
  /** What is to be done to have the vault, as far as the plan can tell. */
  action: AcceptedKeyVaultPlan['action'];
  /** As asked for, or as a decision about a soft-deleted vault changed it. */
  softDeletedVault: 'ask' | 'recover';
  /** Id of the vault past recovery that the device's record still names, where another has been made in its place. */
  replaces?: string;
};

export const createPlanActivation = (azure: Azure) => ({
  /** Reads only: everything that can be known to be in the way is found before the first write. */
  async planActivation(input: GenerateActivationKeyInput): Promise<ActivationPlan> {
    const request = readActivationInput(input);
    const id = parseDeviceId(request.deviceId);
    const device = await readDeviceToActivate(azure, id);
    await assertRights(azure, device, activationActions);
    await assertNoReadOnlyLock(azure, device);
    const { plan, ...place } = await planKeyVaultFor(azure, device, request);
    return { device, ...place, action: plan.action, softDeletedVault: request.softDeletedVault };
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
  const own = await findOwnKeyVault(azure, device);
  const replaces = own === undefined ? undefined : await readReplaced(azure, device, recorded, own);
  const link = replaces === undefined ? recorded : {};
  const { name } = accepted<ChosenName>(chooseKeyVaultName(device, link, asked, own));
  const plan = await readAndPlanKeyVault(azure, { device, link, name, softDeletedVault });
  return { keyVaultName: name, plan, ...(replaces === undefined ? {} : { replaces }) };
};

/** The recorded vault, where it is past recovery: a recovery has made `own` in its place, and ended before it was linked. */
const readReplaced = async (
  azure: Azure,
  device: Device,
  link: DeviceLink,
  own: string,
): Promise<string | undefined> => {
  const { vaultId } = link;
  if (vaultId === undefined || leadsElsewhere(device, link)) return undefined;
  const name = nameIn(vaultId);
  if (sameId(name, own)) return undefined;
  const isGone =
    (await readKeyVault(azure, device, name)) === 'absent' &&
    (await readDeletedKeyVault(azure, device, name)) === 'absent';
  return isGone ? vaultId : undefined;
};

export const readDeviceToActivate = async (azure: Azure, id: DeviceId): Promise<Device> => {
  const found = await readDeviceResource(azure, id);
  assertNotActivated(id.name, found);
  return deviceOf(id, found);
};

export const assertNoReadOnlyLock = async (azure: Azure, device: DeviceId): Promise<void> => {
  const lock = readOnlyLockOver(resourceGroupId(device), await readLocksAbove(azure, device));
  if (!lock) return;
  const notes = lock.notes ? `; its notes say: ${lock.notes}` : '';
  throw new Refusal(
    'ForeignLock',
    `a ReadOnly lock on ${lock.scope} forbids every write below it: ${lock.id}${notes}`,
    {
      lockId: lock.id,
      scope: lock.scope,
    },
  );
};
