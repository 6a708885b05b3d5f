import type { State } from '../state.ts';
import { isAtOrBelow } from './rights.ts';

/**
 * What stands on a deleted resource goes with it: role assignments, which a recovered vault has lost (documented), and
 * locks. Diagnostic settings stay (insights.ts).
 */
export const forgetExtensions = ({ roleAssignments, locks }: State, id: string): void => {
  const left = roleAssignments.filter(({ scope }) => !isAtOrBelow(scope, id));
  roleAssignments.splice(0, roleAssignments.length, ...left);
  for (const [key, { scope }] of Object.entries(locks)) {
    if (isAtOrBelow(scope, id)) delete locks[key];
  }
};
