/** Hands a result to callers as soon as it exists, while the procedure may still have work to do. */
import type { UpdateDefinition } from '@temporalio/common';
import { condition, setHandler } from '@temporalio/workflow';
import { nonRetryable } from './failure.ts';
import { mostWaiters } from './messages.ts';

export const openHandOver = <T>(update: UpdateDefinition<T>, description: string) => {
  let given: { result: T } | { failure: Error } | undefined;
  let waiting = 0;

  const assertRoom = (): void => {
    if (given || waiting < mostWaiters) return;
    throw nonRetryable(
      'TooManyWaiters',
      `${mostWaiters} callers are waiting already: ask the query "status" every few seconds instead`,
    );
  };

  setHandler(
    update,
    async () => {
      assertRoom();
      waiting += 1;
      try {
        await condition(() => given !== undefined);
      } finally {
        waiting -= 1;
      }
      if ('failure' in given!) throw given.failure;
      return given!.result;
    },
    { validator: assertRoom, description },
  );

  return {
    give: (result: T): void => void (given = { result }),
    /** Whoever still waits when the procedure ends badly is told so. */
    fail: (failure: Error): void => void (given ??= { failure }),
  };
};
