import type { Provider } from '../arm/provider.ts';
import type { Clock } from '../clock.ts';
import type { RequestEntry } from '../request-log.ts';
import { draw } from '../random.ts';
import type { State } from '../state.ts';
import { nameOf } from './action.ts';
import { answerWithFault } from './acts.ts';
import type { Execute } from './call.ts';
import type { FormerState } from './former-state.ts';
import type { Later } from './later.ts';
import type { Rules } from './rules.ts';

type Around = {
  state: () => State;
  clock: Clock;
  rules: Rules;
  later: Later;
  former: FormerState;
  execute: Execute;
  providers: readonly Provider[];
};

/** Answers a call, or throws what a socket would: by the rule that hits it, or as if there were none. */
export const createAnswer =
  ({ state, clock, rules, later, former, execute, providers }: Around) =>
  async (request: Request, url: URL, entry: RequestEntry): Promise<Response> => {
    later.countCall();
    const fault = rules.hit(request, url, () => draw(state()));
    if (!fault) return await execute(request, entry);
    entry.fault = nameOf(fault.action);
    return await answerWithFault(fault.action, {
      request,
      url,
      entry,
      state: state(),
      now: () => clock.now(),
      execute,
      providers,
      later: (delay, act) => later.add(delay, act),
      formerState: () => former.get(),
    });
  };
