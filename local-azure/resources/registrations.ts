import { json, refuseAtGateway } from '../arm/answers.ts';
import { regions } from '../arm/locations.ts';
import { page } from '../arm/paging.ts';
import { fold, type ArmTarget } from '../arm/path.ts';
import type { ArmCall, Provider, Route } from '../arm/provider.ts';
import { registrationKey, registrationState } from '../arm/registration.ts';
import { typesOf } from '../arm/routes.ts';

const body = ({ state, now }: ArmCall, subscriptionId: string, provider: Provider): object => ({
  id: `/subscriptions/${subscriptionId}/providers/${provider.namespace}`,
  namespace: provider.namespace,
  ...(provider.application ? { authorization: provider.application } : {}),
  resourceTypes: typesOf(provider).map((resourceType) => ({
    resourceType,
    locations: regions.map(([, displayName]) => displayName),
    apiVersions: provider.apiVersions,
    capabilities: 'None',
  })),
  registrationState: registrationState(state, subscriptionId, provider, now),
  registrationPolicy: provider.registration === 'free' ? 'RegistrationFree' : 'RegistrationRequired',
});

const named = ({ providers, target }: ArmCall): Provider => {
  const name = target.names[1] ?? '';
  const provider = providers.find(({ namespace }) => fold(namespace) === fold(name));
  if (provider) return provider;
  throw refuseAtGateway(404, 'InvalidResourceNamespace', `The resource namespace '${name}' is invalid.`);
};

const show = (call: ArmCall): Response => json(200, body(call, call.target.names[0] ?? '', named(call)));

const list = (call: ArmCall): Response =>
  page(
    call,
    call.providers.map((provider) => body(call, call.target.names[0] ?? '', provider)),
  );

/** Answers at once with what it began; the state is to be polled (recorded). Registered stays Registered. */
const register = (call: ArmCall): Response => {
  const { state, now, settings, target } = call;
  const [subscriptionId = ''] = target.names;
  const provider = named(call);
  const before = registrationState(state, subscriptionId, provider, now);
  if (before !== 'Registered' && before !== 'Registering') {
    const isStuck = state.stuckProviders.includes(fold(provider.namespace));
    state.registrations[registrationKey(subscriptionId, provider.namespace)] = isStuck
      ? {}
      : { registeredAt: now + settings.providerRegistration };
  }
  return show(call);
};

const unregister = (call: ArmCall): Response => {
  const { state, now, settings, target } = call;
  const [subscriptionId = ''] = target.names;
  const provider = named(call);
  if (registrationState(state, subscriptionId, provider, now) === 'Registered') {
    state.registrations[registrationKey(subscriptionId, provider.namespace)] = {
      unregisteredAt: now + settings.providerRegistration,
    };
  }
  return show(call);
};

/** The right to register is the provider's own: `Microsoft.KeyVault/register/action`. */
const ownRight =
  (verb: 'register' | 'unregister') =>
  ({ names }: ArmTarget): string =>
    `${names[1] ?? ''}/${verb}/action`;

const registering = (verb: 'register' | 'unregister', run: Route['run']): Route => ({ run, action: ownRight(verb) });

export const providerRoutes: Provider['routes'] = {
  'GET tenant/subscriptions/{}/providers': list,
  'GET tenant/subscriptions/{}/providers/{}': show,
  'POST tenant/subscriptions/{}/providers/{}/register': registering('register', register),
  'POST tenant/subscriptions/{}/providers/{}/unregister': registering('unregister', unregister),
};
