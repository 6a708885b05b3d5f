import type { Clock } from '../clock.ts';
import type { RequestEntry } from '../request-log.ts';
import type { State } from '../state.ts';
import { nameOf } from './action.ts';
import { answerWithFault } from './acts.ts';
import type { Execute } from './call.ts';
import { assertRule } from './check.ts';
import { createFormerState } from './former-state.ts';
import { createLater } from './later.ts';
import { faultFor, type Fault, type FaultRule } from './rule.ts';

export type { FaultAction } from './action.ts';
export type { Fault, FaultRule } from './rule.ts';

export type Faults = ReturnType<typeof createFaults>;

/** All that goes wrong between a caller and the local Azure, by rules that come and go. */
export const createFaults = ({ state, clock, execute }: { state: () => State; clock: Clock; execute: Execute }) => {
  const faults: Fault[] = [];
  let added = 0;
  const later = createLater(clock);
  const needsFormerState = (): boolean => faults.some(({ action }) => action === 'staleRead');
  const former = createFormerState(state, needsFormerState);
  const watched = former.watching(execute);

  const answer = async (request: Request, url: URL, entry: RequestEntry): Promise<Response> => {
    later.countCall();
    const fault = faultFor(faults, request, url);
    if (!fault) return await watched(request, entry);
    entry.fault = nameOf(fault.action);
    return await answerWithFault(fault.action, {
      request,
      url,
      entry,
      state: state(),
      now: () => clock.now(),
      execute: watched,
      later: (delay, act) => later.add(delay, act),
      formerState: () => former.get(),
    });
  };

  return {
    /** Answers a call, or throws what a socket would. */
    answer,
    /** Delivers the late requests whose time has come. */
    deliverLate: () => later.runDue(),
    /** The returned rule counts the calls that it hits. */
    add: (rule: FaultRule): Readonly<Fault> => {
      assertRule(rule);
      if (!needsFormerState()) former.clear();
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
    /** Ends the rules. What is already late still arrives. */
    clear: (): void => {
      faults.length = 0;
      former.clear();
    },
    /** Another world begins: what is late belongs to the old one. */
    forget: (): void => {
      faults.length = 0;
      former.clear();
      later.clear();
    },
  };
};
