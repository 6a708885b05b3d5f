import type { Payload } from '@temporalio/common';
import type { VirtualClock } from '../clock.ts';
import type { Agenda, Due } from './agenda.ts';
import { decode, encode } from './payloads.ts';

/** How often the SDK's core sends at most: four fifths of the heartbeat timeout, or this without one. */
const defaultThrottle = 30_000;
const longestThrottle = 60_000;

export type Heartbeats = {
  record(details: unknown): void;
  /** What the server or the failing attempt knows, decoded; undefined before the first. */
  lastDetails(options: { unsent: boolean }): unknown;
  stop(): void;
};

type Options = {
  clock: VirtualClock;
  agenda: Agenda;
  timeout: number | undefined;
  /** The server has the heartbeat; its answer is the only way a cancellation reaches a running attempt. */
  onSent: (details: Payload) => unknown;
};

/** The heartbeats of one attempt, throttled: the first is sent at once, the next ones the latest of each interval. */
export function createHeartbeats({ clock, agenda, timeout, onSent }: Options): Heartbeats {
  const throttle = Math.min(timeout === undefined ? defaultThrottle : timeout * 0.8, longestThrottle);
  let nextSendAt = -Infinity;
  let recorded: Payload | undefined;
  let sent: Payload | undefined;
  let flush: Due | undefined;

  function send(): unknown {
    sent = recorded;
    nextSendAt = clock.now() + throttle;
    flush = undefined;
    return sent && onSent(sent);
  }
  return {
    record(details) {
      recorded = encode(details);
      if (clock.now() >= nextSendAt) send();
      else flush ??= agenda.add(nextSendAt - clock.now(), undefined, send);
    },
    lastDetails: ({ unsent }) => decode(unsent ? recorded : sent),
    stop() {
      if (flush) flush.dropped = true;
    },
  };
}
