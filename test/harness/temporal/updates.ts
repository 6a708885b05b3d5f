import { ApplicationFailure } from '@temporalio/common';
import type { coresdk } from '@temporalio/proto';
import type { Job } from './internals.ts';
import { decode, encodeAll, toError } from './payloads.ts';

/** `accepted` rejects when the validator refuses, and then so does `result`, which else settles as the handler does. */
export type UpdateHandle<Result = unknown> = { id: string; accepted: Promise<void>; result: Promise<Result> };

/** The server's `history.maxInFlightUpdates`. */
const mostInFlight = 10;

type Update = {
  handle: UpdateHandle;
  accepted: PromiseWithResolvers<void>;
  result: PromiseWithResolvers<unknown>;
  state: 'admitted' | 'accepted' | 'done';
};

type Updates = {
  /** A second update with the same id is the first one. */
  find(id: string): UpdateHandle | undefined;
  /** A new update and the job that delivers it. */
  admit(id: string | undefined, name: string, args: unknown[]): { handle: UpdateHandle; job: Job };
  /** Returns how many events the server writes: none for a refusal, one for a failure after acceptance. */
  respond(response: coresdk.workflow_commands.IUpdateResponse): number;
  /** The workflow has closed under the updates still in flight. */
  abandon(): void;
};

export function createUpdates(): Updates {
  const updates = new Map<string, Update>();

  function open(id: string): Update {
    const accepted = Promise.withResolvers<void>();
    const result = Promise.withResolvers<unknown>();
    // Whoever sends an update may never look at its end.
    for (const { promise } of [accepted, result]) promise.catch(() => undefined);
    const update: Update = {
      handle: { id, accepted: accepted.promise, result: result.promise },
      accepted,
      result,
      state: 'admitted',
    };
    updates.set(id, update);
    return update;
  }

  function fail(update: Update, error: Error): void {
    update.state = 'done';
    update.accepted.reject(error);
    update.result.reject(error);
  }

  return {
    find: (id) => updates.get(id)?.handle,
    admit(given, name, args) {
      const id = given ?? `update-${updates.size + 1}`;
      if ([...updates.values()].filter(({ state }) => state !== 'done').length >= mostInFlight)
        throw new Error(`limit on number of concurrent in-flight updates has been reached (${mostInFlight})`);
      const { handle } = open(id);
      const meta = { identity: 'test', updateId: id };
      const input = encodeAll(args);
      const job = { doUpdate: { id, protocolInstanceId: id, name, input, headers: {}, meta, runValidator: true } };
      return { handle, job };
    },
    respond({ protocolInstanceId, accepted, rejected, completed }) {
      const update = updates.get(protocolInstanceId ?? '');
      if (!update) throw new Error(`response to an unknown update ${protocolInstanceId}`);
      const refused = rejected && update.state === 'admitted';
      if (accepted) {
        update.state = 'accepted';
        update.accepted.resolve();
      } else if (rejected) {
        fail(update, toError(rejected));
      } else {
        update.state = 'done';
        update.result.resolve(decode(completed));
      }
      return refused ? 0 : 1;
    },
    abandon() {
      const message = 'Workflow Update failed because the Workflow completed before the Update completed.';
      for (const update of updates.values())
        if (update.state !== 'done')
          fail(update, ApplicationFailure.nonRetryable(message, 'AcceptedUpdateCompletedWorkflow'));
    },
  };
}
