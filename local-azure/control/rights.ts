import { fold } from '../arm/path.ts';
import { roleNamed, type Role } from '../entra/roles.ts';
import { mainSubscription, principalNamed } from '../new-state.ts';
import type { State } from '../state.ts';
import { assertScope } from './checks.ts';
import type { Controlled } from './controlled.ts';

type RoleByName = { principal: string; role: string; scope?: string };

/** Who may do what. */
export const controlRights = ({ state }: Controlled) => {
  const mainScope = (): string => `/subscriptions/${mainSubscription(state())}`;
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
      if (scope !== undefined) assertScope(scope);
      state().roleAssignments.push({
        objectId: principalNamed(state(), principal).objectId,
        scope: scope ?? mainScope(),
        role: structuredClone(typeof role === 'string' ? roleNamed(role) : role),
      });
    },
    /** Takes back every assignment of this role at this scope, the whole subscription unless said. */
    unassignRole: ({ principal, role, scope = mainScope() }: RoleByName): void => {
      const taken = assignmentsOf(principal).filter(
        (held) => fold(held.role.name) === fold(role) && fold(held.scope) === fold(scope),
      );
      if (taken.length === 0) throw new Error(`${principal} does not hold the role '${role}' on ${scope}.`);
      state().roleAssignments = state().roleAssignments.filter((held) => !taken.includes(held));
    },
  };
};
