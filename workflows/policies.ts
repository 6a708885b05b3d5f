/**
 * How each kind of conversation with Azure is tried, in one place; every number with its reason. Which failures are not tried
 * again is said by the activities themselves (`activities/failure.ts`).
 */
import type { ActivityOptions } from '@temporalio/workflow';

const eachAttempt = {
  // A handful of requests of at most 20 s each; a worker that dies is noticed by the heartbeat below, much sooner.
  startToCloseTimeout: '2m',
  // An activity beats before every request, so silence longer than one request's timeout means that the worker is gone.
  heartbeatTimeout: '25s',
  // A cancelled attempt is waited for: what it wrote is known, and a result that arrives in that moment is taken. Said
  // explicitly, since SDK 1.24.0 defaults to TRY_CANCEL whatever its documentation says (seen on server 1.32).
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
} satisfies ActivityOptions;

/** A few quick requests. Server errors and throttling of ARM pass within minutes. */
export const armCall: ActivityOptions = {
  ...eachAttempt,
  scheduleToCloseTimeout: '15m',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '1m' },
};

/**
 * For work that takes Azure seconds or minutes: one attempt is one check, and the activity sets the delay until the
 * next.
 */
export const armWait: ActivityOptions = {
  ...eachAttempt,
  // Storage accounts took up to half an hour in public reports; a vault's name resolves within minutes.
  scheduleToCloseTimeout: '1h',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '1m' },
};

/** Secrets. Access just granted answers 403 for a while: ARM and Key Vault cache roles for up to ten minutes. */
export const vaultData: ActivityOptions = {
  ...eachAttempt,
  scheduleToCloseTimeout: '12m',
  retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '30s' },
};

/**
 * For the contents of a vault, 25 secrets with each call. An attempt that ends loses only the facts since its last
 * heartbeat, so it may be long; at 300 ms a call, there is time for 75,000 secrets.
 */
export const inventory: ActivityOptions = {
  ...vaultData,
  startToCloseTimeout: '5m',
  scheduleToCloseTimeout: '15m',
};

/** Worth a few quick tries, and never worth holding up the procedure. */
export const bestEffort: ActivityOptions = {
  ...eachAttempt,
  scheduleToCloseTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 1, maximumAttempts: 6 },
};

/**
 * For steps that begin early, in parallel with others: they delay no other step until their result is needed, so they
 * may wait for the registration of their provider. After that, the procedure waits no longer than a person would wait
 * for a block.
 */
export const early: ActivityOptions = {
  ...eachAttempt,
  scheduleToCloseTimeout: '2m',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '10s' },
};

/** For records that Azure writes minutes later, while the device waits: checks, and stops soon. */
export const auditWait: ActivityOptions = {
  ...eachAttempt,
  // Looks for twelve minutes, and attempts that fail in between.
  scheduleToCloseTimeout: '20m',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '1m' },
};

/** Reads for a person who waits for them; what cannot be seen is a part of the answer. */
export const look: ActivityOptions = {
  ...eachAttempt,
  scheduleToCloseTimeout: '3m',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '10s' },
};

/** Longest that a blocked step waits for a decision, whatever its causes in that time; milliseconds. */
export const decisionDeadline = 14 * 24 * 3_600_000;

/**
 * Changes of cause that a run follows, each with a probe and a timer of its own: nine events, so that no succession of causes fills
 * a history. After that one probe waits until all causes have gone, and the block names the one that was found last.
 */
export const mostChanges = 20;

/**
 * Activities of a step, one after the other, that end while they wait for a turn under Azure's budgets. Each lasts for all the time
 * of its policy and costs a few events; after so many it is a person's to find out who spends the budget.
 */
export const mostWaits = 20;

/**
 * The same activity while its step is blocked: asked for again, ever more slowly, as one activity of the history, however long
 * it takes. The activity sets the pace, and ends it when it finds another cause.
 */
export const probe: ActivityOptions = {
  ...eachAttempt,
  // Longer than the deadline of the decision, which ends the block.
  scheduleToCloseTimeout: '15 days',
  retry: { initialInterval: '15s', backoffCoefficient: 2, maximumInterval: '5m' },
};
