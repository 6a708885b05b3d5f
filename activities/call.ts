import { Context } from '@temporalio/activity';
import { NoTurn, type Ask } from '../azure/budgets/admission.ts';
import { isFinal, readAzureError } from '../azure/errors.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import { callTimeout, mayWaitAtFirst, mayWaitInBetween, settleTime } from '../domain/pace.ts';
import { urgencyOf } from '../domain/urgency.ts';

/** How a workflow came to run an activity, passed beside the input where it matters. */
export type Situation = {
  probing?: Probing;
  /** An earlier activity of this step ended without saying how: a request of it may still take effect. */
  unsettled?: boolean;
  retry?: Retry;
  /** An earlier activity of this step ended while it waited for its turn: what its attempts had recorded. */
  recorded?: Memory;
};

/** The probe of a blocked step: it checks slowly whether the cause is gone, since that may take days. */
export type Probing = {
  /** Type of the failure that blocks the step now. A worker of another release may have named it. */
  cause: string;
  /** Looks at the step since it blocked, whatever they found: this activity goes on with their pace. */
  looks: number;
  /** It has found one cause after the other: from now on it waits for all of them to go. */
  anyCause?: boolean;
  /** Nobody can give the step up: it is looked at for as long as it is blocked, also where only a person can remove the cause. */
  unending?: boolean;
};

/** A person retries the step with another input. Judged here: what a workflow judges, it would judge again on each replay. */
export type Retry = {
  /** As it was said. */
  input: unknown;
  /** Fields that the step lets a retry change. */
  accepts: readonly string[];
};

/** Facts that attempts of one activity pass to each other as heartbeat details. Never a secret. */
export type Memory = Record<string, unknown>;

type Attempt = {
  situation: Situation;
  memory: Memory;
  /** When it began, as `performance.now` tells. */
  begunAt: number;
  beatAt: number;
  /** Whether a request of it was sent. */
  sent: boolean;
  /** Aborted at its end: a part of it may still wait for a turn. */
  end: AbortController;
  secrets: Set<string>;
};

const attempts = new WeakMap<Context, Attempt>();

const thisAttempt = (): Attempt => {
  const context = Context.current();
  const known = attempts.get(context);
  if (known) return known;
  const memory = (context.info.heartbeatDetails ?? {}) as Memory;
  const begunAt = performance.now();
  const attempt: Attempt = {
    situation: {},
    memory,
    begunAt,
    beatAt: begunAt,
    sent: false,
    end: new AbortController(),
    secrets: new Set<string>(),
  };
  attempts.set(context, attempt);
  return attempt;
};

/** At the beginning of every attempt. */
export const beginAttempt = (situation: Situation = {}): void => {
  const attempt = thisAttempt();
  attempt.situation = situation;
  if (Context.current().info.heartbeatDetails === undefined) attempt.memory = situation.recorded ?? {};
};

/** Ends every attempt: its requests that still wait are not sent. */
export const endAttempt = (): void => thisAttempt().end.abort();

export const situation = (): Situation => thisAttempt().situation;

/**
 * Runs before every request of an activity: sends a heartbeat, and returns the signal that ends the request with the
 * attempt. Without that signal, an attempt that timed out would continue to write, and an attempt of a frozen process
 * that resumes would not notice that the server has timed it out.
 */
export const beginCall = (): AbortSignal => {
  if (isGivenUp()) return AbortSignal.abort();
  thisAttempt().sent = true;
  beat();
  return AbortSignal.any([Context.current().cancellationSignal, AbortSignal.timeout(callTimeout)]);
};

/** Silent for longer than the server waits. */
const isGivenUp = (): boolean => {
  const { heartbeatTimeoutMs = Number.POSITIVE_INFINITY } = Context.current().info;
  return performance.now() - thisAttempt().beatAt > heartbeatTimeoutMs;
};

/**
 * Returns how urgent a request of this attempt is and how long it may wait. An attempt that has sent nothing frees its slot
 * in the worker soon; an attempt in the middle waits, because a retry would repeat its requests.
 */
export const askForTurn = (): Ask => {
  const { cancellationSignal, info } = Context.current();
  const attempt = thisAttempt();
  const { sent, begunAt, end } = attempt;
  const age = Math.max(0, Date.now() - info.scheduledTimestampMs);
  const left = Math.min(
    info.startToCloseTimeoutMs - (performance.now() - begunAt),
    (info.scheduleToCloseTimeoutMs || Number.POSITIVE_INFINITY) - age,
  );
  return {
    urgency: urgencyOf(info.activityType, {
      priority: info.priority?.priorityKey,
      probes: attempt.situation.probing !== undefined,
      begun: sent,
      age,
    }),
    since: info.scheduledTimestampMs,
    // After its turn the request needs its own time, before the server takes the attempt for lost.
    mayWait: Math.min(sent ? mayWaitInBetween : mayWaitAtFirst, left - 2 * callTimeout),
    signal: AbortSignal.any([cancellationSignal, end.signal]),
    onWait: beatOnWait,
  };
};

