import type { Cause } from './searches.ts';

export type BlockedCount = Cause & { count: number };

/** How many are blocked at which step and why, the most frequent first. Temporal does not group by attributes of ours. */
export const countBlocked = (found: readonly Cause[]): BlockedCount[] => {
  const groups = Object.groupBy(found, ({ step, failure }) => `${step} ${failure}`);
  return Object.entries(groups)
    .sort(([one, ones = []], [other, others = []]) => others.length - ones.length || one.localeCompare(other))
    .flatMap(([, group = []]) => {
      const { step, failure } = group[0] ?? {};
      return step !== undefined && failure !== undefined ? [{ step, failure, count: group.length }] : [];
    });
};
