import { page } from '../arm/paging.ts';
import type { ArmCall, Provider } from '../arm/provider.ts';
import { rolesAt } from '../arm/rights.ts';

/** What the caller may do here: one entry for each role that it holds, inherited ones included. */
const list = (call: ArmCall): Response => {
  const { state, target, caller } = call;
  const entries = rolesAt(state, caller.objectId, target.scope).map(
    ({ actions, notActions, dataActions, notDataActions }) => ({ actions, notActions, dataActions, notDataActions }),
  );
  return page(call, entries);
};

export const permissionRoutes: Provider['routes'] = {
  'GET subscription/permissions': list,
  'GET group/permissions': list,
  'GET resource/permissions': list,
};
