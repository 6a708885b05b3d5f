import type { VirtualClock } from '../clock.ts';
import { createStalls, type Stalls } from './stalls.ts';

/** Something that will happen at a moment of virtual time. `owner` lets all that belongs to a run be dropped at once. */
export type Due = { readonly at: number; readonly owner: string | undefined; fire(): unknown; dropped: boolean };

/** What is going to happen and when; the order of what happens at one moment is the caller's to pick. */
export type Agenda = {
  readonly now: () => number;
  readonly stalls: Stalls;
  add(delay: number, owner: string | undefined, fire: () => unknown): Due;
  drop(owner: string): void;
  /** Advances the clock to the next moment at which something is due, and takes one of that moment's events. */
  take(pick: (due: number) => number): Due | undefined;
  /** Whether `owner` has something else due at this very moment. */
  hasMore(owner: string): boolean;
};

export function createAgenda(clock: VirtualClock): Agenda {
  let entries: Due[] = [];
  const add: Agenda['add'] = (delay, owner, fire) => {
    const due = { at: clock.now() + Math.max(0, delay), owner, fire, dropped: false };
    // Kept in order of time; among equals the first come stays first.
    const after = entries.findIndex((entry) => entry.at > due.at);
    entries.splice(after < 0 ? entries.length : after, 0, due);
    return due;
  };
  return {
    now: () => clock.now(),
    stalls: createStalls(add),
    add,
    drop(owner) {
      entries = entries.filter((entry) => entry.owner !== owner);
    },
    take(pick) {
      entries = entries.filter((entry) => !entry.dropped);
      const [first] = entries;
      if (!first) return undefined;
      // The clock may have been moved by hand past several events: then they are all late, and all due now.
      if (first.at > clock.now()) clock.advanceTo(first.at);
      const due = entries.filter((entry) => entry.at <= clock.now());
      const taken = due[pick(due.length)];
      if (!taken) throw new RangeError(`pick must choose one of ${due.length} events`);
      taken.dropped = true;
      return taken;
    },
    hasMore: (owner) => entries.some((entry) => !entry.dropped && entry.owner === owner && entry.at <= clock.now()),
  };
}
