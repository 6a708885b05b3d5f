import { Context } from '@temporalio/activity';
import { callTimeout } from '../domain/pace.ts';

const remembered = new WeakMap<Context, unknown>();

/**
 * Before every request of an activity: tells the server that the attempt lives, and gives the request the signal that
 * ends it with the attempt. Without that signal an attempt that timed out would go on writing.
 */
export const beginCall = (): AbortSignal => {
  const context = Context.current();
  context.heartbeat(recall());
  return AbortSignal.any([context.cancellationSignal, AbortSignal.timeout(callTimeout)]);
};

/** What an attempt wants its successor to know; kept by the server as heartbeat details. Never a secret. */
export const remember = (progress: unknown): void => {
  const context = Context.current();
  remembered.set(context, progress);
  context.heartbeat(progress);
};

/** What this attempt, else the one before it, remembered. */
export const recall = (): unknown => {
  const context = Context.current();
  return remembered.get(context) ?? context.info.heartbeatDetails;
};

/** One attempt is one look at something slow; this one included. */
export const looksSoFar = (): number => Context.current().info.attempt;
