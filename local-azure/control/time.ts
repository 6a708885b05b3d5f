import type { MovableClock } from '../clock.ts';

export type ClockReading = { mode: MovableClock['mode']; now: number; iso: string };

const day = 86_400_000;

/** How far to put the clock forward: one of the three. */
export type Advance = { ms?: number; days?: number; until?: string };

export const controlTime = (clock: MovableClock) => {
  const read = (): ClockReading => ({ mode: clock.mode, now: clock.now(), iso: new Date(clock.now()).toISOString() });
  return {
    readClock: read,
    /** Puts the clock forward at once, by so much or until that date: whatever ripens meanwhile is ripe then. */
    advanceClock: (by: Advance): ClockReading => {
      clock.advance(millisecondsOf(by, clock.now()));
      return read();
    },
  };
};

const millisecondsOf = ({ ms, days, until }: Advance, now: number): number => {
  const [only = Number.NaN, ...more] = [
    ...(ms === undefined ? [] : [ms]),
    ...(days === undefined ? [] : [days * day]),
    ...(until === undefined ? [] : [Date.parse(until) - now]),
  ];
  if (more.length === 0 && Number.isFinite(only)) return only;
  throw new Error('Say one of "ms", "days" and "until", as in {"days":90} or {"until":"2027-01-31T00:00:00Z"}.');
};
