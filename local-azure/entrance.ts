import type { Clock } from './clock.ts';
import { synchroniseDevices } from './device/secrets.ts';
import type { Surroundings } from './device/surroundings.ts';
import type { Faults } from './faults/index.ts';
import { connectionReset } from './faults/network.ts';
import { entryOf, type RequestLog } from './request-log.ts';
import type { State } from './state.ts';

type Around = {
  state: () => State;
  clock: Clock;
  log: RequestLog;
  faults: Faults;
  issueToken: Surroundings['issueToken'];
};

/** Where every request comes in: it is logged, may meet a fault, and wakes the devices that have something to do. */
export const createEntrance = ({ state, clock, log, faults, issueToken }: Around): Surroundings['fetch'] => {
  const enter = async (request: Request): Promise<Response> => {
    await faults.deliverLate();
    const url = new URL(request.url);
    const entry = entryOf(request, url, clock.now());
    log.add(entry);
    const answer = await faults.answer(request, url, entry);
    if (!answer.headers.has('date')) answer.headers.set('date', new Date(entry.at).toUTCString());
    synchroniseDevices(inThisWorld());
    return answer;
  };
  /** What a device works with on its own: once another world is restored, nothing answers it any more. */
  const inThisWorld = (): Surroundings => {
    const world = state();
    const enterHere: Surroundings['fetch'] = (request) =>
      state() === world ? enter(request) : Promise.reject(connectionReset());
    return { state: world, fetch: enterHere, issueToken, now: () => clock.now() };
  };
  return enter;
};
