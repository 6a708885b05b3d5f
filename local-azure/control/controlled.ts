import type { State } from '../state.ts';

/** The world that the controls work on. The state is asked for anew each time: a restored one is another object. */
export type Controlled = { state: () => State; now: () => number };
