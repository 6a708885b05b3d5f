/** Milliseconds since 1970. */
export type Clock = { now(): number };

/** A clock that can be put forward. None goes back. */
export type MovableClock = Clock & {
  /** `auto` goes on by itself, `explicit` stands still until it is put forward. */
  readonly mode: 'auto' | 'explicit';
  advance(ms: number): void;
};

export const explicitClock = (start: number): MovableClock => {
  let now = start;
  return {
    mode: 'explicit',
    now: () => now,
    advance: (ms) => {
      now = forward(now, ms);
    },
  };
};

/** Goes on with another clock, and may be put ahead of it. */
export const automaticClock = (followed: Clock): MovableClock => {
  let ahead = 0;
  const now = (): number => followed.now() + ahead;
  return {
    mode: 'auto',
    now,
    advance: (ms) => {
      ahead += forward(now(), ms) - now();
    },
  };
};

/** The clock itself if it can be put forward, else one that follows it. */
export const movable = (clock: Clock | MovableClock): MovableClock =>
  'advance' in clock ? clock : automaticClock(clock);

/** After it Azure's dates would have years of five digits, which no client reads. */
const end = Date.UTC(9000, 0, 1);

const forward = (now: number, ms: number): number => {
  if (!(ms >= 0)) throw new Error(`The clock cannot go back, nor by '${ms}' milliseconds.`);
  if (now + ms > end) throw new Error('The clock ends with the year 9000.');
  return now + ms;
};
