import type { Azure } from '../azure/clients.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import { lookDelay, registrationLooks } from '../domain/pace.ts';
import { keyProviders } from '../domain/providers.ts';
import type { ActivationPlan } from './plan-activation.ts';
import { looksSoFar } from './call.ts';

export const createResourceProviders = (azure: Azure) => ({
  /** The providers without which there is no key; those of the audit trail belong to the trail. */
  async registerProviders({ device }: Pick<ActivationPlan, 'device'>): Promise<void> {
    await ensureRegistered(azure, device.subscriptionId, keyProviders);
  },
});

/**
 * Registers what is not registered and passes when all of it is. `register` answers at once with the state Registering.
 * @throws NotYet ProviderRegistering · Refusal ProviderNotReady when it takes longer than it should
 */
export const ensureRegistered = async (
  azure: Azure,
  subscriptionId: string,
  namespaces: readonly string[],
): Promise<void> => {
  const { providers } = azure.subscription(subscriptionId);
  const pending: string[] = [];
  for (const namespace of namespaces) {
    const { registrationState } = await providers.get(namespace);
    if (registrationState === 'Registered') continue;
    pending.push(`${namespace} is ${registrationState ?? 'in an unknown state'}`);
    if (registrationState !== 'Registering') await providers.register(namespace);
  }
  if (pending.length === 0) return;
  const state = pending.join(', ');
  const looks = looksSoFar();
  if (looks > registrationLooks) {
    throw new Refusal('ProviderNotReady', `${state}, after ${looks} looks`, { namespaces });
  }
  throw new NotYet('ProviderRegistering', `waiting for resource providers: ${state}`, lookDelay(looks));
};
