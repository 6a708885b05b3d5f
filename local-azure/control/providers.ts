import { fold } from '../arm/path.ts';
import { registrationKey } from '../arm/registration.ts';
import { mainSubscription } from '../new-state.ts';
import type { Controlled } from './controlled.ts';

/** Registrations of resource providers in the main subscription. */
export const controlProviders = ({ state, now }: Controlled) => {
  const keyOf = (namespace: string): string => registrationKey(mainSubscription(state()), namespace);
  return {
    /** Registers a provider, at once. */
    register: ({ namespace }: { namespace: string }): void => {
      state().registrations[keyOf(namespace)] = { registeredAt: now() };
    },
    /** From now on the registration of this provider begins and never ends. */
    neverRegister: ({ namespace }: { namespace: string }): void => {
      state().stuckProviders.push(fold(namespace));
      delete state().registrations[keyOf(namespace)];
    },
    /** Undoes `neverRegister`; a registration that hung ends now. */
    letRegister: ({ namespace }: { namespace: string }): void => {
      state().stuckProviders = state().stuckProviders.filter((stuck) => stuck !== fold(namespace));
      const hanging = state().registrations[keyOf(namespace)];
      if (hanging) hanging.registeredAt ??= now();
    },
  };
};
