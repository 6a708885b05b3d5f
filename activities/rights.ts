import type { Azure } from '../azure/clients.ts';
import { resourceGroupId, type DeviceId } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import { missingActions, type Permission } from '../domain/rights.ts';

/** What the worker may do in the resource group, one entry for each role that it holds there. */
export const readPermissions = async (azure: Azure, device: DeviceId): Promise<Permission[]> => {
  const { permissions } = azure.subscription(device.subscriptionId);
  const held: Permission[] = [];
  for await (const { actions, notActions } of permissions.listForResourceGroup(device.resourceGroup)) {
    held.push({ actions: actions ?? [], notActions: notActions ?? [] });
  }
  return held;
};

/** @throws Refusal MissingPermission naming all that is missing */
export const assertRights = async (azure: Azure, device: DeviceId, needed: readonly string[]): Promise<void> =>
  assertHeld(device, needed, await readPermissions(azure, device));

/** @throws Refusal MissingPermission */
export const assertHeld = (device: DeviceId, needed: readonly string[], held: readonly Permission[]): void => {
  const missing = missingActions(needed, held);
  if (missing.length === 0) return;
  const scope = resourceGroupId(device);
  throw new Refusal('MissingPermission', `the worker lacks ${missing.join(', ')} on ${scope}`, {
    actions: missing,
    scope,
  });
};
