/**
 * A request that was given up may still take effect: it waits in a queue, or the service behind a gateway is slow. Where a
 * late write would do harm, it is waited for before another is sent. What is not known to be over counts as under way.
 */
import { Context } from '@temporalio/activity';
import { isFinal, readAzureError } from '../azure/errors.ts';
import { NotYet, Refusal } from '../domain/failures.ts';
import { settleTime } from '../domain/pace.ts';
import { recall, remember, situation } from './call.ts';

/** Nothing of attempts up to this one can take effect any more. */
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

/** Our own refusals come after the answers they judge. */
const isOver = (error: unknown): boolean => {
  if (error instanceof Refusal) return true;
  const azure = readAzureError(error);
  return azure !== undefined && isFinal(azure);
};
