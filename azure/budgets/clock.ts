import { setTimeout } from 'node:timers/promises';
import type { TurnClock } from './admission.ts';

/** The process's own time, which only goes forward. */
export const ownClock: TurnClock = {
  now: () => performance.now(),
  pause: async (ms, woken, signal) => {
    const ended = new AbortController();
    const pause = setTimeout(ms, undefined, { signal: AbortSignal.any([signal, ended.signal]) }).catch(() => undefined);
    await Promise.race([pause, woken]);
    ended.abort();
  },
};
