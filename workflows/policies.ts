/** How each kind of conversation with Azure is tried, in one place; every number with its reason. */
import type { ActivityOptions } from '@temporalio/workflow';
import { healingBlocks } from '../domain/failures.ts';

/** Blocks at once on what only a person can mend, even if it might heal: the probe of the block looks for that. */
const ordinaryRetry = { nonRetryableErrorTypes: healingBlocks };

const attempt = {
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
  ...attempt,
  scheduleToCloseTimeout: '15m',
  retry: { ...ordinaryRetry, initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '1m' },
};

/** Something Azure works at for seconds or minutes: one attempt is one look, the activity says when the next is due. */
export const armWait: ActivityOptions = {
  ...attempt,
  // Storage accounts took up to half an hour in public reports; a vault's name resolves within minutes.
  scheduleToCloseTimeout: '1h',
  retry: { ...ordinaryRetry, initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '1m' },
};

/** Secrets. Access just granted answers 403 for a while: ARM and Key Vault cache roles for up to ten minutes. */
export const vaultData: ActivityOptions = {
  ...attempt,
  scheduleToCloseTimeout: '12m',
  retry: { ...ordinaryRetry, initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '30s' },
};

/** Worth a few quick tries, and never worth holding up the procedure. */
export const bestEffort: ActivityOptions = {
  ...attempt,
  scheduleToCloseTimeout: '30s',
  retry: { ...ordinaryRetry, initialInterval: '1s', backoffCoefficient: 1, maximumAttempts: 6 },
};

/** Longest that a blocked step waits for a decision. */
export const decisionDeadline = '14 days';

/**
 * The same activity while its step is blocked: any cause that can go away is asked for again, ever more slowly. All of
 * it is one activity of the history, however long it takes.
 */
export const probe: ActivityOptions = {
  ...attempt,
  scheduleToCloseTimeout: decisionDeadline,
  retry: { initialInterval: '15s', backoffCoefficient: 2, maximumInterval: '5m' },
};
