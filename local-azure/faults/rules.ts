import type { FaultAction } from './action.ts';
import { assertRule } from './check.ts';
import { faultFor, type Fault, type FaultRule } from './rule.ts';

export type Rules = ReturnType<typeof createRules>;

/** The rules at work, in the order in which they came. */
export const createRules = () => {
  const faults: Fault[] = [];
  let added = 0;
  return {
    hit: (request: Request, url: URL, draw: () => number): Fault | undefined => faultFor(faults, request, url, draw),
    have: (wanted: FaultAction): boolean => faults.some(({ action }) => action === wanted),
    add: (rule: FaultRule): Readonly<Fault> => {
      assertRule(rule);
      added += 1;
      const fault: Fault = { id: `fault-${added}`, ...rule, matched: 0, fired: 0 };
      faults.push(fault);
      return fault;
    },
    list: (): Fault[] => faults.map((fault) => ({ ...fault })),
    remove: (id: string): void => {
      const at = faults.findIndex((fault) => fault.id === id);
      const known = faults.map((fault) => fault.id).join(', ');
      if (at < 0) throw new Error(`There is no fault '${id}'; there is ${known || 'none'}.`);
      faults.splice(at, 1);
    },
    clear: (): void => {
      faults.length = 0;
    },
  };
};
