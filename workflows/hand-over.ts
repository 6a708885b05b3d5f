/** Hands the activation key to callers as soon as it exists, while the procedure may still have work to do. */
import { condition, setHandler } from '@temporalio/workflow';
import type { ActivationKeyRef } from '../domain/secrets.ts';
import { nonRetryable } from './failure.ts';
import { awaitActivationKeyUpdate, longestWait, mostQuestions, mostWaiters } from './messages.ts';

/** Temporal's UI shows it where the update is chosen. */
const description =
  'Waits for the activation key, at most one minute, and returns its reference, or {"waiting":true}: then use the query ' +
  'status. It takes no data.';

export const openKeyHandOver = () => {
  let given: { key: ActivationKeyRef } | { failure: Error } | undefined;
  let waiting = 0;
  let asked = 0;

  /** Judged by the validator alone: what it let in once is taken as it is when the history is replayed. */
  const assertRoom = (): void => {
    if (asked >= mostQuestions) {
      throw nonRetryable(
        'TooManyQuestions',
        `this run has answered ${mostQuestions} times: use the query "status" every few seconds instead`,
      );
    }
    if (given || waiting < mostWaiters) return;
    throw nonRetryable(
      'TooManyWaiters',
      `${mostWaiters} callers are waiting already: use the query "status" every few seconds instead`,
    );
  };

  /** Whoever went away holds a place no longer than this: an update cannot be taken back. */
  const untilGiven = async (): Promise<void> => {
    waiting += 1;
    try {
      await condition(() => given !== undefined, longestWait, { summary: 'A caller waits for the key' });
    } finally {
      waiting -= 1;
    }
  };

  setHandler(
    awaitActivationKeyUpdate,
    async () => {
      asked += 1;
      if (!given) await untilGiven();
      if (!given) return { waiting: true } as const;
      if ('failure' in given) throw given.failure;
      return given.key;
    },
    { validator: assertRoom, description },
  );

  return {
    give: (key: ActivationKeyRef): void => void (given = { key }),
    /** Whoever still waits when the procedure ends badly is told so. */
    fail: (failure: Error): void => void (given ??= { failure }),
  };
};
