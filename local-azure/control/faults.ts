import type { Fault, FaultRule, Faults } from '../faults/index.ts';

/** What goes wrong between the callers and the cloud. */
export const controlFaults = (faults: Faults) => ({
  /** Adds a fault and returns it: it counts the calls that it hits. */
  addFault: (rule: FaultRule): Readonly<Fault> => faults.add(rule),
  removeFault: ({ id }: { id: string }): void => faults.remove(id),
  /** Ends all faults; a request that is late already still arrives. */
  clearFaults: (): void => faults.clear(),
  listFaults: (): Fault[] => faults.list(),
});
