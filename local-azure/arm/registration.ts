import type { State } from '../state.ts';
import { refuseAtGateway } from './answers.ts';
import { fold, type ArmTarget } from './path.ts';
import type { Exchange, Provider } from './provider.ts';

export type RegistrationState = 'NotRegistered' | 'Registering' | 'Registered' | 'Unregistering' | 'Unregistered';

/** How far the registration of a provider is. */
export const registrationState = (
  state: State,
  subscriptionId: string,
  provider: Pick<Provider, 'namespace' | 'registration'>,
  now: number,
): RegistrationState => {
  if (provider.registration === 'free') return 'Registered';
  const registration = state.registrations[registrationKey(subscriptionId, provider.namespace)];
  if (!registration) return 'NotRegistered';
  if (registration.unregisteredAt !== undefined) {
    return registration.unregisteredAt <= now ? 'Unregistered' : 'Unregistering';
  }
  return registration.registeredAt !== undefined && registration.registeredAt <= now ? 'Registered' : 'Registering';
};

export const registrationKey = (subscriptionId: string, namespace: string): string =>
  fold(`${subscriptionId}/${namespace}`);

/**
 * Refuses the types of a provider that the subscription has not registered: 409, one text recorded, the one for a
 * registration that was taken back from users' reports. That reads are refused too, and as long as it is Registering,
 * is assumed.
 */
export const assertRegistered = ({ state, now }: Exchange, target: ArmTarget, provider: Provider): void => {
  if (target.subscriptionId === undefined) return;
  const found = registrationState(state, target.subscriptionId, provider, now);
  if (found === 'Registered' || found === 'Unregistering') return;
  const code = 'MissingSubscriptionRegistration';
  const reason =
    found === 'Unregistered'
      ? `The subscription registration is in 'Unregistered' state. The subscription must be registered to use namespace`
      : 'The subscription is not registered to use namespace';
  const message = `${reason} '${provider.namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions.`;
  throw refuseAtGateway(409, code, message, { details: [{ code, target: provider.namespace, message }] });
};
