import type { Azure } from '../azure/clients.ts';
import type { ActivationRequest } from '../domain/activation-input.ts';
import { resourceGroupId, type DeviceId } from '../domain/device.ts';
import { Refusal, type FailureFacts } from '../domain/failures.ts';
import { isUnregistered, trailProviders, vaultProvider } from '../domain/providers.ts';
import {
  activationActions,
  missingActions,
  registrationAction,
  trailActions,
  type Permission,
} from '../domain/rights.ts';

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
  if (missing.length > 0) throw lacks(device, missing);
};

/** Actions that the worker lacks, those of the audit trail apart. */
export type Lacking = { forKey: readonly string[]; forTrail: readonly string[] };

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
    forKey: await missingFor(activationActions, [vaultProvider]),
    forTrail: audit === 'after' ? [] : await missingFor(trailActions, trailProviders),
  };
};

/** @throws Refusal MissingPermission naming all that is missing, of the audit trail too */
export const assertMayActivate = (device: DeviceId, { forKey, forTrail }: Lacking): void => {
  if (forKey.length > 0) throw lacks(device, [...new Set([...forKey, ...forTrail])]);
};

/**
 * Refuses if rights of the audit trail are missing. The requester can then have the key first and skip the trail.
 * @throws Refusal MissingPermission with the names of all missing rights
 */
export const assertMayBuildTrail = (device: DeviceId, { forTrail }: Lacking): void => {
  if (forTrail.length === 0) return;
  throw lacks(device, forTrail, ', required for the audit trail', { retryWith: { audit: 'after' } });
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

const lacks = (device: DeviceId, missing: readonly string[], why = '', more: FailureFacts = {}): Refusal => {
  const scope = resourceGroupId(device);
  const message = `the worker lacks ${missing.join(', ')} on ${scope}${why}`;
  return new Refusal('MissingPermission', message, { actions: missing, scope, ...more });
};
