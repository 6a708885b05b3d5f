import type { Azure } from '../azure/clients.ts';
import { isAbsence, readAzureError } from '../azure/errors.ts';
import { type KeyVaultOfDevice, findKeyVaultOf } from '../azure/ownership.ts';
import { readLink } from '../azure/read.ts';
import { type Device, type DeviceId, parseDeviceId, sameId } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import { type ActivationRequest, type GenerateActivationKeyInput, readActivationInput } from '../domain/inputs.ts';
import { type AcceptedKeyVaultPlan, type ChosenName, accepted, chooseKeyVaultName } from '../domain/key-vault.ts';
import { isUnseen, seen } from '../domain/ownership.ts';
import { type ActivationPreview, type PreviewProvider, describePreview } from '../domain/preview.ts';
import { keyProviders, trailProviders } from '../domain/rights.ts';
import { assertNotActivated, deviceOf, readDeviceResource } from './device.ts';
import { readAndPlanKeyVault } from './key-vault-in-hand.ts';
import { assertNoReadOnlyLock } from './locks.ts';
import { type PostureTerms, readPostureOf } from './posture.ts';
import { assertMayActivate, assertMayBuildTrail, findLacking, readPermissions } from './rights.ts';
import { isTransient, sight } from './sight.ts';

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

export const createPreview = (azure: Azure, terms: PostureTerms) => ({
  /** Reads only, and asks all that `planActivation` asks: what that would refuse with is a part of the answer here. */
  async readActivationPreview(input: GenerateActivationKeyInput): Promise<ActivationPreview> {
    const request = readActivationInput(input);
    const id = parseDeviceId(request.deviceId);
    const { refusals, ask } = collectRefusals();
    const device = await ask(() => readDeviceToActivate(azure, id));
    const permissions = await readPermissions(azure, id).catch((error: unknown) => {
      // In a group that is not there nothing else can be asked.
      throw isAbsence(error) ? (refusals[0] ?? error) : error;
    });
    const lacking = await ask(() => findLacking(azure, id, request, permissions));
    await ask(() => lacking && assertMayActivate(id, lacking));
    await ask(() => assertNoReadOnlyLock(azure, id));
    const planned = device && (await ask(() => planKeyVaultFor(azure, device, request)));
    const buildsTrail = planned?.plan.action !== 'adopt' && lacking?.forKey.length === 0;
    if (buildsTrail) await ask(() => assertMayBuildTrail(id, lacking));
    const posture = planned?.plan.action === 'adopt' ? await readPostureOf(azure, terms, id) : undefined;
    return describePreview({
      id,
      refusals,
      permissions,
      providers: await readProviders(azure, id),
      ...(device && planned ? { accepted: { device, ...planned } } : {}),
      ...(posture ? { posture } : {}),
    });
  },
});

const collectRefusals = () => {
  const refusals: Refusal[] = [];
  const ask = async <T>(question: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await question();
    } catch (error) {
      const refusal = refusalFor(error);
      if (!refusal) throw error;
      refusals.push(refusal);
      return undefined;
    }
  };
  return { refusals, ask };
};

/** What would block the step as well; that Azure is busy or away is worth another attempt. */
const refusalFor = (error: unknown): Refusal | undefined => {
  if (error instanceof Refusal) return error;
  const azure = readAzureError(error);
  return azure && !isTransient(azure.type) ? new Refusal(azure.type, azure.message, azure.facts) : undefined;
};

const readProviders = (azure: Azure, { subscriptionId }: DeviceId): Promise<PreviewProvider[]> => {
  const { providers } = azure.subscription(subscriptionId);
  return Promise.all(
    [...keyProviders, ...trailProviders].map(async (namespace) => {
      const found = await sight(() => providers.get(namespace));
      const state = isUnseen(found) ? `unknown (${found.unseen})` : seen(found)?.registrationState;
      return { namespace, state: state ?? 'unknown' };
    }),
  );
};
