import type { ChangeableSettings } from './changeable-settings.ts';
import { controlDevices } from './control/devices.ts';
import { controlFaults } from './control/faults.ts';
import { controlProviders } from './control/providers.ts';
import { controlRequests } from './control/requests.ts';
import { controlResources } from './control/resources.ts';
import { controlRights } from './control/rights.ts';
import { controlSecrets } from './control/secrets.ts';
import { controlSettings } from './control/settings.ts';
import { controlSnapshots } from './control/snapshots.ts';
import { controlTime } from './control/time.ts';
import { controlVaults } from './control/vaults.ts';
import type { MovableClock } from './clock.ts';
import type { Faults } from './faults/index.ts';
import type { RequestLog } from './request-log.ts';
import type { State } from './state.ts';

type Controlled = {
  state: () => State;
  snapshot: () => State;
  restore: (state: State) => void;
  clock: MovableClock;
  settings: ChangeableSettings;
  faults: Faults;
  log: RequestLog;
};

/**
 * What happens to a cloud from outside, for tests and rehearsals: each function is one event, takes one plain object, and
 * asks nobody's leave.
 */
export const createControl = ({ state, snapshot, restore, clock, settings, faults, log }: Controlled) => {
  const world = { state, now: () => clock.now() };
  return {
    ...controlProviders(world),
    ...controlResources(world),
    ...controlVaults(world),
    ...controlSecrets(world),
    ...controlDevices(world),
    ...controlRights(world),
    ...controlTime(clock),
    ...controlSettings(settings),
    ...controlFaults(faults),
    ...controlSnapshots({ snapshot, restore, settings }),
    ...controlRequests(log),
  };
};

export type Control = ReturnType<typeof createControl>;
