import type { Role } from '../entra/roles.ts';
import type { State } from '../state.ts';
import { fold } from './path.ts';

/** The roles that a principal holds at a scope, inherited ones included. */
export const rolesAt = (state: State, objectId: string, scope: string): Role[] =>
  state.roleAssignments
    .filter((assignment) => assignment.objectId === objectId && isAtOrBelow(scope, assignment.scope))
    .map((assignment) => assignment.role);

/** As Azure decides: one role must allow the action and not exclude it itself. */
export const mayDo = (state: State, objectId: string, action: string, scope: string): boolean =>
  rolesAt(state, objectId, scope).some((role) => allows(role, action));

export const allows = ({ actions, notActions }: Role, action: string): boolean => covers(actions, notActions, action);

/** The same for what is inside a resource: no `*` of an owner or contributor reaches there. */
export const mayDoWithData = (state: State, objectId: string, dataAction: string, scope: string): boolean =>
  rolesAt(state, objectId, scope).some(({ dataActions, notDataActions }) =>
    covers(dataActions, notDataActions, dataAction),
  );

const covers = (allowed: string[], excluded: string[], action: string): boolean =>
  allowed.some((pattern) => matchesAction(pattern, action)) &&
  !excluded.some((pattern) => matchesAction(pattern, action));

/** `*` stands for any text, slashes too; case does not matter. */
export const matchesAction = (pattern: string, action: string): boolean =>
  fold(pattern) === fold(action) ||
  (pattern.includes('*') && new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`, 'i').test(action));

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Whether `id` is `scope` itself or lies below it. */
export const isAtOrBelow = (id: string, scope: string): boolean => {
  const [inner, outer] = [fold(id), fold(scope)];
  return outer === '/' || inner === outer || inner.startsWith(`${outer}/`);
};
