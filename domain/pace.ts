/** How often Azure is looked at, in milliseconds. Temporal's server does not schedule a retry sooner than in a second. */

const second = 1000;
const longest = 5 * 60 * second;

/** Azure's own wish for the next look, within bounds: a delay of zero would end the retries of an activity. */
export const clampRetryAfter = (ms: number): number => Math.min(Math.max(ms, second), longest);

/**
 * Delay before the next look at something slow, by the number of looks so far: once a second where success is most
 * likely, then ever slower to one look in five seconds, which the read budgets of the services bear.
 */
export const lookDelay = (looks: number): number => (looks <= 6 ? 1 : Math.min(looks - 5, 5)) * second;

/** Probes of a blocked step that fit into its first day at the pace below. */
const probesOfFirstDay = 297;

/**
 * Delay after so many probes of a blocked step, whatever causes they found: quick at first, when a person is at work on it,
 * five minutes for the rest of the day, then an hour. A step may stay blocked for weeks, and many at once share Azure's
 * budget of reads; who has removed the cause need not wait, but retries. `urgent`: a quarter of an hour, where harm is done
 * meanwhile and nothing that anybody may say makes it quicker.
 */
export const probeDelay = (probes: number, { urgent = false } = {}): number => {
  if (probes <= probesOfFirstDay) return Math.min(probes * 15 * second, longest);
  return (urgent ? 15 : 60) * 60 * second;
};

/** Good answers in a row before a new vault counts as reachable: its name resolves at different times in different places. */
export const answersInARow = 3;

/** Looks at a provider that is registering before a person is asked: a little more than a minute. */
export const registrationLooks = 19;

/** The same where an earlier step has looked so long already. */
export const moreRegistrationLooks = 3;

/**
 * Delay before the next look at a storage account that is being created: ever a third more, from two seconds to half a minute. So
 * one of 20 seconds is seen within seconds, and one of three minutes after 14 looks: they share Azure's budget of reads.
 */
export const accountDelay = (looks: number): number => Math.round(Math.min(2 * 1.3 ** (looks - 1), 30)) * second;

/**
 * An account that stays invisible this many looks is submitted again: after three minutes, then every seven. The name makes it the
 * same account.
 */
export const looksPerSubmit = 14;

/** Looks at the audit log for a record: some twelve minutes, since it comes up to ten minutes late (Azure docs). */
export const auditLooks = 52;

/** Delay between them: quick at first, then four a minute. */
export const auditDelay = (looks: number): number => Math.min(looks * 2, 15) * second;

/** Longest time of one request; Azure Resource Manager itself stops after 60 s. */
export const callTimeout = 20 * second;

/**
 * How long a request that timed out can still take effect: its timeout here and the limit of Azure Resource Manager,
 * with a margin.
 */
export const settleTime = callTimeout + 65 * second;

/** How long an attempt that has sent nothing waits for its turn in place, before it frees its slot in the worker. */
export const mayWaitAtFirst = 5 * second;

/** How long each later request waits for its turn: a retry would repeat all that the attempt has sent. */
export const mayWaitInBetween = 45 * second;

/** From so many waits for storage accounts of one group on, they share a list. */
export const crowdOfWaits = 4;

/** How long a shared list counts as the present. The provider allows 100 lists in five minutes, for all processes. */
export const crowdListLasts = 8 * second;

/** A wait that did not look for so long is over: each looks at least every half minute. */
export const waitIsOver = 60 * second;
