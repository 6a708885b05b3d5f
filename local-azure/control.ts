import { controlProviders } from './control/providers.ts';
import { controlResources } from './control/resources.ts';
import { controlRights } from './control/rights.ts';
import { controlVaults } from './control/vaults.ts';
import type { Controlled } from './control/controlled.ts';
import type { Fault, FaultRule } from './faults.ts';
import type { RequestEntry } from './request-log.ts';

/**
 * What happens to a cloud from outside, for tests and rehearsals: each function is one event, takes one plain object, and
 * asks nobody's leave.
 */
export const createControl = ({
  requests,
  faults,
  ...world
}: Controlled & { requests: RequestEntry[]; faults: Fault[] }) => ({
  ...controlProviders(world),
  ...controlResources(world),
  ...controlVaults(world),
  ...controlRights(world),
  /** Adds a fault and returns it: it counts the calls that it hits. */
  addFault: (rule: FaultRule): Readonly<Fault> => {
    const fault: Fault = { ...rule, matched: 0, fired: 0 };
    faults.push(fault);
    return fault;
  },
  clearFaults: (): void => {
    faults.length = 0;
  },
  listFaults: (): Fault[] => faults.map((fault) => ({ ...fault })),
  listRequests: (): RequestEntry[] => requests.map((entry) => ({ ...entry })),
  clearRequests: (): void => {
    requests.length = 0;
  },
});

export type Control = ReturnType<typeof createControl>;
