import { asyncLocalStorage, CompleteAsyncError, type Context, type Info } from '@temporalio/activity';
import {
  ActivityCancellationDetails,
  CancelledFailure,
  ensureApplicationFailure,
  type Logger,
  type Payload,
} from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { inTime } from '../virtual-date.ts';
import type { Agenda } from './agenda.ts';
import type { CancelReason, Failure } from './internals.ts';
import { encode, toFailure } from './payloads.ts';

export type ActivityFunction = (...args: never[]) => unknown;
export type Ending = { completed: Payload } | { failed: Failure } | { cancelled: true };

/** One attempt of an activity in a worker: real code in the SDK's own activity context. */
export type Attempt = {
  /** Lets the code run until it has ended, sleeps in virtual time or will never report; undefined unless it has ended. */
  proceed(): Promise<Ending | undefined>;
  /** What `sleep` inside the activity does: as `Context.sleep`, in virtual time; no longer than until `woken` resolves. */
  sleep(delay: number, woken?: Promise<unknown>): Promise<void>;
  /** The code never comes back from here; `meanwhile` happens before whoever waits for it goes on. */
  fallSilent(meanwhile: Promise<unknown>): Promise<never>;
  /** Fires the cancellation inside; an attempt that sleeps or waits goes on with it. */
  cancel(reason: CancelReason, details: Partial<ActivityCancellationDetails>): Promise<void> | undefined;
  /** Its process is gone: nothing in it ever happens again. */
  die(): void;
  /** Whether time can still make its code go on. */
  readonly alive: boolean;
};

const attempts = new WeakMap<Context, Attempt>();

/** The attempt whose code is asking. */
export function currentAttempt(): Attempt {
  const context = asyncLocalStorage.getStore();
  const attempt = context && attempts.get(context);
  if (!attempt) throw new Error('only code that runs inside an activity can be interrupted or sleep');
  return attempt;
}

/** All that sleep at once in one attempt. */
type Sleep = { slept: PromiseWithResolvers<void>; over: boolean };

type Start = {
  activity: ActivityFunction;
  args: unknown[];
  info: Partial<Info>;
  agenda: Agenda;
  logger: Logger;
  onHeartbeat: (details: unknown) => void;
  /** Called when an attempt that slept or waited has something to do again, to let it proceed. */
  onAwake: () => Promise<void>;
};

export function startAttempt({ activity, args, info, agenda, logger, onHeartbeat, onAwake }: Start): Attempt {
  const environment = new MockActivityEnvironment(info, { logger });
  environment.on('heartbeat', onHeartbeat);
  let paused = Promise.withResolvers<undefined>();
  let alive = true;
  let cancelled = false;
  let sleeping: Sleep | undefined;
  let resting = false;
  let ended: Promise<Ending> | undefined;

  const attempt: Attempt = {
    get alive() {
      return alive;
    },
    proceed() {
      paused = Promise.withResolvers();
      ended ??= begin();
      resting = false;
      const { rest, stop } = agenda.stalls.watch(onAwake);
      void rest.then(() => (resting = true));
      return Promise.race([ended, paused.promise, rest]).finally(stop);
    },
    async sleep(delay, woken) {
      // Requests that are sent beside each other wait for their turns together, and look together whether they have come.
      if (sleeping && !woken) throw new Error('not modelled: two sleeps at once in one attempt');
      environment.context.cancellationSignal.throwIfAborted();
      const sleep = (sleeping ??= { slept: Promise.withResolvers<void>(), over: false });
      const awake = (): Promise<void> | undefined => {
        if (!alive || sleep.over) return undefined;
        sleep.over = true;
        sleep.slept.resolve();
        return onAwake();
      };
      const due = agenda.add(delay, undefined, awake);
      void woken?.then(() => sleep.over || agenda.add(0, undefined, awake));
      paused.resolve(undefined);
      try {
        await Promise.race([sleep.slept.promise, environment.context.cancelled]);
      } finally {
        sleep.over = true;
        if (sleeping === sleep) sleeping = undefined;
        due.dropped = true;
      }
    },
    fallSilent(meanwhile) {
      alive = false;
      paused.resolve(meanwhile.then(() => undefined));
      return new Promise(() => undefined);
    },
    cancel(reason, details) {
      if (!alive || cancelled) return undefined;
      cancelled = true;
      environment.cancel(reason, new ActivityCancellationDetails(details));
      return sleeping || resting ? onAwake() : undefined;
    },
    die() {
      alive = false;
    },
  };
  attempts.set(environment.context, attempt);

  /** It may end while a part of it still sleeps: then nobody waits for it. */
  function begin(): Promise<Ending> {
    const ending = inTime(agenda.now, run);
    const tell = (): void => void ((sleeping || resting) && agenda.add(0, undefined, onAwake));
    ending.then(tell, tell);
    return ending;
  }

  async function run(): Promise<Ending> {
    try {
      return {
        completed: encode(await environment.run(async () => (activity as (...args: unknown[]) => unknown)(...args))),
      };
    } catch (error) {
      if (error instanceof CompleteAsyncError)
        throw new Error('not modelled: asynchronous completion', { cause: error });
      if (cancelled && isCancellation(error)) return { cancelled: true };
      return { failed: toFailure(ensureApplicationFailure(error)) };
    } finally {
      alive = false;
    }
  }
  return attempt;
}

/** As the SDK's worker decides it. */
const isCancellation = (error: unknown): boolean =>
  error instanceof CancelledFailure || (error instanceof Error && error.name === 'AbortError');
