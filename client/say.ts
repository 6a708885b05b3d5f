/** Saying something to a procedure: as an update, which is answered, or as a signal where no worker answers. */
import { randomUUID } from 'node:crypto';
import {
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type WorkflowHandle,
} from '@temporalio/client';
import type { SignalDefinition, UpdateDefinition } from '@temporalio/common';
import type { AseError } from './errors.ts';
import type { Temporal } from './temporal.ts';

/**
 * False when no worker answered in time; what was sent may still take effect, and a signal after it is ignored then.
 * @param refused the error for the procedure's own objection
 */
export const sayByUpdate = async <Message>(
  { within }: Temporal,
  handle: WorkflowHandle,
  update: UpdateDefinition<unknown, [Message]>,
  message: Message,
  refused: (why: string, cause: unknown) => AseError,
): Promise<boolean> => {
  try {
    await within(() => handle.executeUpdate(update, { args: [message], updateId: randomUUID() }));
    return true;
  } catch (error) {
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return false;
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    throw refused(error.cause?.message ?? error.message, error);
  }
};

export const sayBySignal = <Message>(
  { within }: Temporal,
  handle: WorkflowHandle,
  signal: SignalDefinition<[Message]>,
  message: Message,
): Promise<void> => within(() => handle.signal(signal, message));