/** Waiting must not revive an attempt that the server has timed out. */
const beatOnWait = (): void => {
  if (isGivenUp()) throw AbortSignal.abort().reason;
  beat();
};

const beat = (): void => {
  const attempt = thisAttempt();
  attempt.beatAt = performance.now();
  Context.current().heartbeat(attempt.memory);
};

/**
 * Records a fact for later attempts, by heartbeat. The SDK may delay a heartbeat for some seconds, so the facts of an
 * attempt that dies can be lost.
 */
export const remember = (part: Memory): void => {
  const attempt = thisAttempt();
  attempt.memory = { ...attempt.memory, ...part };
  beat();
};

/** Returns the secrets that this attempt has sent or received. They stay here and are removed from all its texts. */
export const secretsInHand = (): Set<string> => thisAttempt().secrets;

export const keepSecret = (secret: string): void => {
  secretsInHand().add(secret);
};

/** Returns the facts that this attempt and the earlier ones recorded. */
export const recall = (): Memory => thisAttempt().memory;

/** Whether no other attempt, and no other activity of this step, has asked anything of Azure before. */
export const isFirstLook = (): boolean => {
  const { probing, unsettled, retry } = situation();
  return looksSoFar() === 1 && !probing && !unsettled && !retry;
};

/** What to add to the number of an attempt: looks of an earlier activity, less attempts that have sent nothing. */
type Counted = { looksBefore?: number };

const looksBefore = (): number => (recall() as Counted).looksBefore ?? 0;

/** One attempt is one look at something slow; this one included. An attempt that had no turn at all has not looked. */
export const looksSoFar = (): number => Context.current().info.attempt + looksBefore();

/**
 * Returns what the attempts of this activity recorded, for the activity that follows one without a turn. Numbers of attempts
 * are omitted: they mean nothing there.
 */
export const recordForNext = (): Memory => {
  if (!thisAttempt().sent) remember({ looksBefore: looksBefore() - 1 } satisfies Counted);
  const { settledUpTo: _, ...memory } = recall() as Memory & Settled;
  return { ...memory, looksBefore: looksSoFar() };
};

// A request that was given up may still take effect: it waits in a queue, or the service behind a gateway is slow. Where a
// late write would do harm, it is waited for before another is sent. What is not known to be over counts as under way.

/** Requests of attempts up to this one can no longer take effect. */
export type Settled = { settledUpTo?: number };

const settledUpTo = (): number | undefined => (recall() as Settled).settledUpTo;

/** Whether everything that was sent before this attempt is over. A reset of the activity counts its attempts from 1 again. */
const earlierAttemptsSettled = (): boolean => {
  const { attempt } = Context.current().info;
  const upTo = settledUpTo();
  if (attempt === 1) return upTo === undefined && situation().unsettled !== true;
  return upTo !== undefined && upTo >= attempt - 1;
};

const settle = (): void => remember({ settledUpTo: Context.current().info.attempt } satisfies Settled);

/**
 * Passes when no earlier request can still take effect. Call it before a write that must not meet an earlier, late one.
 * @throws NotYet EarlierAttemptUnsettled, once; the attempt after the wait reads Azure again
 */
export const awaitEarlierAttempts = (): void => {
  if (earlierAttemptsSettled()) return;
  settle();
  throw new NotYet(
    'EarlierAttemptUnsettled',
    `an earlier request may still take effect; waiting ${settleTime / 1000} s before the next one`,
    settleTime,
  );
};

/** Returns, at the end of a failed attempt, whether no request of it can still take effect. */
export const settleIfOver = (error: unknown): boolean => {
  const upTo = settledUpTo() ?? 0;
  if (upTo >= Context.current().info.attempt) return true;
  if (!isOver(error) || !earlierAttemptsSettled()) return false;
  settle();
  return true;
};

/** Our own refusals come after the answers they judge, and a request without a turn is not sent. */
const isOver = (error: unknown): boolean => {
  if (error instanceof Refusal || error instanceof NoTurn) return true;
  const azure = readAzureError(error);
  return azure !== undefined && isFinal(azure);
};
