import type { Azure } from '../azure/clients.ts';
import { isAbsence, readAzureError } from '../azure/errors.ts';
import { readActivationInput, type GenerateActivationKeyInput } from '../domain/activation-input.ts';
import { parseDeviceId, type DeviceId } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import { describePreview, type ActivationPreview, type PreviewProvider } from '../domain/preview.ts';
import { keyProviders, trailProviders } from '../domain/providers.ts';
import { isUnseen, seen } from '../domain/sighting.ts';
import { assertNoReadOnlyLock, planKeyVaultFor, readDeviceToActivate } from './plan-activation.ts';
import { readPostureOf, type PostureTerms } from './posture.ts';
import { assertMayActivate, assertMayBuildTrail, findLacking, readPermissions } from './rights.ts';
import { isTransient, sight } from './sight.ts';

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
