import { roleNamed, type Role } from '../entra/roles.ts';
import { mainSubscription, principalNamed } from '../new-state.ts';
import type { State } from '../state.ts';
import type { Controlled } from './controlled.ts';

/** Who may do what. */
export const controlRights = ({ state }: Controlled) => {
  const assignmentsOf = (principal: string): State['roleAssignments'] => {
    const { objectId } = principalNamed(state(), principal);
    return state().roleAssignments.filter((assignment) => assignment.objectId === objectId);
  };
  return {
    /** Takes a right away wherever the principal holds it; `action` may have wildcards. */
    takeRight: ({ principal, action }: { principal: string; action: string }): void => {
      for (const { role } of assignmentsOf(principal)) role.notActions.push(action);
    },
    /** Gives back what `takeRight` took, by the same text. */
    giveBackRight: ({ principal, action }: { principal: string; action: string }): void => {
      for (const { role } of assignmentsOf(principal)) {
        role.notActions = role.notActions.filter((taken) => taken !== action);
      }
    },
    /** Assigns a role, also by its display name, on the whole subscription unless said. */
    assignRole: ({ principal, role, scope }: { principal: string; role: Role | string; scope?: string }): void => {
      state().roleAssignments.push({
        objectId: principalNamed(state(), principal).objectId,
        scope: scope ?? `/subscriptions/${mainSubscription(state())}`,
        role: structuredClone(typeof role === 'string' ? roleNamed(role) : role),
      });
    },
  };
};
