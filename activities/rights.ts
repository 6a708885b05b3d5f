import type { Azure } from '../azure/clients.ts';
import { readAzureError } from '../azure/errors.ts';
import { type Device, type DeviceId, resourceGroupId } from '../domain/device.ts';
import { type FailureFacts, NotYet, Refusal } from '../domain/failures.ts';
import type { ActivationRequest } from '../domain/inputs.ts';
import { lookDelay, registrationLooks } from '../domain/pace.ts';
import {
  type Permission,
  activationActions,
  grantCommand,
  isUnregistered,
  keyProviders,
  missingActions,
  registrationAction,
  trailActions,
  trailProviders,
  vaultProvider,
} from '../domain/rights.ts';
import { looksSoFar } from './call.ts';

/** Returns the worker's permissions in the resource group, one entry for each of its roles. */
export const readPermissions = async (azure: Azure, device: DeviceId): Promise<Permission[]> => {
  const { permissions } = azure.subscription(device.subscriptionId);
  const held: Permission[] = [];
  for await (const { actions, notActions } of permissions.listForResourceGroup(device.resourceGroup)) {
    held.push({ actions: actions ?? [], notActions: notActions ?? [] });
  }
  return held;
};

/** @throws Refusal MissingPermission naming all that is missing */
export const assertRights = async (azure: Azure, device: DeviceId, needed: readonly string[]): Promise<void> => {
  const missing = missingActions(needed, await readPermissions(azure, device));
  if (missing.length > 0) throw lacks(device, await azure.callerObjectId(), missing);
};

/** Actions that the worker lacks, those of the audit trail apart, and its object id. */
export type Lacking = { worker: string; forKey: readonly string[]; forTrail: readonly string[] };

/** All that an activation takes, the audit trail included where that comes before the key. */
export const findLacking = async (
  azure: Azure,
  device: DeviceId,
  { audit }: Pick<ActivationRequest, 'audit'>,
  held: readonly Permission[],
): Promise<Lacking> => {
  const missingFor = async (actions: readonly string[], namespaces: readonly string[]): Promise<string[]> => [
    ...missingActions(actions, held),
    ...(await missingRegistrations(azure, device, namespaces, held)),
  ];
  return {
    worker: await azure.callerObjectId(),
    forKey: await missingFor(activationActions, [vaultProvider]),
    forTrail: audit === 'after' ? [] : await missingFor(trailActions, trailProviders),
  };
};

/** @throws Refusal MissingPermission naming all that is missing, of the audit trail too */
export const assertMayActivate = (device: DeviceId, { worker, forKey, forTrail }: Lacking): void => {
  if (forKey.length > 0) throw lacks(device, worker, [...new Set([...forKey, ...forTrail])]);
};

/**
 * Refuses if rights of the audit trail are missing. The requester can then have the key first and skip the trail.
 * @throws Refusal MissingPermission with the names of all missing rights
 */
export const assertMayBuildTrail = (device: DeviceId, { worker, forTrail }: Lacking): void => {
  if (forTrail.length === 0) return;
  throw lacks(device, worker, forTrail, ', required for the audit trail', { retryWith: { audit: 'after' } });
};

/** A provider is looked at only where the worker could not register it, and may: what is registered needs no right to. */
const missingRegistrations = async (
  azure: Azure,
  { subscriptionId }: DeviceId,
  namespaces: readonly string[],
  held: readonly Permission[],
): Promise<string[]> => {
  const { providers } = azure.subscription(subscriptionId);
  const maySee = missingActions([providersRead], held).length === 0;
  const missing: string[] = [];
  for (const namespace of namespaces) {
    const [action] = missingActions([registrationAction(namespace)], held);
    if (action === undefined || !maySee) continue;
    const { registrationState } = await providers.get(namespace);
    if (isUnregistered(registrationState)) missing.push(action);
  }
  return missing;
};

const providersRead = 'Microsoft.Resources/subscriptions/providers/read';

const lacks = (
  device: DeviceId,
  worker: string,
  missing: readonly string[],
  why = '',
  more: FailureFacts = {},
): Refusal => {
  const scope = resourceGroupId(device);
  // The right to register a provider counts on the subscription alone.
  const whole = missing.some((action) => action.endsWith('/register/action'));
  const grant = grantCommand(worker, missing, whole ? `/subscriptions/${device.subscriptionId}` : scope);
  const message = `the worker lacks ${missing.join(', ')} on ${scope}${why}: ${grant}`;
  return new Refusal('MissingPermission', message, { actions: missing, scope, ...more });
};

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
