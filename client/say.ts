/** Saying something to a procedure: as an update, which is answered, or as a signal where no worker answers. */
import { randomUUID } from 'node:crypto';
import {
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type WorkflowHandle,
} from '@temporalio/client';
import { WorkflowNotFoundError, type SignalDefinition, type UpdateDefinition } from '@temporalio/common';
import type { DeviceId } from '../domain/device.ts';
import { AseError } from './errors.ts';
import { describe } from './status.ts';
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

/**
 * Sends a message to a run that existed a moment ago. A run that is no longer found has ended, or the server was restarted and
 * has lost the message.
 * @param refused the error for a run that has ended
 */
export const unlessEnded = async <T>(
  temporal: Temporal,
  device: DeviceId,
  runId: string | undefined,
  refused: (why: string, cause: unknown) => AseError,
  send: () => Promise<T>,
): Promise<T> => {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const { status } = await describe(temporal, device, runId);
    if (status.name !== 'RUNNING') throw refused('the operation has ended meanwhile', error);
    const message = `${temporal.config.address} was restarted, and has lost what was said about ${device.name}`;
    throw new AseError('TemporalUnreachable', message, 'Say it again: it counts once only.', {
      actions: [{ action: 'status', deviceId: device.id }],
      cause: error,
    });
  }
};
