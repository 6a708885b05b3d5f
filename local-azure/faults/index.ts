import type { Provider } from '../arm/provider.ts';
import type { Clock } from '../clock.ts';
import type { State } from '../state.ts';
import { createAnswer } from './answer.ts';
import type { Execute } from './call.ts';
import { createFormerState } from './former-state.ts';
import { createLater } from './later.ts';
import type { Fault, FaultRule } from './rule.ts';
import { createRules } from './rules.ts';

export type { FaultAction } from './action.ts';
export type { Fault, FaultRule } from './rule.ts';

export type Faults = ReturnType<typeof createFaults>;

type Around = { state: () => State; clock: Clock; execute: Execute; providers: readonly Provider[] };

/** All that goes wrong between a caller and the local Azure, by rules that come and go. */
export const createFaults = ({ state, clock, execute, providers }: Around) => {
  const rules = createRules();
  const later = createLater(clock);
  const needsFormerState = (): boolean => rules.have('staleRead');
  const former = createFormerState(state, needsFormerState);
  const answer = createAnswer({ state, clock, rules, later, former, providers, execute: former.watching(execute) });
  /** Ends the rules. What is already late still arrives. */
  const clear = (): void => {
    rules.clear();
    former.clear();
  };

  return {
    /** Answers a call, or throws what a socket would. */
    answer,
    /** Delivers the late requests whose time has come. */
    deliverLate: () => later.runDue(),
    /** The returned rule counts the calls that it hits. */
    add: (rule: FaultRule): Readonly<Fault> => {
      if (!needsFormerState()) former.clear();
      return rules.add(rule);
    },
    list: rules.list,
    remove: rules.remove,
    clear,
    /** Another world begins: what is late belongs to the old one. */
    forget: (): void => {
      clear();
      later.clear();
    },
  };
};
