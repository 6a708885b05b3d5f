/**
 * What is left of one budget of requests, as far as this process knows: a function of time and of what Azure answered. Azure
 * refills a bucket evenly; other processes draw from the same one, so that its word about the level beats our own count.
 */

/** A budget as Azure publishes it. */
export type Budget = {
  /** Requests that may come at once. */
  size: number;
  /** Requests that come back in a second. */
  perSecond: number;
  /**
   * Below this level requests are spaced, the wider the less is left, so that processes which draw from the same bucket come to
   * share what flows in without a refusal. Zero where Azure does not tell the level.
   */
  reserve: number;
};

/** Times are milliseconds of a clock that only goes forward. */
export type Level = {
  tokens: number;
  at: number;
  /** When the latest request was sent. */
  sentAt: number;
  /** Requests sent so far, and how many of them are not answered yet. */
  sent: number;
  inFlight: number;
  /** Nothing is sent before: Azure has refused a request. */
  pausedUntil: number;
  /** Refusals since the latest good answer. */
  refusals: number;
  /** The part of the published budget that seems to be there, from 0 to 1. */
  share: number;
  /** Until then Azure's word about the level counts only where it is lower than our own count: it was wrong before. */
  doubtedUntil: number;
};

const second = 1000;
const smallestShare = 1 / 64;
/** A budget that turned out smaller is tried again as slowly as it may have been changed back. */
const shareDoublesIn = 10 * 60 * second;
const doubtLasts = 10 * 60 * second;
/** Without Azure's own word. */
const longestPause = 60 * second;
/** The longest window that a budget is counted in. */
const longestRetryAfter = 3600 * second;
/** Every request has ended by then, whatever became of who sent it. */
const longestFlight = 60 * second;
/** At least this part of the rate is tried however little seems to be left, since nothing else shows that there is more. */
const slowest = 0.05;
/**
 * At most this part of what is left is asked for at once. Others may ask for as much in that moment, and the answers tell soon
 * what they took.
 */
const boldest = 0.25;

export const fullLevel = ({ size }: Budget, now: number): Level => ({
  tokens: size,
  at: now,
  sentAt: Number.NEGATIVE_INFINITY,
  sent: 0,
  inFlight: 0,
  pausedUntil: now,
  refusals: 0,
  share: 1,
  doubtedUntil: now,
});

/** Returns the level as it is now. A level above the published size, which Azure reported, stays. */
export const refilled = (level: Level, budget: Budget, now: number): Level => {
  const passed = Math.max(0, now - level.at);
  const share = Math.min(1, level.share * 2 ** (passed / shareDoublesIn));
  // Never less than one: nothing else can be sent.
  const most = Math.max(1, budget.size * share, level.tokens);
  return {
    ...level,
    at: now,
    share,
    inFlight: now - level.sentAt > longestFlight ? 0 : level.inFlight,
    tokens: Math.min(most, level.tokens + (passed * budget.perSecond * share) / second),
  };
};

/** When the next request may be sent: now, later, or, where the answers to others come first, as soon as one of them is there. */
export const turnAt = (level: Level, budget: Budget, now: number): number => {
  const { tokens, share, sentAt, pausedUntil, inFlight } = refilled(level, budget, now);
  const isTold = budget.reserve > 0;
  if (isTold && inFlight > 0 && inFlight >= tokens * boldest) return Number.POSITIVE_INFINITY;
  const start = Math.max(now, pausedUntil);
  const perMs = (budget.perSecond * share) / second;
  const whole = start + Math.max(0, 1 - tokens) / perMs;
  if (!isTold || tokens >= budget.reserve) return whole;
  const pace = perMs * Math.max(slowest, (tokens / budget.reserve) ** 2);
  return Math.max(whole, sentAt + 1 / pace);
};

export const sentOne = (level: Level, budget: Budget, now: number): Level => {
  const { tokens, sent, inFlight, ...rest } = refilled(level, budget, now);
  return { ...rest, tokens: Math.max(0, tokens - 1), sent: sent + 1, inFlight: inFlight + 1, sentAt: now };
};

/** One request is no longer under way, whatever came of it. */
export const settled = (level: Level, budget: Budget, now: number): Level => {
  const { inFlight, ...rest } = refilled(level, budget, now);
  return { ...rest, inFlight: Math.max(0, inFlight - 1) };
};

/** A request that Azure took. */
export type Answer = {
  /** How many are left, where Azure says it. */
  remaining?: number | undefined;
  /** Requests sent before that one, itself included: what went after it is not yet in Azure's number. */
  sentThen: number;
};

export const afterAnswer = (level: Level, budget: Budget, { remaining, sentThen }: Answer, now: number): Level => {
  const own = { ...settled(level, budget, now), refusals: 0 };
  if (remaining === undefined) return own;
  const told = Math.max(0, remaining - (own.sent - sentThen));
  return { ...own, tokens: now < own.doubtedUntil ? Math.min(own.tokens, told) : told };
};

/**
 * A refusal pauses the budget, not the caller. A refusal that comes although the level seemed high shows that the budget is
 * smaller than expected.
 * @param retryAfterMs the pause that Azure asks for, if any
 */
export const afterRefusal = (level: Level, budget: Budget, retryAfterMs: number | undefined, now: number): Level => {
  const before = settled(level, budget, now);
  const pause = Math.min(retryAfterMs ?? Math.min(longestPause, second * 2 ** before.refusals), longestRetryAfter);
  const pausedUntil = Math.max(before.pausedUntil, now + pause);
  // Of requests that went together the first refusal has said it all.
  if (now < before.pausedUntil) return { ...before, pausedUntil };
  const isSurprise = before.tokens >= budget.reserve;
  return {
    ...before,
    tokens: 0,
    pausedUntil,
    refusals: before.refusals + 1,
    share: Math.max(smallestShare, before.share * (isSurprise ? 0.5 : 0.8)),
    doubtedUntil: isSurprise ? now + doubtLasts : before.doubtedUntil,
  };
};
