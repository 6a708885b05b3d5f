import type { Agenda } from './agenda.ts';

/**
 * What attempts wait for that is none of them alone's: an answer that takes virtual time, and that others wait for as well
 * without the driver's knowledge. While there is one, an attempt in which nothing happens any more is taken to wait for it.
 */
export type Stalls = {
  /** Ends after so many milliseconds of virtual time, or never, and lets all who wait go on, if the process still lives. */
  begin(delay: number): Promise<void>;
  /** Something has happened in the process. */
  stir(): void;
  /** Watches an attempt at work. `rest` ends when it is taken to wait, and it is called when it may go on. */
  watch(goOn: () => Promise<void>): { rest: Promise<undefined>; stop: () => void };
  /** The process has died. */
  forget(): void;
};

type Watched = { goOn: () => Promise<void>; rested: PromiseWithResolvers<undefined>; looks: boolean; over: boolean };

/** Turns of the event loop without a request, after which nothing more happens: no part of the process waits for a socket. */
const turnsOfRest = 20;

export const createStalls = (add: Agenda['add']): Stalls => {
  let open = new Set<object>();
  let stirred = 0;
  let atWork: Watched | undefined;
  const waiting = new Set<() => Promise<void>>();

  const look = async (watched: Watched): Promise<void> => {
    if (watched.looks) return;
    watched.looks = true;
    for (let turns = 0, seen = stirred; turns < turnsOfRest && !watched.over; turns += 1) {
      await new Promise(setImmediate);
      if (seen !== stirred) turns = 0;
      seen = stirred;
    }
    if (watched.over) return;
    waiting.add(watched.goOn);
    watched.rested.resolve(undefined);
  };

  return {
    begin(delay) {
      const stall = {};
      const over = Promise.withResolvers<void>();
      open.add(stall);
      const end = async (): Promise<void> => {
        if (!open.delete(stall)) return;
        over.resolve();
        const all = [...waiting];
        waiting.clear();
        for (const goOn of all) await goOn();
      };
      if (delay !== Infinity) add(delay, undefined, end);
      if (atWork) void look(atWork);
      return over.promise;
    },
    stir() {
      stirred += 1;
    },
    watch(goOn) {
      const watched: Watched = { goOn, rested: Promise.withResolvers(), looks: false, over: false };
      atWork = watched;
      if (open.size > 0) void look(watched);
      return {
        rest: watched.rested.promise,
        stop() {
          watched.over = true;
          if (atWork === watched) atWork = undefined;
        },
      };
    },
    forget() {
      open = new Set();
      waiting.clear();
    },
  };
};
