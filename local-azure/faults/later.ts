import type { Clock } from '../clock.ts';
import type { Delay } from './action.ts';

type Waiting = { atCall?: number; at?: number; act: () => Promise<void> };

export type Later = ReturnType<typeof createLater>;

/** What is to happen at later calls. There is no timer: whatever is due waits for the next call. */
export const createLater = (clock: Clock) => {
  let waiting: Waiting[] = [];
  let calls = 0;
  const isDue = ({ atCall, at }: Waiting): boolean =>
    (atCall !== undefined && atCall <= calls) || (at !== undefined && at <= clock.now());
  return {
    add: ({ afterCalls, afterMs }: Delay, act: () => Promise<void>): void => {
      const next = afterMs === undefined ? 0 : undefined;
      const after = afterCalls ?? next;
      waiting.push({
        ...(after === undefined ? {} : { atCall: calls + after }),
        ...(afterMs === undefined ? {} : { at: clock.now() + afterMs }),
        act,
      });
    },
    countCall: (): void => {
      calls += 1;
    },
    runDue: async (): Promise<void> => {
      const due = waiting.filter(isDue);
      if (due.length === 0) return;
      waiting = waiting.filter((one) => !due.includes(one));
      for (const { act } of due) await act();
    },
    clear: (): void => {
      waiting = [];
    },
  };
};
