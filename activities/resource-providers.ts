import type { Azure } from '../azure/clients.ts';
import { readAzureError } from '../azure/errors.ts';
import type { Device } from '../domain/device.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import { lookDelay, registrationLooks } from '../domain/pace.ts';
import { isUnregistered, keyProviders } from '../domain/providers.ts';
import { looksSoFar } from './call.ts';

export const createResourceProviders = (azure: Azure) => ({
  /** The providers without which there is no key; those of the audit trail belong to the trail. */
  async registerProviders({ device }: { device: Device }): Promise<void> {
    await ensureRegistered(azure, device.subscriptionId, { needed: keyProviders });
  },
});

type Registrations = {
  needed: readonly string[];
  /** Needed by a later step, which waits for it, and reports it where it may not be asked for. */
  early?: readonly string[];
  /** After so many a person is asked. */
  mostLooks?: number;
};

/**
 * Registers what is not registered, all at once, and passes when what is needed here is.
 * @throws NotYet ProviderRegistering · Refusal ProviderNotReady when it takes longer than it should
 */
export const ensureRegistered = async (
  azure: Azure,
  subscriptionId: string,
  { needed, early = [], mostLooks = registrationLooks }: Registrations,
): Promise<void> => {
  const pending: string[] = [];
  for (const namespace of needed) {
    const state = await register(azure, subscriptionId, namespace);
    if (state !== 'Registered') pending.push(`${namespace} is ${state}`);
  }
  for (const namespace of early) await registerIfAllowed(azure, subscriptionId, namespace);
  if (pending.length === 0) return;
  const state = pending.join(', ');
  const looks = looksSoFar();
  if (looks > mostLooks) {
    throw new Refusal('ProviderNotReady', `${state}, after ${looks} looks`, { namespaces: needed });
  }
  throw new NotYet('ProviderRegistering', `waiting for resource providers: ${state}`, lookDelay(looks));
};

const registerIfAllowed = async (azure: Azure, subscriptionId: string, namespace: string): Promise<void> => {
  try {
    await register(azure, subscriptionId, namespace);
  } catch (error) {
    if (readAzureError(error)?.type !== 'MissingPermission') throw error;
  }
};

/** The state before it was asked for: `register` answers at once with the state Registering. */
const register = async (azure: Azure, subscriptionId: string, namespace: string): Promise<string> => {
  const { providers } = azure.subscription(subscriptionId);
  const provider = await providers.get(namespace);
  if (isUnregistered(provider.registrationState)) await providers.register(namespace);
  return provider.registrationState ?? 'in an unknown state';
};
