import type { State } from '../state.ts';
import { isAtOrBelow } from './rights.ts';

/**
 * What stands on a deleted resource goes with it: role assignments, which a recovered vault has lost (documented), and
 * locks. Diagnostic settings stay (insights.ts).
 */
export const forgetExtensions = (state: State, id: string): void => {
  state.roleAssignments = state.roleAssignments.filter(({ scope }) => !isAtOrBelow(scope, id));
  for (const [key, { scope }] of Object.entries(state.locks)) {
    if (isAtOrBelow(scope, id)) delete state.locks[key];
  }
};
